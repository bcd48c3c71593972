import { expect, test } from 'vitest';
import { FileBox, codeOf } from './file-box.ts';
import type { Suite } from './suite.ts';

const MB = 1_000_000;

/** Bytes that differ everywhere, in pieces. */
function streamOf(size: number, pieceSize = 256 * 1024): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      const piece = new Uint8Array(Math.min(pieceSize, size - at)).fill((at / pieceSize) & 255);
      if (piece.length === 0) return controller.close();
      at += piece.length;
      controller.enqueue(piece);
    },
  });
}

/** Transfers: much, broken off, at the same time, and while the file changes. */
export function describeFileTransfers(suite: Suite): void {
  suite.topic('file transfers', () => {
    test('50 MB stream in and out', { timeout: 60_000 }, async () => {
      const files = new FileBox(suite);
      expect(await files.write('much', streamOf(50 * MB))).toMatchObject({ size: 50 * MB });
      const response = await files.send('readFile', { query: { path: 'much' } });
      expect(response.headers.get('Content-Length')).toBe(String(50 * MB));
      let at = 0;
      for await (const piece of response.body ?? []) {
        expect(piece[0]).toBe(Math.floor(at / (256 * 1024)) & 255);
        at += piece.length;
      }
      expect(at).toBe(50 * MB);
    });

    test.concurrent('an upload that breaks off leaves the old file, and nothing else', async () => {
      const files = new FileBox(suite);
      await files.write('kept', 'old');
      for (const path of ['kept', 'new/file']) {
        let sent = 0;
        const bytes = new ReadableStream<Uint8Array>({
          pull(controller) {
            if (sent++ < 10) controller.enqueue(new Uint8Array(100_000));
            else controller.error(new Error('broke off'));
          },
        });
        expect(await codeOf(files.write(path, bytes))).not.toBe('none');
      }
      // What an embedded host is given may be anything.
      const noBytes = new ReadableStream({
        start(controller) {
          controller.enqueue(new ArrayBuffer(8));
          controller.close();
        },
      });
      expect(await codeOf(files.write('kept', noBytes))).not.toBe('none');
      expect(await files.read('kept')).toBe('old');
      expect((await files.list('.', { hidden: 'true' })).map(({ name }) => name)).toEqual(['kept']);
    });

    test.concurrent('an upload that is aborted leaves the old file', async () => {
      const files = new FileBox(suite);
      await files.write('kept', 'old');
      const abort = new AbortController();
      let sent = 0;
      const bytes = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent++ < 10) controller.enqueue(new Uint8Array(100_000));
          else if (sent === 11) abort.abort();
          else return new Promise(() => {});
        },
      });
      const query = { path: 'kept' };
      expect(await codeOf(files.send('writeFile', { query, bytes, signal: abort.signal }))).not.toBe('none');
      expect(await files.read('kept')).toBe('old');
    });

    test.concurrent('a download that nobody reads on, and one that is cancelled, hold nobody up', async () => {
      const files = new FileBox(suite);
      await files.write('much', streamOf(20 * MB));
      for (let n = 0; n < 12; n++) {
        const response = await files.send('readFile', { query: { path: 'much' } });
        await response.body?.cancel();
      }
      const unread = await files.send('readFile', { query: { path: 'much' } });
      expect(await files.read('much', { Range: 'bytes=0-3' })).toBe('\0\0\0\0');
      await unread.body?.cancel();
    });

    test.concurrent('many writers of one file: readers see one of the texts, whole', async () => {
      const files = new FileBox(suite);
      const texts = Array.from({ length: 16 }, (_, n) => `${n} `.repeat(40_000));
      await files.write('one', texts[0] ?? '');
      const reading = Array.from({ length: 16 }, () => files.read('one'));
      await Promise.all([...texts.map((text) => files.write('one', text))]);
      for (const text of [...(await Promise.all(reading)), await files.read('one')])
        expect(texts.includes(text)).toBe(true);
      expect((await files.list('.', { hidden: 'true' })).map(({ name }) => name)).toEqual(['one']);
    });

    test.concurrent('a file that grows is read as far as it was', async () => {
      const files = new FileBox(suite);
      const writing = await files.box.start(`
import os, time
with open('log', 'wb', 0) as f:
    for n in range(100_000):
        f.write(b'%06d\\n' % n)
        if n == 1000: print('begun', flush=True)
        if os.path.exists('stop'): break`);
      await writing.until('begun');
      for (let n = 0; n < 10; n++) {
        const response = await files.send('readFile', { query: { path: 'log' } });
        const text = await response.text();
        expect(String(text.length)).toBe(response.headers.get('Content-Length'));
        expect(text.startsWith('000000\n000001\n')).toBe(true);
      }
      await files.write('stop', '');
      await writing.rest();
    });

    test('10,000 small files in and out as archives, and listed page by page', { timeout: 60_000 }, async () => {
      const files = new FileBox(suite);
      const code = `
import io, tarfile
with tarfile.open('/tmp/many.tar', 'w') as t:
    for n in range(10_000):
        m = tarfile.TarInfo(f'{n % 100:02}/{n:05}'); m.size = 5
        t.addfile(m, io.BytesIO(b'%05d' % n))`;
      await files.box.run(code);
      const bytes = new Uint8Array(await files.readBytes('/tmp/many.tar'));
      const unpacked = await files.json('writeArchive', { query: { path: 'many' }, bytes });
      expect(unpacked).toMatchObject({ entries: 10_000, bytes: 50_000 });
      const listed = await files.list('many', { recursive: 'true' });
      expect(listed).toHaveLength(10_100);
      expect(new Set(listed.map(({ relativePath }) => relativePath)).size).toBe(10_100);
      const packed = await (await files.send('readArchive', { query: { path: 'many' } })).arrayBuffer();
      expect(packed.byteLength).toBeGreaterThan(10_000 * 1024);
      expect((await files.box.run(`print(open('many/42/00042').read())`)).stdout).toBe('00042\n');
    });

    test.concurrent('300 small writes and reads at once, none lost', async () => {
      const files = new FileBox(suite);
      const names = Array.from({ length: 300 }, (_, n) => `n${n}`);
      await Promise.all(names.map((name) => files.write(name, name)));
      expect(await Promise.all(names.map((name) => files.read(name)))).toEqual(names);
    });

    test.concurrent('a sandbox that is destroyed ends its transfers', async () => {
      const files = new FileBox(suite);
      const endless = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1000)),
        pull: () => new Promise(() => {}),
      });
      const writing = codeOf(files.write('b', endless));
      // What is written has no name yet; a process inside has it open.
      const wait = `
import glob, os, time
def opened(path):
    try: return os.readlink(path).startswith('/workspace/#')
    except OSError: return False
while not any(map(opened, glob.glob('/proc/[0-9]*/fd/*'))): time.sleep(0.01)`;
      expect((await files.box.run(wait)).order).toEqual([]);
      await files.box.destroy();
      expect(await writing).toBe('sandbox_not_found');
    });
  });
}
