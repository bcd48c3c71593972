import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Server, type Socket, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Frame, FrameDecoder, SandboxError, encodeFrame } from '@quicksand/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { FileAgent, type FileOperation } from '../src/file-agent.ts';
import { PipeEnds } from '../src/pipe-ends.ts';
import type { ExitCause } from '../src/zygote.ts';

// What a process says that code of a sandbox has taken over: over a real socket, by a real agent's rules or against them.

let folder = '';
let server: Server;
const sockets: Socket[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quicksand-file-agent-'));
  server = createServer((socket) => sockets.push(socket)).listen(join(folder, 'socket'));
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

const answer = z.strictObject({ size: z.int() });
const read: FileOperation<{ size: number }> = { op: 'read', fields: { path: '/f' }, answer, downloads: true };

/** The host's end of an agent, and the other end. */
async function openPair({ idleMs = 60_000, isGone = false } = {}): Promise<{ agent: FileAgent; far: Far }> {
  const socket = connect(join(folder, 'socket'));
  await once(socket, 'connect');
  const far = sockets.pop();
  if (!far) throw new Error('no connection');
  socket.on('error', () => socket.destroy());
  const exited = new Promise<ExitCause>((resolve) => far.once('close', () => resolve({ code: 0, signal: null })));
  if (isGone) {
    socket.resume();
    far.destroy();
    await once(socket, 'close');
  }
  const agent = new FileAgent({
    key: 'k',
    process: { pid: 1, pipes: PipeEnds.open(process.pid, {}), insidePid: 2, running: new Promise(() => {}), exited },
    channel: { socket, decoder: new FrameDecoder(), frames: [], problem: undefined },
    zygote: { signal: () => far.destroy() } as never,
    group: { events: () => ({ oomKills: 0, pidsRefused: 0 }), close: async () => {} } as never,
    idleMs,
    log: () => {},
  });
  return { agent, far: new Far(far) };
}

class Far {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  readonly #decoder = new FrameDecoder();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.frames.push(...this.#decoder.push(chunk)));
  }

  say(kind: Frame['kind'], payload: string | Uint8Array = '', execution = 1): void {
    const frames = encodeFrame({ kind, execution, payload: Buffer.from(payload) });
    this.socket.write(Buffer.concat(frames));
  }

  /** Settles when that kind of frame has come. */
  async heard(kind: Frame['kind']): Promise<void> {
    while (!this.frames.some((frame) => frame.kind === kind)) await once(this.socket, 'data');
  }
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (SandboxError.is(error) ? error.code : String(error)),
  );

test('an answer and the bytes behind it', async () => {
  const { agent, far } = await openPair();
  const { reply, free } = agent.call(read);
  far.say('answer', '{"size":6}');
  for (const piece of ['abc', 'def']) far.say('data', piece);
  far.say('end');
  const { answer, data } = await reply;
  expect([answer, await new Response(data).text()]).toEqual([{ size: 6 }, 'abcdef']);
  await free;
  expect(agent.hasEnded).toBe(false);
  agent.close(new SandboxError('files_unavailable', { message: 'enough' }));
  await agent.ended;
});

const lies: Readonly<Record<string, (far: Far) => void>> = {
  'an answer that is not JSON': (far) => far.say('answer', 'size'),
  'an answer of another shape': (far) => far.say('answer', '{"size":"6"}'),
  'an answer that says more': (far) => far.say('answer', '{"size":6,"path":"/etc/shadow"}'),
  'an answer nested without end': (far) => far.say('answer', '['.repeat(100_000)),
  'an answer to something else': (far) => far.say('answer', '{"size":6}', 2),
  'bytes before an answer': (far) => far.say('data', 'abc'),
  'an end before an answer': (far) => far.say('end'),
  'a failure that is none': (far) => far.say('failure', '{"code":1}'),
  'a frame of a kernel': (far) => far.say('stdout', 'abc'),
  'a payload that never ends': (far) => far.say('answer', Buffer.alloc(8 * 1024 * 1024, ' ')),
  'no frames at all': (far) => void far.socket.write('HTTP/1.1 200 OK\r\n\r\n'),
  'the end of the connection': (far) => void far.socket.destroy(),
};

test.for(Object.entries(lies))('%s ends the agent, and its operation by name', async ([, lie]) => {
  const { agent, far } = await openPair();
  const { reply, free } = agent.call(read);
  lie(far);
  expect(await codeOf(reply)).toBe('files_unavailable');
  await free;
  await agent.ended;
  expect(await codeOf(agent.call(read).reply)).toBe('files_unavailable');
});

const laterLies: Readonly<Record<string, (far: Far) => void>> = {
  'a second answer': (far) => far.say('answer', '{"size":6}'),
  'empty data': (far) => far.say('data'),
  'an end with bytes': (far) => far.say('end', 'x'),
  'the end of the connection': (far) => void far.socket.end(),
};

test.for(Object.entries(laterLies))('%s in the middle breaks the download off', async ([, lie]) => {
  const { agent, far } = await openPair();
  const { reply } = agent.call(read);
  far.say('answer', '{"size":6}');
  far.say('data', 'abc');
  const { data } = await reply;
  lie(far);
  expect(await codeOf(new Response(data).text())).toBe('files_unavailable');
  await agent.ended;
});

/** Frames that come in one piece: the agent's host has had no chance to notice that the first of them was the last. */
const lastWords: Readonly<Record<string, readonly Frame['kind'][]>> = {
  'an end and bytes behind it': ['answer', 'end', 'data'],
  'two ends': ['answer', 'end', 'end'],
  'a failure and bytes behind it': ['answer', 'failure', 'data'],
  'a failure and an end behind it': ['answer', 'failure', 'end'],
  'a failure, then an answer with bytes': ['failure', 'answer', 'data'],
};

test.for(Object.entries(lastWords))('%s, all at once, end the agent and nothing else', async ([, kinds]) => {
  const { agent, far } = await openPair();
  const { reply, free } = agent.call(read);
  reply.then(({ data }) => data.cancel()).catch(() => {});
  const payloads: Partial<Record<Frame['kind'], string>> = {
    answer: '{"size":6}',
    data: 'abc',
    failure: '{"error":"EIO","message":"it says"}',
  };
  const frames = kinds.flatMap((kind) =>
    encodeFrame({ kind, execution: 1, payload: Buffer.from(payloads[kind] ?? '') }),
  );
  far.socket.write(Buffer.concat(frames));
  await free;
  await agent.ended;
});

test('what is whole is told as whole, though its agent ends behind the last byte', async () => {
  const { agent, far } = await openPair();
  const { reply, free } = agent.call({ ...read, toLength: ({ size }) => size });
  far.say('answer', '{"size":6}');
  const { data } = await reply;
  const text = new Response(data).text();
  for (const piece of ['abc', 'def']) far.say('data', piece);
  far.socket.end();
  expect(await text).toBe('abcdef');
  await free;
  await agent.ended;
});

test('an agent that ended before anything was asked of it says so', async () => {
  const { agent, far } = await openPair({ isGone: true });
  expect(far.socket.destroyed).toBe(true);
  const { reply, free } = agent.call(read);
  expect(await codeOf(reply)).toBe('files_unavailable');
  await free;
  await agent.ended;
});

test('a failure has the name that its errno stands for, and ends nobody', async () => {
  const { agent, far } = await openPair();
  for (const [number, [error, code]] of Object.entries({
    ENOENT: 'file_not_found',
    ENOSPC: 'disk_full',
    EWHATEVER: 'file_operation_failed',
  }).entries()) {
    const { reply, free } = agent.call(read);
    far.say('failure', JSON.stringify({ error, message: 'it says' }), number + 1);
    await expect(reply).rejects.toMatchObject({ code, message: '/f: it says' });
    await free;
  }
  agent.close(new SandboxError('files_unavailable', { message: 'enough' }));
  await agent.ended;
});

test('an upload that fails is not sent any further, and the agent can be used again', async () => {
  const { agent, far } = await openPair();
  let cancelled = false;
  const upload = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (far.frames.length === 0) controller.enqueue(new Uint8Array(1000));
      return far.frames.length === 0 ? undefined : new Promise(() => {});
    },
    cancel: () => {
      cancelled = true;
    },
  });
  const { reply, free } = agent.call({ ...read, downloads: false, upload });
  await far.heard('operation');
  far.say('failure', '{"error":"ENOSPC","message":"full"}');
  expect(await codeOf(reply)).toBe('disk_full');
  await free;
  await far.heard('end');
  expect([cancelled, agent.hasEnded]).toEqual([true, false]);
  agent.close(new SandboxError('files_unavailable', { message: 'enough' }));
  await agent.ended;
});

test('an upload whose source breaks, or whose client goes away, is never told as whole', async () => {
  for (const how of ['breaks', 'goes']) {
    const { agent, far } = await openPair();
    const abort = new AbortController();
    const upload = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await far.heard('operation');
        if (how === 'breaks') throw new Error('it broke');
        controller.enqueue(new Uint8Array(10));
        abort.abort();
        return new Promise(() => {});
      },
    });
    const { reply } = agent.call({ ...read, downloads: false, upload, signal: abort.signal });
    expect(await codeOf(reply)).toBe('upload_cut');
    await agent.ended;
    expect(far.frames.map(({ kind }) => kind)).not.toContain('end');
  }
});

test('what stands still is given up', async () => {
  const { agent } = await openPair({ idleMs: 50 });
  expect(await codeOf(agent.call(read).reply)).toBe('transfer_stalled');
  await agent.ended;
});

test('whoever does not read holds the agent up, and not the host’s memory', async () => {
  const { agent, far } = await openPair();
  const { reply } = agent.call(read);
  far.say('answer', '{"size":6}');
  const { data } = await reply;
  let sent = 0;
  while (far.socket.writableLength < 4 * 1024 * 1024 && sent++ < 200) {
    far.say('data', Buffer.alloc(256 * 1024));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sent).toBeLessThan(200);
  await data.cancel();
  await agent.ended;
});
