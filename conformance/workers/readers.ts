import { type Sandbox, SandboxError, collectFile, getSandbox } from '@quicksand/worker';

export { Sandbox } from '@quicksand/worker';

interface Env {
  readonly SANDBOX: DurableObjectNamespace<Sandbox>;
}

/** What to do, as the body of a request. */
export interface Task {
  readonly sandbox: string;
  readonly code: string;
  readonly executionId?: string;
  /** Text at which `cancel` and `abort` stop reading. */
  readonly until?: string;
}

type Reader = (sandbox: Sandbox, task: Task) => Promise<string>;

/** Ways for a program in a Worker to read what code does; each answers with the text that it saw, by the last part of the URL. */
const readers: Readonly<Record<string, Reader>> = {
  /** Reads the stream to its end. */
  async stream(sandbox, { code }) {
    return read(await sandbox.runCodeStream(code));
  },
  /** Cancels the stream. */
  async cancel(sandbox, { code, executionId = crypto.randomUUID(), until }) {
    return read(await sandbox.runCodeStream(code, { executionId }), until);
  },
  /** Aborts the signal that the run was given. */
  async abort(sandbox, { code, executionId = crypto.randomUUID(), until = '' }) {
    const abort = new AbortController();
    const onStdout = ({ text }: { text: string }): void => {
      if (text.includes(until)) abort.abort(new Error('enough'));
    };
    return (await sandbox.runCode(code, { executionId, signal: abort.signal, onStdout })).logs.stdout.join('');
  },
  async run(sandbox, { code }) {
    return (await sandbox.runCode(code)).logs.stdout.join('');
  },
  /** Writes a stream of its own, reads it back in each way, and tells what it saw; the code is how many bytes. */
  async files(sandbox, { code }) {
    const bytes = new Uint8Array(Number(code)).fill(0xff);
    const { bytesWritten } = await sandbox.writeFile('in/file', new Blob([bytes]).stream());
    const { content, size } = await sandbox.readFile('in/file', { encoding: 'none' });
    await sandbox.writeFile('copy', content);
    const collected = await collectFile(await sandbox.readFileStream('copy'));
    const base64 = (await sandbox.readFile('copy')).content;
    const { files } = await sandbox.listFiles('.', { recursive: true });
    const seen = [bytesWritten, size, collected.content.length, base64.length, files.map((file) => file.relativePath)];
    return JSON.stringify(seen);
  },
  /** Writes a file, and then again, by a stream that breaks off behind as many bytes as the code says; tells how that failed, and what the file is. */
  async broken(sandbox, { code }) {
    await sandbox.writeFile('kept', 'old');
    let left = Number(code);
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left === 0) return controller.error(new Error('it broke'));
        controller.enqueue(new Uint8Array(Math.min(left, 10_000)));
        left -= Math.min(left, 10_000);
      },
    });
    const error: unknown = await sandbox.writeFile('kept', stream).catch((reason: unknown) => reason);
    const { stdout } = await sandbox.exec('cat kept');
    return JSON.stringify([SandboxError.is(error) && error.code, stdout]);
  },
};

async function read(stream: ReadableStream<Uint8Array>, until?: string): Promise<string> {
  let text = '';
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    // Leaving the loop cancels the stream.
    if (until !== undefined && text.includes(until)) break;
  }
  return text;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const task: Task = await request.json();
    const reader = readers[new URL(request.url).pathname.slice(1)];
    if (!reader) return new Response('no such reader', { status: 404 });
    try {
      return new Response(await reader(getSandbox(env.SANDBOX, task.sandbox), task));
    } catch (error) {
      const body = SandboxError.is(error) ? error.toBody() : { error: { message: String(error) } };
      return Response.json(body, { status: 500 });
    }
  },
};
