import { expect, test } from 'vitest';
import { type FileStreamEvent, collectFile, getSandbox, parseSSEStream } from '../src/index.ts';
import { type Answer, openScriptedServer, sendJson } from './scripted-server.ts';

const entry = {
  name: 'a',
  absolutePath: '/workspace/a',
  relativePath: 'a',
  type: 'file',
  size: 1,
  modifiedAt: '2026-01-01T00:00:00.000Z',
  mode: 'rw-r--r--',
  permissions: { readable: true, writable: true, executable: false },
};

/** Half of what was promised, and then nothing. */
const sendHalf: Answer = (response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': '10' });
  response.write('12345', () => response.destroy());
};

test('a download that breaks off is an error, however it is read', async () => {
  await using server = await openScriptedServer({ GET: sendHalf });
  const sandbox = getSandbox(server.url, 'a');
  await expect(sandbox.readFile('x')).rejects.toMatchObject({ code: 'stream_cut', details: { path: 'x' } });
  const { content } = await sandbox.readFile('x', { encoding: 'none' });
  await expect(new Response(content).text()).rejects.toThrow();
  await expect(collectFile(await sandbox.readFileStream('x'))).rejects.toMatchObject({ code: 'stream_cut' });
});

test('a file stream that is cancelled before or while it is read lets go of its connection', async () => {
  const hangBehind = (length: number): Answer => {
    const part = 'x'.repeat(length);
    return (response) => response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 9999 }).write(part);
  };
  for (const length of [100, 5000]) {
    await using server = await openScriptedServer({ GET: hangBehind(length) });
    const stream = await getSandbox(server.url, 'a').readFileStream('x');
    // The longer one tells what the file is, and hangs then.
    if (length === 100) await stream.cancel();
    else for await (const event of parseSSEStream<FileStreamEvent>(stream)) if (event.type === 'chunk') break;
    await server.left;
  }
});

test('a file that is too long for a string is refused before it is read, or where it turns out to be', async () => {
  const length = 256 * 1024 * 1024 + 1;
  const piece = new Uint8Array(16 * 1024 * 1024);
  let pieces = 0;
  const openEndless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      pull: (controller) => {
        pieces++;
        controller.enqueue(piece);
      },
    });
  const open = (headers: Record<string, string>): ReturnType<typeof getSandbox> =>
    getSandbox({ fetch: async () => new Response(openEndless(), { headers }) }, 'a');
  const refusal = { code: 'file_too_large', details: { path: 'x' } };
  await expect(open({ 'Content-Length': String(length) }).readFile('x')).rejects.toMatchObject(refusal);
  expect(pieces).toBeLessThan(2);
  await expect(open({}).readFile('x')).rejects.toMatchObject(refusal);
  expect(pieces).toBeLessThan(20);
  const { content, size } = await open({ 'Content-Length': String(length) }).readFile('x', { encoding: 'none' });
  expect(size).toBe(length);
  await content.cancel();
});

test('paths are data: nothing in one becomes a part of the URL', async () => {
  await using server = await openScriptedServer({ DELETE: (response) => response.writeHead(204).end() });
  const path = '../a?b=c&d#e%2f+ \n é';
  await getSandbox(server.url, 'a').deleteFile(path);
  const { pathname, searchParams } = new URL(server.arrivals[0]?.path ?? '', server.url);
  expect([pathname, [...searchParams]]).toEqual(['/v1/sandboxes/a/files', [['path', path]]]);
});

test('a folder is listed to its last page', async () => {
  const page = (unreadable: number, next?: string): Answer =>
    sendJson(200, { path: '/workspace', files: [entry], unreadable, ...(next !== undefined && { next }) });
  await using server = await openScriptedServer({ GET: [page(0, 'one'), page(2, 'two'), page(1)] });
  const { files, count, unreadable } = await getSandbox(server.url, 'a').listFiles('.', { recursive: true });
  expect([files.length, count, unreadable]).toEqual([3, 3, 3]);
  expect(server.arrivals.map(({ path }) => new URL(path, server.url).searchParams.get('after'))).toEqual([
    null,
    'one',
    'two',
  ]);
});

test('an upload is sent as it is, and an answer that is none of a host’s is refused', async () => {
  await using server = await openScriptedServer({ PUT: [sendJson(200, { path: '/a', size: 3 }), sendJson(200, {})] });
  const sandbox = getSandbox(server.url, 'a');
  expect((await sandbox.writeFile('x', '"é"')).bytesWritten).toBe(3);
  expect(server.arrivals[0]).toMatchObject({ method: 'PUT', body: 'é' });
  expect(server.arrivals[0]?.headers['content-type']).toBe('application/octet-stream');
  await expect(sandbox.writeFile('x', '""')).rejects.toMatchObject({ code: 'bad_response' });
});

test('an option that there is not is refused, and nothing is sent', async () => {
  await using server = await openScriptedServer({});
  const sandbox = getSandbox(server.url, 'a');
  const options = { recursiv: true } as object;
  for (const refused of [
    sandbox.writeFile('x', '1', options),
    sandbox.readFile('x', options),
    sandbox.readFileStream('x', options),
    sandbox.listFiles('x', options),
    sandbox.mkdir('x', options),
  ])
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', details: { option: 'recursiv' } });
  expect(server.arrivals).toEqual([]);
});

test('a content or a path that is none is refused, and nothing is sent', async () => {
  await using server = await openScriptedServer({ PUT: sendJson(200, { path: '/a', size: 2 }) });
  const sandbox = getSandbox(server.url, 'a');
  for (const content of [undefined, null, 5, { a: 1 }])
    await expect(sandbox.writeFile('x', content as never)).rejects.toMatchObject({ code: 'invalid_request' });
  for (const path of [undefined, null, 5, 'half of a pair \ud800'])
    await expect(sandbox.writeFile(path as never, '1')).rejects.toMatchObject({ code: 'invalid_request' });
  expect(server.arrivals).toEqual([]);
  const bytes = new TextEncoder().encode('12');
  for (const content of ['12', bytes, bytes.buffer, new Blob([bytes]), new Blob([bytes]).stream()])
    await sandbox.writeFile('x', content as never);
  expect(server.arrivals.map(({ body }) => body as number)).toEqual([12, 12, 12, 12, 12]);
});
