import { expect, test } from 'vitest';
import { FileBox, codeOf } from './file-box.ts';
import type { Suite } from './suite.ts';

/** Places that a host has and a sandbox must not show, and names that lead there. */
const places = [
  '/etc/shadow',
  '/root/.bashrc',
  '../../../../../../etc/shadow',
  '/workspace/../root',
  '/proc/1/environ',
  '/proc/1/root/etc/shadow',
  '/proc/self/root/var/lib',
  '/proc/kcore',
  '/proc/sysrq-trigger',
  '/sys/kernel/notes',
  '/dev/mem',
  '/dev/kmsg',
  '/var/lib',
  '/run',
  '/boot',
];

/** Reads each as code of the sandbox does: what it gives, or that it gives nothing. */
const readAll = `
import json
def read(path):
    try: return open(path, 'rb').read(1000).hex()
    except OSError: return None
`;

/** The host acts as the sandbox: nothing that code can arrange makes it read, write, create or follow anything that code could not. */
export function describeFileAttacks(suite: Suite): void {
  suite.topic('attacks on files', () => {
    test.concurrent('what code cannot read, the host does not read for anybody', async () => {
      const files = new FileBox(suite);
      const code = `${readAll}print(json.dumps([read(path) for path in json.loads(${JSON.stringify(JSON.stringify(places))})]))`;
      const seen = JSON.parse((await files.box.run(code)).stdout) as (string | null)[];
      for (const [n, path] of places.entries()) {
        const read = await files.readBytes(path).then(
          (bytes) => bytes.subarray(0, 1000).toString('hex'),
          () => null,
        );
        expect(read, path).toBe(seen[n] ?? null);
        expect(await codeOf(files.write(path, 'evil')), path).not.toBe('none');
      }
    });

    test.concurrent('links of a sandbox lead to its own files', async () => {
      const files = new FileBox(suite);
      await files.box.run(`
import os
os.symlink('/etc/passwd', 'link'); os.symlink('/', 'root'); os.symlink('/proc/1/root', 'one')
own = open('/etc/passwd').read(); print(own)`);
      const own = (await files.box.run('print(own)')).stdout.slice(0, -1);
      for (const path of ['link', 'root/etc/passwd', 'root/workspace/root/etc/passwd'])
        expect(await files.read(path)).toBe(own);
      expect(await codeOf(files.write('link', 'evil'))).toBe('permission_denied');
      expect(await codeOf(files.write('root/etc/new', 'evil'))).toBe('permission_denied');
      await files.remove('link');
      expect((await files.list('.')).map(({ name }) => name)).toEqual(['one', 'root']);
      const packed = await files.send('readArchive', { query: { path: '.' } });
      // A link is packed as one: what it leads to does not come along.
      expect((await packed.arrayBuffer()).byteLength).toBeLessThan(20_000);
    });

    test.concurrent('a folder that becomes a link in the middle: each operation is done inside, or fails by name', async () => {
      const files = new FileBox(suite);
      const { id: contextId } = await files.box.createContext();
      const swapping = await files.box.start(
        `
import os
os.makedirs('real', exist_ok=True); os.makedirs('/tmp/other', exist_ok=True)
print('begun', flush=True)
while not os.path.exists('stop'):
    for make in (lambda: os.rename('real', 'd'), lambda: os.rename('d', 'real'), lambda: os.symlink('/tmp/other', 'd'), lambda: os.unlink('d')):
        try: make()
        except OSError: pass`,
        { contextId },
      );
      await swapping.until('begun');
      const known = ['none', 'file_not_found', 'not_a_directory', 'is_directory', 'file_exists', 'permission_denied'];
      // What the folder was when it was opened, and is no longer when it is used.
      known.push('file_operation_failed');
      for (let n = 0; n < 30; n++) {
        expect(known).toContain(await codeOf(files.write(`d/f${n}`, 'x'.repeat(1000))));
        expect(known).toContain(await codeOf(files.read(`d/f${n}`)));
        expect(known).toContain(await codeOf(files.list('.', { recursive: 'true' })));
      }
      await files.write('stop', '');
      expect((await swapping.rest()).end.outcome).toBe('ok');
    });

    test.concurrent('code that kills whatever works on its files harms only itself', async () => {
      const files = new FileBox(suite);
      const neighbour = new FileBox(suite);
      await files.write('a', 'a');
      const { id: contextId } = await files.box.createContext();
      const killing = await files.box.start(
        `
import os, signal
own = os.getpid()
print('begun', flush=True)
while not os.path.exists('stop'):
    for pid in os.listdir('/proc'):
        if pid.isdigit() and int(pid) not in (1, own):
            try: os.kill(int(pid), signal.SIGKILL)
            except OSError: pass`,
        { contextId },
      );
      await killing.until('begun');
      for (let n = 0; n < 20; n++) {
        // A download that has begun can only be cut: for its client behind the head of the answer, or before that has arrived.
        const cut = ['TypeError: terminated', 'TypeError: fetch failed'];
        expect(['none', 'files_unavailable', ...cut]).toContain(await codeOf(files.read('a')));
        expect(['none', 'files_unavailable']).toContain(await codeOf(files.write('a', 'a')));
        expect(await codeOf(neighbour.write('b', 'b'))).toBe('none');
      }
      await files.box.deleteContext(contextId);
      await killing.rest();
      expect(await files.read('a')).toBe('a');
      // A file that replaces another has a name of its own between two calls: killed there, it stays.
      const left = (await files.list('.', { hidden: 'true' })).filter(({ name }) => name.startsWith('.quick'));
      expect(left.length).toBeLessThanOrEqual(2);
    });

    test.concurrent('a workspace that is full, or that files may not be made in: named, and the old file is whole', async () => {
      const files = new FileBox(suite);
      await files.write('old', 'old');
      const fill = `
import os
fd = os.open('filler', os.O_CREAT | os.O_WRONLY)
size = step = 1 << 30
while step > 4096:
    try: os.posix_fallocate(fd, 0, size); size += step
    except OSError: step //= 2; size -= step
os.close(fd)`;
      expect((await files.box.run(fill)).order).toEqual([]);
      const bytes = new Uint8Array(8 * 1024 * 1024).fill(1);
      expect(await codeOf(files.write('old', bytes))).toBe('disk_full');
      expect(await codeOf(files.write('new', bytes))).toBe('disk_full');
      expect(await files.read('old')).toBe('old');
      expect((await files.list('.', { hidden: 'true' })).map(({ name }) => name)).toEqual(['filler', 'old']);
      await files.remove('filler');
      expect(await codeOf(files.write('old', bytes))).toBe('none');
    });

    test.concurrent('packages that a sandbox has installed have no part in it', async () => {
      const files = new FileBox(suite);
      const { stdout: version } = await files.box.run(`import sys; print(sys.version_info[1], end='')`);
      const folder = `.local/lib/python3.${version}/site-packages`;
      for (const name of ['numpy', 'tarfile', 'mimetypes'])
        await files.write(`${folder}/${name}/__init__.py`, `open('/workspace/evil', 'w').close()\nraise SystemExit`);
      // More than are kept ready.
      await Promise.all(Array.from({ length: 8 }, (_, n) => files.write(`n${n}`, '')));
      expect(await codeOf(files.stat('evil'))).toBe('file_not_found');
    });

    test.concurrent('archives whose names lead out of their folder are refused', async () => {
      const files = new FileBox(suite);
      const names = ['../evil', '/workspace/evil', 'a/../../evil'];
      await files.box.run(`
import io, tarfile
for n, name in enumerate(${JSON.stringify(names)}):
    with tarfile.open(f't{n}', 'w') as t: t.addfile(tarfile.TarInfo(name))
with tarfile.open('t3', 'w') as t:
    link = tarfile.TarInfo('link'); link.type = tarfile.SYMTYPE; link.linkname = '..'
    t.addfile(link); t.addfile(tarfile.TarInfo('link/evil'))`);
      for (const n of [0, 1, 2, 3]) {
        const bytes = new Uint8Array(await files.readBytes(`t${n}`));
        expect(await codeOf(files.send('writeArchive', { query: { path: 'jail' }, bytes }))).toMatch(
          n === 3 ? /^(link_loop|not_a_directory)$/ : /^archive_invalid$/,
        );
      }
      expect(await codeOf(files.stat('evil'))).toBe('file_not_found');
    });
  });
}
