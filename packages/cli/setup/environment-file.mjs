import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Changes some fields of <data folder>/environment.json, which tells hosts what sandboxes have.
 *
 * @param {string} data
 * @param {object} fields
 */
export function writeEnvironment(data, fields) {
  const file = join(data, 'environment.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  writeJson(file, { ...known, ...fields });
}

/**
 * Writes a file whole or not at all.
 *
 * @param {string} file
 * @param {unknown} value
 */
export function writeJson(file, value) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o644 });
  renameSync(unfinished, file);
}
