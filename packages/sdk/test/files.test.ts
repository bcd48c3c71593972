import { expect, test } from 'vitest';
import { collectFile, getSandbox } from '../src/index.ts';
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

test('paths are data: nothing in one becomes a part of the URL', async () => {
  await using server = await openScriptedServer({ DELETE: (response) => response.writeHead(204).end() });
  const path = '../a?b=c&d#e%2f+ \n é';
  await getSandbox(server.url, 'a').deleteFile(path);
  const { pathname, searchParams } = new URL(server.arrivals[0]?.path ?? '', server.url);
  expect([pathname, [...searchParams]]).toEqual(['/v1/sandboxes/a/files', [['path', path]]]);
});

test('a folder is listed to its last page', async () => {
  const page = (next?: string): Answer =>
    sendJson(200, { path: '/workspace', files: [entry], unreadable: 0, ...(next !== undefined && { next }) });
  await using server = await openScriptedServer({ GET: [page('one'), page('two'), page()] });
  const { files, count } = await getSandbox(server.url, 'a').listFiles('.', { recursive: true });
  expect([files.length, count]).toEqual([3, 3]);
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
