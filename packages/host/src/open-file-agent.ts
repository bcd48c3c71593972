import { randomUUID } from 'node:crypto';
import { SandboxError } from '@quicksand/protocol';
import type { Holder, SandboxGroup } from '@quicksand/isolation';
import type { ChannelServer } from './channel-server.ts';
import { FileAgent, unavailable } from './file-agent.ts';
import type { HostLimits } from './host-limits.ts';
import type { Log } from './log.ts';
import { type ZygoteSource, withZygote } from './with-zygote.ts';
import type { Zygote } from './zygote.ts';

/** Where file agents come from. */
export interface FileAgentSource extends ZygoteSource {
  readonly channels: ChannelServer;
  readonly limits: HostLimits;
  readonly log: Log;
}

/** Where one is wanted. */
export interface FileAgentRequest {
  /** What holds the sandbox's namespaces. */
  readonly holder: Holder;
  readonly uid: number;
  /** The sandbox's group: the agent gets one of its own below it. */
  readonly group: SandboxGroup;
}

/** How long one may take to be ready, in milliseconds: code of the sandbox can stop it as soon as it is inside. */
const startMs = 10_000;

/** Starts a file agent in a sandbox. Throws `files_unavailable`. */
export function openFileAgent(source: FileAgentSource, request: FileAgentRequest): Promise<FileAgent> {
  return withZygote(source.bareZygote, (zygote) => startAgent(source, zygote, request));
}

async function startAgent(
  { channels, limits, log }: FileAgentSource,
  zygote: Zygote,
  { holder, uid, group: sandboxGroup }: FileAgentRequest,
): Promise<FileAgent> {
  const key = randomUUID();
  const group = sandboxGroup.openContext(key);
  const connected = channels.expect(key);
  const kill = setTimeout(() => zygote.signal(key, 'SIGKILL', true), startMs);
  try {
    const process = await zygote.spawn({
      key,
      kind: 'files',
      holder,
      uid,
      gid: uid,
      channel: channels.path,
      pipes: [],
      cwd: '/',
      env: {},
      cgroups: group.entryFiles,
    });
    const failed = process.exited.then(({ message, signal, code }): never => {
      throw unavailable(`it ended before it was ready: ${message ?? (signal === null ? code : `signal ${signal}`)}`);
    });
    const channel = await Promise.race([connected, failed]);
    failed.catch(() => {});
    return new FileAgent({ key, process, channel, zygote, group, idleMs: limits.fileIdleMs, log });
  } catch (error) {
    channels.forget(key);
    zygote.signal(key, 'SIGKILL', true);
    await group.close();
    throw SandboxError.is(error) && error.code === 'kernel_start_failed' ? unavailable(error.message) : error;
  } finally {
    clearTimeout(kill);
  }
}
