// Programs written for @cloudflare/sandbox compile with nothing changed but the import. This file runs nowhere.

import type {
  CodeContext as TheirCodeContext,
  ExecutionResult as TheirResult,
  RunCodeOptions as TheirOptions,
} from '@cloudflare/sandbox';
import {
  type CodeContext,
  type ExecEvent,
  type ExecutionResult,
  type LogEvent,
  type StreamingEvent,
  type Sandbox,
  collectFile,
  getSandbox,
  parseSSEStream,
  streamFile,
} from '@quicksand/sdk';

interface Env {
  SANDBOX: DurableObjectNamespace<Sandbox>;
  Untyped: DurableObjectNamespace;
}
declare const env: Env;
declare const theirOptions: TheirOptions;
declare const theirContext: TheirCodeContext;

/** The seed's first program. */
export async function processEvents(): Promise<void> {
  const sandbox = getSandbox(env.SANDBOX, 'my-sandbox');
  const stream = await sandbox.runCodeStream(`
import time
for i in range(5):
    print(f"Count: {i}")
    time.sleep(0.5)
`);
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    buffer += decoder.decode(value, { stream: true });
    const lines = buffer.split('\n');
    buffer = lines.pop() || '';
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.substring(6)) as StreamingEvent;
      switch (event.type) {
        case 'stdout':
          console.log('Output:', event.text);
          break;
        case 'result':
          if (event.chart) console.log('Chart received:', event.chart.type);
          break;
        case 'error':
          console.error('Execution error:', event.evalue);
          break;
        case 'stderr':
        case 'execution_complete':
          console.log('Execution complete');
      }
    }
  }
}

/** The seed's second program. */
export default {
  async fetch(request: Request, env: Env) {
    const sandbox = getSandbox(env.SANDBOX, 'my-sandbox');
    const { code } = (await request.json()) as { code: string };
    const stream = await sandbox.runCodeStream(code, { language: 'python' });
    return new Response(stream, {
      headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', Connection: 'keep-alive' },
    });
  },
};

export async function contexts(): Promise<void> {
  const sandbox = getSandbox(env.Untyped, 'user-123', { normalizeId: true, keepAlive: false });
  const ctx: CodeContext = await sandbox.createCodeContext({
    language: 'python',
    cwd: '/workspace',
    envVars: { KEY: 'value', NONE: undefined },
    timeout: 60_000,
  });
  console.log(ctx.id, ctx.createdAt.getTime());
  await sandbox.runCode('import pandas as pd', { context: ctx });
  const result = await sandbox.runCode('df.head()', {
    context: ctx,
    timeout: 30_000,
    onStdout: (output) => console.log(output.text, output.timestamp),
    onStderr: async (output) => console.error(output.text),
    onResult: async (result) => {
      for (const format of result.formats()) console.log(format);
      if (result.chart) console.log(result.chart.title, result.chart.data.datasets);
    },
    onError: (error) => console.error(`${error.name}: ${error.message}`, error.traceback.join('\n'), error.lineNumber),
  });
  if (result.error) console.error(result.error.name);
  console.log(result.logs.stdout.join(''), result.results[0]?.json?.value, result.executionCount, result.code);
  for (const context of await sandbox.listCodeContexts()) await sandbox.deleteCodeContext(context.id);
  await sandbox.destroy();
}

export async function theirTypesIn(): Promise<TheirResult> {
  const { interpreter } = getSandbox({ fetch: async () => new Response() }, 'a');
  for await (const event of parseSSEStream<StreamingEvent>(await interpreter.runCodeStream('1', theirOptions)))
    console.log(event.type);
  const execution = await interpreter.runCode('1', { ...theirOptions, context: theirContext });
  const plain: ExecutionResult = execution.toJSON();
  console.log(plain);
  return execution;
}

/** Commands as programs for @cloudflare/sandbox write them. */
export async function commands(): Promise<void> {
  const sandbox = getSandbox(env.SANDBOX, 'build');
  const result = await sandbox.exec('npm test', {
    cwd: '/workspace/app',
    env: { CI: '1', NONE: undefined },
    timeout: 30_000,
    stream: true,
    onOutput: (stream, data) => console.log(stream, data),
    onComplete: ({ success }) => console.log(success),
    onError: (error) => console.error(error.message),
    signal: new AbortController().signal,
  });
  if (!result.success) console.error(result.exitCode, result.stderr, result.duration, result.timestamp);
  for await (const event of parseSSEStream<ExecEvent>(await sandbox.execStream('npm run build')))
    if (event.type === 'complete') console.log(event.exitCode);
  const server = await sandbox.startProcess('python3 -m http.server 8000', {
    processId: 'web',
    autoCleanup: false,
    onOutput: (_, data) => console.log(data),
    onExit: (code) => console.log(code),
    onStart: ({ id, pid }) => console.log(id, pid),
  });
  await server.waitForPort(8000, { path: '/', status: { min: 200, max: 299 }, timeout: 10_000, interval: 100 });
  const { line, match } = await server.waitForLog(/port (\d+)/, 5000);
  console.log(line, match?.[1], await server.getStatus(), (await server.getLogs()).stdout);
  await server.kill('SIGTERM');
  console.log((await server.waitForExit(5000)).exitCode, (await sandbox.getProcess('web'))?.status);
  for (const process of await sandbox.listProcesses()) await sandbox.killProcess(process.id, 'SIGKILL');
  for await (const event of parseSSEStream<LogEvent>(await sandbox.streamProcessLogs('web'))) console.log(event.data);
  await sandbox.setEnvVars({ A: '1', B: undefined });
  console.log(await sandbox.killAllProcesses(), await sandbox.cleanupCompletedProcesses());
}

export async function files(): Promise<void> {
  const sandbox = getSandbox(env.SANDBOX, 'my-sandbox');
  await sandbox.mkdir('/workspace/src', { recursive: true });
  await sandbox.writeFile('/workspace/app.js', `console.log('Hello!');`);
  await sandbox.writeFile('/tmp/image.png', btoa('x'), { encoding: 'base64' });
  const file = await sandbox.readFile('/workspace/package.json');
  const pkg: unknown = JSON.parse(file.content);
  console.log(pkg, file.encoding, file.isBinary, file.mimeType, file.size);
  const raw = await sandbox.readFile('/tmp/image.png', { encoding: 'none' });
  await sandbox.writeFile('/tmp/copy.png', raw.content);
  for await (const chunk of streamFile(await sandbox.readFileStream('/tmp/image.png')))
    console.log(chunk instanceof Uint8Array ? chunk.length : chunk);
  const { content, metadata } = await collectFile(await sandbox.readFileStream('/workspace/app.js'));
  console.log(content, metadata.mimeType);
  if ((await sandbox.exists('/workspace/app.js')).exists) await sandbox.renameFile('/workspace/app.js', '/workspace/b');
  await sandbox.moveFile('/workspace/b', '/workspace/src/b');
  const { files: entries, count } = await sandbox.listFiles('/workspace', { recursive: true, includeHidden: true });
  for (const { name, type, permissions } of entries) console.log(name, type, permissions.writable, count);
  await sandbox.deleteFile('/workspace/src/b');
}

export async function missing(): Promise<void> {
  const sandbox = getSandbox('http://127.0.0.1:7070', 'a', { token: 't', fetch });
  const never: never = await sandbox.exposePort(8080, { hostname: 'example.com' });
  console.log(never);
  // @ts-expect-error -- no language of theirs
  await sandbox.runCode('1', { language: 'ruby' });
  // @ts-expect-error -- no target
  getSandbox(7, 'a');
}
