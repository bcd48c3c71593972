import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { measureGrowth } from './measure-growth.ts';
import { type OwnServe, openOwnServe } from './open-own-serve.ts';

// R8 for files where it can be measured: against a host in a process of its own.

const MiB = 1024 * 1024;
/** What is sent each way; QUICKSAND_TEST_MIB sends more. */
const size = Number(process.env['QUICKSAND_TEST_MIB'] ?? 256) * MiB;
/** V8 looks for garbage outside of its heap only when much has come together; a host that kept the file would grow by all of it. */
const growthLimit = size / 2;

let serve: OwnServe;
let box: Box;
let headers: Record<string, string>;

beforeAll(async () => {
  serve = await openOwnServe({ limits: { workspaceBytes: 2 * size } });
  headers = { Authorization: `Bearer ${serve.token}` };
  box = new Box(serve.client, 'full');
  // What a host needs once is not growth.
  await write('warm', streamOf(32 * MiB));
  expect(await measureRead('warm')).toBe(32 * MiB);
});
afterAll(() => serve?.[Symbol.asyncDispose]());

function toUrl(path: string, route = ''): string {
  return `${serve.url}${box.path}/files${route}?${new URLSearchParams({ path })}`;
}

function streamOf(bytes: number): ReadableStream<Uint8Array> {
  const piece = new Uint8Array(MiB).fill(7);
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      if (left <= 0) return controller.close();
      left -= piece.length;
      controller.enqueue(piece);
    },
  });
}

async function write(path: string, body: ReadableStream<Uint8Array>): Promise<unknown> {
  const init: RequestInit & { duplex: 'half' } = { method: 'PUT', headers, body, duplex: 'half' };
  return (await fetch(toUrl(path), init)).json();
}

async function measureRead(path: string, route = ''): Promise<number> {
  let bytes = 0;
  for await (const piece of (await fetch(toUrl(path, route), { headers })).body ?? []) bytes += piece.length;
  return bytes;
}

test('a large file goes in and out, and the host does not grow', { timeout: 600_000 }, async () => {
  const timings: Record<string, number> = {};
  const time = async (name: string, work: () => Promise<void>): Promise<void> => {
    const start = performance.now();
    await work();
    timings[name] = Math.round(performance.now() - start);
  };
  const growth = await measureGrowth(serve.pid, async () => {
    await time('in', async () => {
      expect(await write('large', streamOf(size))).toEqual({ path: '/workspace/large', size });
    });
    await time('out', async () => expect(await measureRead('large')).toBe(size));
    await time('archive', async () => expect(await measureRead('.', '/archive')).toBeGreaterThan(size));
  });
  if (process.env['QUICKSAND_TEST_MIB']) console.log({ size, growth, ...timings });
  expect(growth).toBeLessThan(growthLimit);
});

test('readers that stop in the middle cost little, and the next one is served', { timeout: 60_000 }, async () => {
  const growth = await measureGrowth(serve.pid, async () => {
    const stalled = await Promise.all(Array.from({ length: 7 }, () => openStalledReader(toUrl('large'))));
    expect(await measureRead('warm')).toBe(32 * MiB);
    for (const stop of stalled) stop();
  });
  expect(growth).toBeLessThan(7 * 16 * MiB);
});

/** Asks for a file and reads nothing but the beginning of the answer. */
async function openStalledReader(address: string): Promise<() => void> {
  const { hostname, port, pathname, search } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(`GET ${pathname}${search} HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers['Authorization']}\r\n\r\n`);
  await new Promise((resolve) => socket.once('readable', resolve));
  return () => socket.destroy();
}

test('a client that reads the answer only after it has sent everything gets it, also where the upload failed early', async () => {
  const { hostname, port } = new URL(serve.url);
  const socket = connect(Number(port), hostname);
  const body = Buffer.alloc(16 * MiB);
  const { pathname, search } = new URL(toUrl('/usr/nothing'));
  socket.write(
    `PUT ${pathname}${search} HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers['Authorization']}\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  await new Promise<void>((resolve, reject) => socket.once('error', reject).write(body, () => resolve()));
  let answer = '';
  for await (const piece of socket) answer += String(piece);
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  expect(answer).toContain('permission_denied');
  expect(answer.toLowerCase()).toContain('connection: close');
});
