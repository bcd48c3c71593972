import {
  type FileStreamEvent,
  type Sandbox,
  collectFile,
  getSandbox,
  parseSSEStream,
  streamFile,
} from '@quicksand/sdk';
import { expect, test } from 'vitest';
import { codeOf } from './file-box.ts';
import type { Suite } from './suite.ts';

const binary = Uint8Array.from({ length: 70_000 }, (_, n) => (n * 31) & 255);
const base64 = Buffer.from(binary).toString('base64');

/** Files through the sdk: Cloudflare's names, options and results. */
export function describeSdkFiles(suite: Suite): void {
  const open = (): Sandbox => {
    const { fetcher, token } = suite.target;
    return getSandbox(fetcher, suite.box().id, { ...(token !== undefined && { token }) });
  };
  const done = { success: true, timestamp: expect.stringMatching(/^\d{4}-.*Z$/) };

  suite.topic('files through the sdk', () => {
    test.concurrent('text: written, read, and seen by code', async () => {
      const sandbox = open();
      const text = 'naïve \u{1F40D}\r\n'.repeat(10_000);
      expect(await sandbox.writeFile('a/text.md', text)).toEqual({
        ...done,
        path: 'a/text.md',
        bytesWritten: Buffer.byteLength(text),
      });
      expect(await sandbox.readFile('/workspace/a/text.md')).toEqual({
        ...done,
        path: '/workspace/a/text.md',
        content: text,
        encoding: 'utf-8',
        isBinary: false,
        mimeType: 'text/markdown',
        size: Buffer.byteLength(text),
      });
      expect((await sandbox.runCode(`len(open('a/text.md', newline='').read())`)).results[0]?.text).toBe('90000');
      // As Excel writes it: the mark is there when it is written back.
      const marked = '\uFEFFcity;people\n';
      await sandbox.writeFile('marked.csv', marked);
      expect(await sandbox.readFile('marked.csv')).toMatchObject({ content: marked, isBinary: false });
      expect((await collectFile(await sandbox.readFileStream('marked.csv'))).content).toBe(marked);
    });

    test.concurrent('what is no text is base64, unless asked otherwise', async () => {
      const sandbox = open();
      expect((await sandbox.writeFile('b', base64, { encoding: 'base64' })).bytesWritten).toBe(binary.length);
      expect(await sandbox.readFile('b')).toMatchObject({ content: base64, encoding: 'base64', isBinary: true });
      const asText = await sandbox.readFile('b', { encoding: 'utf8' });
      expect(asText).toMatchObject({ encoding: 'utf-8', isBinary: true, size: binary.length });
      expect(asText.content).toBe(new TextDecoder().decode(binary));
      await sandbox.writeFile('t', 'text');
      expect(await sandbox.readFile('t', { encoding: 'base64' })).toMatchObject({
        content: 'dGV4dA==',
        isBinary: false,
      });
      const { content, size, mimeType } = await sandbox.readFile('b', { encoding: 'none' });
      expect(new Uint8Array(await new Response(content).arrayBuffer())).toEqual(binary);
      expect([size, mimeType]).toEqual([binary.length, 'application/octet-stream']);
    });

    test.concurrent('streams in, and out as events', async () => {
      const sandbox = open();
      await sandbox.writeFile('b', new Blob([binary, binary]).stream());
      const events: FileStreamEvent[] = [];
      for await (const event of parseSSEStream<FileStreamEvent>(await sandbox.readFileStream('b'))) events.push(event);
      const [first] = events;
      expect(first).toMatchObject({ type: 'metadata', size: 140_000, isBinary: true, encoding: 'base64' });
      expect(events.at(-1)).toEqual({ type: 'complete', bytesRead: 140_000 });
      const { content, metadata } = await collectFile(await sandbox.readFileStream('b'));
      expect(content).toEqual(new Uint8Array(Buffer.concat([binary, binary])));
      expect(metadata.isBinary).toBe(true);
      const text = 'é'.repeat(100_001);
      await sandbox.writeFile('t', text);
      let read = '';
      for await (const piece of streamFile(await sandbox.readFileStream('t'))) read += String(piece);
      expect(read).toBe(text);
      await sandbox.writeFile('empty', '');
      expect((await collectFile(await sandbox.readFileStream('empty'))).content).toBe('');
    });

    test.concurrent('folders and names', async () => {
      const sandbox = open();
      expect(await sandbox.mkdir('d/e', { recursive: true })).toEqual({ ...done, path: 'd/e', recursive: true });
      expect(await codeOf(sandbox.mkdir('x/y'))).toBe('file_not_found');
      await sandbox.writeFile('d/a', '1');
      await sandbox.writeFile('d/.h', '2');
      const { files, count, ...rest } = await sandbox.listFiles('d');
      expect(rest).toEqual({ ...done, path: 'd' });
      expect([count, files.map(({ name }) => name)]).toEqual([2, ['a', 'e']]);
      const all = await sandbox.listFiles('.', { recursive: true, includeHidden: true });
      expect(all.files.map(({ relativePath }) => relativePath)).toEqual(['d', 'd/.h', 'd/a', 'd/e']);
      expect(await sandbox.renameFile('d/a', 'd/b')).toEqual({ ...done, path: 'd/a', newPath: 'd/b' });
      await sandbox.moveFile('d/b', 'd/e');
      expect(await sandbox.exists('d/e/b')).toEqual({ ...done, path: 'd/e/b', exists: true });
      await sandbox.runCode(`import os; os.symlink('loop', 'loop')`);
      const nowhere = ['d/b', 'd/e/b/c', 'loop', 'x'.repeat(256)];
      for (const path of nowhere) expect((await sandbox.exists(path)).exists, path).toBe(false);
      expect(await sandbox.deleteFile('d/e/b')).toEqual({ ...done, path: 'd/e/b' });
      expect(await codeOf(sandbox.deleteFile('d'))).toBe('is_directory');
    });

    test.concurrent('archives', async () => {
      const [from, to] = [open(), open()];
      for (const name of ['a', 'b/c', 'b/d e']) await from.writeFile(`f/${name}`, name);
      expect(await to.writeArchive('g', await from.readArchive('f'))).toEqual({
        path: '/workspace/g',
        entries: 4,
        bytes: 9,
        skipped: 0,
      });
      expect((await to.readFile('g/b/d e')).content).toBe('b/d e');
    });

    test.concurrent('trackFiles tells what the code did', async () => {
      const sandbox = open();
      const execution = await sandbox.runCode(`open('plot.png', 'w').close()`, { trackFiles: true });
      expect(execution.files).toEqual({ created: ['/workspace/plot.png'], changed: [], deleted: [], truncated: false });
      expect((await sandbox.runCode('1')).files).toBeUndefined();
    });

    test.concurrent('what cannot be done rejects by name', async () => {
      const sandbox = open();
      await sandbox.writeFile('kept', 'old');
      await sandbox.runCode(`open('sparse', 'w').truncate(1 << 40)`);
      const abort = new AbortController();
      const endless = new ReadableStream<Uint8Array>({
        pull: async (controller) => {
          controller.enqueue(new Uint8Array(100_000));
          setTimeout(() => abort.abort(new Error('enough')), 50);
        },
      });
      const toStream = (piece: unknown): ReadableStream<Uint8Array> =>
        new ReadableStream({
          start(controller) {
            controller.enqueue(piece as Uint8Array);
            controller.close();
          },
        });
      const used = toStream(binary);
      const broken = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.error(new Error('it broke')),
      });
      await sandbox.writeFile('other', used);
      const refused: [string, Promise<unknown>][] = [
        ['file_not_found', sandbox.readFile('none')],
        ['file_not_found', sandbox.readFileStream('none')],
        ['not_regular', sandbox.readFile('/dev/zero')],
        ['file_too_large', sandbox.readFile('sparse')],
        ['invalid_request', sandbox.writeFile('kept', 'no base64!', { encoding: 'base64' })],
        ['invalid_request', sandbox.writeFile('kept', 'x', { encoding: 'latin1' })],
        ['invalid_request', sandbox.writeFile('', 'x')],
        ['unsupported', sandbox.readFile('kept', { sessionId: 's' })],
        ['invalid_request', sandbox.writeFile('kept', toStream(new ArrayBuffer(8)))],
        ['invalid_request', sandbox.writeFile('kept', toStream('text'))],
        ['invalid_request', sandbox.writeFile('kept', used)],
        ['upload_cut', sandbox.writeFile('kept', broken)],
        ['Error: enough', sandbox.writeFile('kept', endless, { signal: abort.signal })],
      ];
      for (const [code, attempt] of refused.map(([code, attempt]) => [code, codeOf(attempt)] as const))
        expect(await attempt).toBe(code);
      expect((await sandbox.readFile('kept')).content).toBe('old');
      await sandbox.writeFile('shared', new Uint8Array(new SharedArrayBuffer(3)) as never);
      expect((await sandbox.readFile('shared', { encoding: 'base64' })).content).toBe('AAAA');
    });
  });
}
