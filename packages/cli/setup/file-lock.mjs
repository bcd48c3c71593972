import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { makeReachableFolder } from './data-folder.mjs';

// The kernel frees a flock when its holder ends, however that happens: there is no stale lock to detect. Node has no
// flock; a Python that waits for the end of its standard input holds it for us.
const holder = `
import fcntl, sys
with open(sys.argv[1], "a") as file:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("waiting", flush=True)
        fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
`;

/**
 * Does some work while no other process does work under the same lock file.
 *
 * @template T
 * @param {{ file: string, python: string, report?: (line: string) => void }} lock
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withFileLock({ file, python, report }, work) {
  makeReachableFolder(dirname(file));
  const child = spawn(python, ['-I', '-c', holder, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => reject(new Error(`The lock ${file} could not be taken.`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (text.includes('held')) resolve(undefined);
      else report?.('another set-up is under way; waiting for it');
    });
  });
  try {
    return await work();
  } finally {
    child.stdin.end();
    await ended;
  }
}
