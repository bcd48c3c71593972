import { expect, test } from 'vitest';
import { oddNames } from './commands.ts';
import { FileBox, codeOf } from './file-box.ts';
import type { Suite } from './suite.ts';
import { timeOutBehind } from './time-out-behind.ts';

const KiB = 1024;

/** Files over the protocol: bytes in and out, what they are, and what cannot be done with them. */
export function describeFiles(suite: Suite): void {
  suite.topic('files', () => {
    test.concurrent('what is written comes back, and code sees it; what code writes comes out', async () => {
      const files = new FileBox(suite);
      const bytes = Buffer.from(Array.from({ length: 300 * KiB }, (_, n) => (n * 7 + (n >> 8)) & 255));
      expect(await files.write('data/in.bin', bytes)).toEqual({ path: '/workspace/data/in.bin', size: bytes.length });
      const code = `data = open('/workspace/data/in.bin', 'rb').read()\nopen('out.bin', 'wb').write(data[::-1])\nlen(data)`;
      expect((await files.box.run(code)).order).toEqual([`result ${bytes.length}`]);
      expect((await files.readBytes('out.bin')).equals(Buffer.from(bytes).reverse())).toBe(true);
      expect((await files.readBytes('/workspace/data/in.bin')).equals(bytes)).toBe(true);
    });

    test.concurrent('a new file is the code’s own; one that is replaced keeps its mode', async () => {
      const files = new FileBox(suite);
      await files.write('run.sh', 'echo one');
      expect((await files.stat('run.sh')).mode).toBe('rw-r--r--');
      await files.box.run(`import os; os.chmod('run.sh', 0o750)`);
      await files.write('run.sh', '');
      expect(await files.stat('run.sh')).toMatchObject({ mode: 'rwxr-x---', size: 0 });
      expect((await files.box.run(`os.stat('run.sh').st_uid == os.getuid()`)).order).toEqual(['result True']);
    });

    test.concurrent('a file operation starts a sandbox; one that fails in a new one leaves nothing', async () => {
      const files = new FileBox(suite);
      expect(await codeOf(files.read('not there'))).toBe('file_not_found');
      expect(await codeOf(files.remove('not there'))).toBe('file_not_found');
      expect(await suite.runningSandboxes()).not.toContain(files.box.id);
      expect(await files.read('/etc/hostname').catch(() => files.read('/etc/passwd'))).toContain('\n');
      expect(await suite.runningSandboxes()).toContain(files.box.id);
    });

    test.concurrent('several that fail at the same time in a new one leave nothing', async () => {
      const files = new FileBox(suite);
      const failing = Array.from({ length: 5 }, () => codeOf(files.read('none')));
      expect(new Set(await Promise.all(failing))).toEqual(new Set(['file_not_found']));
      expect(await suite.runningSandboxes()).not.toContain(files.box.id);
    });

    test.concurrent('a failed operation does not take away what another one wrote at the same time', async () => {
      const files = new FileBox(suite);
      const failing = Array.from({ length: 5 }, () => codeOf(files.read('none')));
      await files.write('kept', 'kept');
      await Promise.all(failing);
      expect(await files.read('kept')).toBe('kept');
    });

    test.concurrent('parts of a file, and what it is without its bytes', async () => {
      const files = new FileBox(suite);
      await files.write('digits.txt', '0123456789');
      const ranges = { 'bytes=2-4': '234', 'bytes=7-': '789', 'bytes=-2': '89', 'bytes=0-99': '0123456789' };
      for (const [Range, text] of Object.entries(ranges)) expect(await files.read('digits.txt', { Range })).toBe(text);
      const part = await files.send('readFile', { query: { path: 'digits.txt' }, headers: { Range: 'bytes=2-4' } });
      expect([part.status, part.headers.get('Content-Range')]).toEqual([206, 'bytes 2-4/10']);
      await part.text();
      const whole = await files.send('readFile', { query: { path: 'digits.txt' }, headers: { Range: 'bytes=0-99' } });
      expect([whole.status, whole.headers.get('Content-Range')]).toEqual([206, 'bytes 0-9/10']);
      await whole.text();
      expect(await codeOf(files.read('digits.txt', { Range: 'bytes=10-' }))).toBe('range_not_satisfiable');
      // Several parts, and what is no range, are as if there were none.
      for (const Range of ['bytes=0-1,3-4', 'lines=1-2', 'bytes=4-2'])
        expect(await files.read('digits.txt', { Range })).toBe('0123456789');
      const tag = part.headers.get('ETag') ?? '';
      expect(await files.read('digits.txt', { Range: 'bytes=0-1', 'If-Range': tag })).toBe('01');
      await files.write('digits.txt', 'abcdefghij');
      expect(await files.read('digits.txt', { Range: 'bytes=0-1', 'If-Range': tag })).toBe('abcdefghij');
      const path = `${files.box.path}/files?path=digits.txt`;
      const head = await suite.client.send('HEAD', path);
      expect([head.status, head.headers.get('Content-Length'), await head.text()]).toEqual([200, '10', '']);
    });

    test.concurrent('types are told by name, else by content', async () => {
      const files = new FileBox(suite);
      const types: [string, string | Uint8Array<ArrayBuffer>, string][] = [
        ['a.csv', 'a,b', 'text/csv'],
        ['a.PNG', '', 'image/png'],
        ['plot', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0]), 'image/png'],
        ['notes', 'naïve', 'text/plain'],
        ['blob', new Uint8Array([0, 1, 2]), 'application/octet-stream'],
        ['page.html', '<script>1</script>', 'text/html'],
      ];
      for (const [name, bytes, type] of types) {
        await files.write(name, bytes);
        const response = await files.send('readFile', { query: { path: name } });
        expect(response.headers.get('Content-Type'), name).toBe(type);
        expect(response.headers.get('X-Content-Type-Options')).toBe('nosniff');
        await response.arrayBuffer();
      }
    });

    test.concurrent('names of all kinds, in all operations', async () => {
      const files = new FileBox(suite);
      for (const name of oddNames) {
        await files.write(`odd/${name}`, name);
        expect(await files.read(`odd/${name}`), name).toBe(name);
        await files.move(`odd/${name}`, `moved/../odd/${name}`).catch(() => files.mkdir('moved'));
      }
      const listed = await files.list('odd');
      expect(listed.map(({ name }) => name).toSorted()).toEqual(oddNames.toSorted());
      for (const { absolutePath } of listed) await files.remove(absolutePath);
      expect(await files.list('odd')).toEqual([]);
    });

    test.concurrent('names that are not UTF-8 are listed, and go with an archive', async () => {
      const files = new FileBox(suite);
      await files.box.run(`import os\nos.mkdir('raw')\nopen(b'raw/\\xff\\xfe', 'w').write('x')`);
      expect((await files.list('raw')).map(({ name }) => name)).toEqual(['\uFFFD\uFFFD']);
      const packed = await (await files.send('readArchive', { query: { path: 'raw' } })).arrayBuffer();
      await files.send('writeArchive', { query: { path: 'copy' }, bytes: packed });
      expect((await files.box.run(`os.listdir(b'copy')`)).order).toEqual([`result [b'\\xff\\xfe']`]);
    });

    test.concurrent('folders: made, listed, hidden ones left out, links told as links', async () => {
      const files = new FileBox(suite);
      await files.mkdir('a/b/c', true);
      await files.mkdir('a/b/c', true);
      expect(await codeOf(files.mkdir('a/b/c'))).toBe('file_exists');
      expect(await codeOf(files.mkdir('x/y'))).toBe('file_not_found');
      for (const path of ['a/1', 'a/.hidden/2', 'a/b/3']) await files.write(path, path);
      await files.box.run(`import os; os.symlink('/etc/passwd', 'a/link')`);
      const paths = async (query: Record<string, string>): Promise<string[]> =>
        (await files.list('a', query)).map(({ relativePath }) => relativePath);
      expect(await paths({})).toEqual(['1', 'b', 'link']);
      expect(await paths({ recursive: 'true' })).toEqual(['1', 'b', 'b/3', 'b/c', 'link']);
      expect(await paths({ recursive: 'true', hidden: 'true', limit: '2' })).toEqual([
        '.hidden',
        '.hidden/2',
        ...['1', 'b', 'b/3', 'b/c', 'link'],
      ]);
      const [one, folder, link] = await files.list('a');
      expect(one).toMatchObject({
        name: '1',
        absolutePath: '/workspace/a/1',
        type: 'file',
        size: 3,
        mode: 'rw-r--r--',
      });
      expect([folder?.type, link?.type]).toEqual(['directory', 'symlink']);
      expect(await files.stat('a//b/')).toMatchObject({ name: 'b', absolutePath: '/workspace/a/b' });
      expect(await files.stat('a/link')).toMatchObject({
        type: 'file',
        permissions: { readable: true, writable: false },
      });
    });

    test.concurrent('files and folders are moved as mv does it, also to another file system', async () => {
      const files = new FileBox(suite);
      await files.write('from/a', 'a');
      await files.write('b', 'b');
      expect(await files.move('from/a', 'b')).toEqual({ path: '/workspace/b' });
      expect(await files.read('b')).toBe('a');
      expect(await files.move('b', 'from')).toEqual({ path: '/workspace/from/b' });
      await files.move('from', 'to');
      await files.move('to/b', '/tmp/b');
      expect(await files.read('/tmp/b')).toBe('a');
      expect(await codeOf(files.read('to/b'))).toBe('file_not_found');
      expect(await codeOf(files.move('none', 'x'))).toBe('file_not_found');
      expect(await codeOf(files.move('to', '/tmp'))).toBe('file_operation_failed');
      await files.box.run(`import os; os.symlink('nowhere', 'link')`);
      expect(await files.move('link', '/tmp/b')).toEqual({ path: '/tmp/b' });
      expect((await files.box.run(`os.readlink('/tmp/b')`)).order).toEqual([`result 'nowhere'`]);
    });

    test.concurrent('a folder as an archive, out and in, also compressed', async () => {
      const files = new FileBox(suite);
      const code = `
import os, tarfile
os.makedirs('tree/sub/empty')
open('tree/a', 'w').write('1' * 100_000)
open('tree/sub/run', 'w').write('2'); os.chmod('tree/sub/run', 0o755)
os.symlink('../a', 'tree/sub/link'); os.mkfifo('tree/pipe')
with tarfile.open('t.tgz', 'w:gz') as t: t.add('tree', 'inner', filter=lambda m: None if m.isfifo() else m)`;
      expect((await files.box.run(code)).order).toEqual([]);
      const response = await files.send('readArchive', { query: { path: 'tree' } });
      expect(response.headers.get('Content-Type')).toBe('application/x-tar');
      const unpacked = await files.json('writeArchive', { query: { path: 'copy/here' }, bytes: await response.blob() });
      expect(unpacked).toEqual({ path: '/workspace/copy/here', entries: 5, bytes: 100_001, skipped: 0 });
      await files.send('writeArchive', {
        query: { path: 'other' },
        bytes: new Uint8Array(await files.readBytes('t.tgz')),
      });
      const compare = `import subprocess\nprint(subprocess.run('rm tree/pipe; diff -r tree copy/here && diff -r tree other/inner && ls -l copy/here/sub/run', shell=True, capture_output=True, text=True).stdout)`;
      expect((await files.box.run(compare)).stdout).toMatch(/^-rwxr-xr-x/);
    });

    test.concurrent('a folder in which others come and go is listed and packed', async () => {
      const files = new FileBox(suite);
      const { id: contextId } = await files.box.createContext();
      const code = `
import os, shutil
for n in range(50): os.makedirs(f'busy/kept{n}')
print('begun', flush=True)
while not os.path.exists('stop'):
    for n in range(50): os.makedirs(f'busy/f{n}/x/y'); open(f'busy/f{n}/x/file', 'w').close()
    for n in range(50): shutil.rmtree(f'busy/f{n}')`;
      const churning = await files.box.start(code, { contextId });
      await churning.until('begun');
      for (let n = 0; n < 20; n++) {
        const query = { path: 'busy', recursive: 'true' };
        expect(await files.json('listFiles', { query })).toMatchObject({ unreadable: 0 });
        const packed = await files.send('readArchive', { query: { path: 'busy' } });
        const bytes = await packed.arrayBuffer();
        if (n % 10 === 0)
          expect(await codeOf(files.send('writeArchive', { query: { path: '/tmp/copy' }, bytes }))).toBe('none');
      }
      await files.write('stop', '');
      expect((await churning.rest()).end.outcome).toBe('ok');
    });

    test.concurrent('an archive that parallel compressors make is whole; one that is broken in the middle is refused', async () => {
      const files = new FileBox(suite);
      const code = `
import bz2, gzip, io, lzma, tarfile
packed = io.BytesIO()
with tarfile.open(mode='w', fileobj=packed) as t:
    for n in range(100): t.addfile(tarfile.TarInfo(f'{n}'))
data = packed.getvalue()
for name, compress in (('gz', gzip.compress), ('bz2', bz2.compress), ('xz', lzma.compress)):
    open(name, 'wb').write(compress(data[:20_000]) + compress(data[20_000:]))
open('checksum', 'wb').write(gzip.compress(data)[:-8] + bytes(8))
_ = open('header', 'wb').write(data[:5120] + b'?' * 512 + data[5632:])`;
      expect((await files.box.run(code)).order).toEqual([]);
      for (const name of ['gz', 'bz2', 'xz', 'checksum', 'header']) {
        const bytes = new Uint8Array(await files.readBytes(name));
        const unpacked = files.json('writeArchive', { query: { path: 'out' }, bytes });
        if (name.length < 4) expect(await unpacked, name).toMatchObject({ entries: 100 });
        else expect(await codeOf(unpacked), name).toBe('archive_invalid');
      }
    });

    test.concurrent('what is wrong has a name', async () => {
      const files = new FileBox(suite);
      await files.write('file', 'x');
      const code = `
import os, socket
os.mkfifo('fifo'); os.symlink('loop', 'loop'); os.symlink('none', 'dangling')
socket.socket(socket.AF_UNIX).bind('/workspace/socket')
os.mkdir('closed'); open('closed/in', 'w').close(); os.chmod('closed', 0)
os.mkdir('locked'); open('locked/in', 'w').close(); os.chmod('locked', 0o500)
open('secret', 'w').close(); os.chmod('secret', 0)`;
      await files.box.run(code);
      const table: [string, Promise<unknown>][] = [
        ['is_directory', files.read('/workspace')],
        ['is_directory', files.write('/tmp', 'x')],
        ['is_directory', files.write('file/', 'x')],
        ['is_directory', files.remove('closed')],
        ['not_a_directory', files.read('file/x')],
        ['not_a_directory', files.write('file/x', 'x')],
        ['not_a_directory', files.list('file')],
        ['not_a_directory', files.send('readArchive', { query: { path: 'file' } })],
        ['not_regular', files.read('fifo')],
        ['not_regular', files.write('fifo', 'x')],
        ['not_regular', files.read('socket')],
        ['not_regular', files.read('/dev/zero')],
        ['not_regular', files.write('/dev/null', 'x')],
        ['link_loop', files.read('loop')],
        ['file_not_found', files.read('dangling')],
        ['file_not_found', files.list('none')],
        ['permission_denied', files.read('secret')],
        ['permission_denied', files.write('secret', 'x')],
        ['permission_denied', files.read('closed/in')],
        ['permission_denied', files.list('closed')],
        ['permission_denied', files.write('locked/new', 'x')],
        ['permission_denied', files.remove('locked/in')],
        ['permission_denied', files.write('/usr/bin/x', 'x')],
        ['permission_denied', files.send('readArchive', { query: { path: '.' } })],
        ['name_too_long', files.write('x'.repeat(256), 'x')],
        ['archive_invalid', files.send('writeArchive', { query: { path: 'z' }, bytes: 'no archive' })],
        ['invalid_request', files.read('a\0b')],
        ['invalid_request', files.read('')],
        ['invalid_request', files.read('x/'.repeat(2048))],
        ['invalid_request', files.list('.', { limit: '0' })],
        ['invalid_request', files.list('.', { after: '!' })],
        ['invalid_request', files.list('.', { recursive: 'yes' })],
        ['invalid_request', files.send('readFile', { query: { path: 'a', other: 'b' } })],
      ];
      for (const [code, attempt] of table.map(([code, attempt]) => [code, codeOf(attempt)] as const))
        expect(await attempt).toBe(code);
      expect(await files.read('file')).toBe('x');
      const raw = await suite.client.json('GET', `${files.box.path}/files?path=%FF`);
      expect(raw).toMatchObject({ status: 400, body: { error: { code: 'invalid_request' } } });
    });

    test.concurrent('files of a running file system are read to their end', async () => {
      const files = new FileBox(suite);
      expect(await files.read('/proc/self/status')).toMatch(/Seccomp:\t2\n/);
    });
  });

  suite.topic('files that an execution touched', () => {
    test.concurrent('created, changed and deleted files are named, and only where that was asked for', async () => {
      const files = new FileBox(suite);
      for (const name of ['changed', 'kept', 'gone', 'sub/moved']) await files.write(name, '1');
      const code = `
import os, subprocess
open('new.txt', 'w').write('x'); open('changed', 'a').write('x'); os.remove('gone')
os.rename('sub/moved', 'sub/here'); open('kept').read(); open('/tmp/outside', 'w').close()
subprocess.run(['touch', '.by-child'])`;
      expect((await files.box.run(code, { trackFiles: true })).end.files).toEqual({
        created: ['/workspace/.by-child', '/workspace/new.txt', '/workspace/sub/here'],
        changed: ['/workspace/changed'],
        deleted: ['/workspace/gone', '/workspace/sub/moved'],
        truncated: false,
      });
      expect((await files.box.run(`open('again', 'w').close()`)).end).not.toHaveProperty('files');
      expect((await files.box.run('1', { trackFiles: true })).end.files).toMatchObject({ created: [], changed: [] });
    });

    test.concurrent('also of code that failed, or whose kernel ended', async () => {
      const { box } = new FileBox(suite);
      const failed = await box.run(`open('a', 'w').close()\n1 / 0`, { trackFiles: true });
      expect(failed.end).toMatchObject({ outcome: 'error', files: { created: ['/workspace/a'] } });
      const ended = await box.run(`open('b', 'w').close()\nimport os; os._exit(1)`, { trackFiles: true });
      expect(ended.end).toMatchObject({ outcome: 'killed', files: { created: ['/workspace/b'] } });
      let name = '';
      const stopped = await timeOutBehind('on\n', (timeout) => {
        const code = `open('${(name = `c${timeout}`)}', 'w').close()\nprint('on')\nwhile True: pass`;
        return box.run(code, { trackFiles: true, timeout });
      });
      expect(stopped.end).toMatchObject({ outcome: 'timeout', files: { created: [`/workspace/${name}`] } });
    });

    test.concurrent('code that is cancelled, queued or at once, ends as it does otherwise, and the next one runs', async () => {
      const { box } = new FileBox(suite);
      for (let n = 0; n < 3; n++) {
        const executionId = `tracked-${n}`;
        const stream = await box.start(`open('a${n}', 'w').close()\nwhile True: pass`, {
          trackFiles: true,
          executionId,
        });
        const queued = await box.start(`open('never', 'w').close()`, { trackFiles: true, executionId: `queued-${n}` });
        await box.cancel(`queued-${n}`);
        if (n === 1) await new Promise((resolve) => setTimeout(resolve, 5));
        await box.cancel(executionId);
        expect((await stream.rest()).end).toMatchObject({ outcome: 'interrupted', state: 'kept' });
        expect((await queued.rest()).end.outcome).toBe('interrupted');
      }
      const { end } = await box.run(`open('b', 'w').close()`, { trackFiles: true });
      expect([end.outcome, end.files?.created]).toEqual(['ok', ['/workspace/b']]);
      expect((await box.run(`import os; os.path.exists('never')`)).order).toEqual(['result False']);
    });

    test.concurrent('more than a thousand are the first thousand, and said to be', async () => {
      const { box } = new FileBox(suite);
      const { end } = await box.run(`for n in range(1500): open(f'{n:04}', 'w').close()`, { trackFiles: true });
      expect([end.files?.created.length, end.files?.truncated]).toEqual([1000, true]);
      expect(end.files?.created.at(-1)).toBe('/workspace/0999');
    });
  });
}
