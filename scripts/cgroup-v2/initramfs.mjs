/**
 * An archive of the format `newc` of cpio, which Linux unpacks before it starts the first program.
 *
 * @param {Record<string, { data: Uint8Array, mode: number }>} files by path, without a slash in front; folders are made
 * @returns {Buffer}
 */
export function toInitramfs(files) {
  const folders = new Set(Object.keys(files).flatMap(parents));
  const entries = [
    ...[...folders].map((path) => toEntry(path, new Uint8Array(), 0o040755)),
    ...Object.entries(files).map(([path, { data, mode }]) => toEntry(path, data, 0o100000 | mode)),
  ];
  return Buffer.concat([...entries, toEntry('TRAILER!!!', new Uint8Array(), 0)]);
}

/** @param {string} path @returns {string[]} outermost first */
function parents(path) {
  const names = path.split('/').slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join('/'));
}

/** @param {string} path @param {Uint8Array} data @param {number} mode */
function toEntry(path, data, mode) {
  const name = Buffer.from(`${path}\0`);
  // inode, mode, uid, gid, links, mtime, size, four numbers of devices, length of the name, checksum
  const fields = [0, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.from(`070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([head, name])), padded(data)]);
}

/** @param {Uint8Array} bytes to a multiple of four */
function padded(bytes) {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
