import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runToolOrFail } from '../../packages/cli/setup/run-tool.mjs';

/** What the machine needs that Debian's kernel has as modules: its root over 9p, and what hosts use. */
const modules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'loop', 'crc32c_generic', 'ext4', 'fuse'];

/**
 * Downloads Debian's kernel and its static busybox, and unpacks them; once.
 *
 * @param {string} cache a folder that is kept
 * @returns {Promise<{ kernel: string, busybox: Buffer, modules: { name: string, data: Buffer }[] }>} modules in the order in which they are loaded
 */
export async function fetchGuestKernel(cache) {
  const unpacked = join(cache, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  if (!existsSync(join(unpacked, 'bin/busybox'))) {
    const { stdout } = await runToolOrFail('apt-cache', ['depends', 'linux-image-amd64']);
    const image = /Depends: (linux-image-\S+)/.exec(stdout)?.[1] ?? 'linux-image-amd64';
    await runToolOrFail('apt-get', ['download', image, 'busybox-static'], { cwd: cache });
    for (const name of readdirSync(cache).filter((file) => file.endsWith('.deb')))
      await runToolOrFail('dpkg-deb', ['-x', join(cache, name), unpacked]);
  }
  const [version = ''] = readdirSync(join(unpacked, 'lib/modules'));
  const folder = join(unpacked, 'lib/modules', version, 'kernel');
  const files = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ko'))
      .map((path) => [toName(path), join(folder, path)]),
  );
  const order = new Map();
  for (const name of modules) addWithDependencies(name, files, order);
  return {
    kernel: join(unpacked, `boot/vmlinuz-${version}`),
    busybox: readFileSync(join(unpacked, 'bin/busybox')),
    modules: [...order].map(([name, data]) => ({ name, data })),
  };
}

/** @param {string} name @param {Map<string, string>} files paths by name @param {Map<string, Buffer>} order */
function addWithDependencies(name, files, order) {
  if (order.has(name)) return;
  const path = files.get(name);
  // Built in, or not of this kernel: then loading what needs it says so.
  if (path === undefined) return;
  const data = readFileSync(path);
  const info = data.toString('latin1');
  const depends = /\0depends=([^\0]*)\0/.exec(info)?.[1] ?? '';
  const soft = /\0softdep=pre: ([^\0]*)\0/.exec(info)?.[1] ?? '';
  for (const other of [...depends.split(','), ...soft.split(/[ ,]/)])
    if (other) addWithDependencies(toName(other), files, order);
  order.set(name, data);
}

/** @param {string} path as the kernel calls it: with underscores @returns {string} */
function toName(path) {
  return basename(path, '.ko').replaceAll('-', '_');
}
