// What Workers import from @cloudflare/sandbox is in this package, but for what is named here. This file runs nowhere: it holds when it compiles.

import {
  ContainerProxy,
  type ISandbox,
  type Sandbox,
  type SandboxEnv,
  getSandbox,
  proxyToSandbox,
} from '@quicksand/worker';
import type * as Ours from '@quicksand/worker';
import type * as Theirs from '@cloudflare/sandbox';

type Assert<T extends true> = T;
type Same<A, B> = [[A] extends [B] ? true : false, [B] extends [A] ? true : false] extends [true, true] ? true : false;

/** docs/cloudflare.md names them, too. */
type Missing =
  | 'CodeInterpreter'
  | 'SandboxClient'
  | `${'Backup' | 'Command' | 'File' | 'Git' | 'Port' | 'Process' | 'Utility'}Client`
  | `Backup${'Create' | 'Expired' | 'NotFound' | 'Restore'}Error`
  | `Bucket${'Mount' | 'Unmount'}Error`
  | `${'InvalidBackupConfig' | 'InvalidMountConfig' | 'MissingCredentials' | 'S3FSMount'}Error`
  | `${'ContainerUnavailable' | 'OperationInterrupted' | 'RPCTransport' | 'SessionTerminated'}Error`
  | `Process${'ExitedBeforeReady' | 'ReadyTimeout'}Error`
  | 'isDurableObjectCodeUpdateReset'
  | 'isPlatformTransientError';

export type Complete = Assert<Same<Exclude<keyof typeof Theirs, keyof typeof Ours>, Missing>>;

/** The program of their README, as it stands. */
type Env = {
  Sandbox: DurableObjectNamespace<Sandbox>;
};

export { ContainerProxy };
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    // Required for preview URLs
    const proxyResponse = await proxyToSandbox(request, env);
    if (proxyResponse) return proxyResponse;

    const url = new URL(request.url);
    const sandbox = getSandbox(env.Sandbox, 'my-sandbox');

    // Execute Python code
    if (url.pathname === '/run') {
      const result = await sandbox.exec('python3 -c "print(2 + 2)"');
      return Response.json({ output: result.stdout, success: result.success });
    }

    // Work with files
    if (url.pathname === '/file') {
      await sandbox.writeFile('/workspace/hello.txt', 'Hello, Sandbox!');
      const file = await sandbox.readFile('/workspace/hello.txt');
      return Response.json({ content: file.content });
    }

    return new Response('Try /run or /file');
  },
};

export const named = (env: SandboxEnv): ISandbox => getSandbox(env.Sandbox, 'named');
