import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { SandboxError } from '@quicksand/protocol';
import type { Sandbox } from '@quicksand/sdk';
import type { CopyProgress } from './copy-progress.ts';
import { isFolder } from './is-folder.ts';
import type { Place } from './place.ts';
import { say } from './say.ts';

/** What every copy is made with. */
export interface Copy {
  readonly progress: CopyProgress;
  readonly signal: AbortSignal;
}

/** Copies a file, a folder or standard input into a sandbox; into the folder that is named, or under that name where there is none. */
export async function upload(
  sandbox: Sandbox,
  from: Exclude<Place, { type: 'remote' }>,
  path: string,
  copy: Copy,
): Promise<void> {
  if (from.type === 'standard') return send(sandbox, path, process.stdin, copy);
  const found = await stat(from.path).catch(unreadable(from.path));
  if (!found.isFile() && !found.isDirectory()) unreadable(from.path)(new Error('it is neither a file nor a folder'));
  const source = resolve(from.path);
  const into = path.endsWith('/') || (await isFolder(sandbox, path));
  const target = into ? `${path.replace(/\/+$/, '')}/${basename(source)}` : path;
  if (found.isDirectory()) return uploadFolder(sandbox, source, target, copy);
  copy.progress.total = found.size;
  await send(sandbox, target, createReadStream(source), copy);
}

async function send(sandbox: Sandbox, path: string, input: Readable, { progress, signal }: Copy): Promise<void> {
  const bytes = Readable.toWeb(input) as ReadableStream<Uint8Array>;
  try {
    await sandbox.writeFile(path, progress.count(bytes), { signal });
  } finally {
    input.destroy();
  }
}

async function uploadFolder(sandbox: Sandbox, folder: string, path: string, copy: Copy): Promise<void> {
  copy.progress.total = await measure(folder);
  const tar = spawn('tar', ['--create', '--file=-', `--directory=${folder}`, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: copy.signal,
  });
  const ended = once(tar, 'close');
  ended.catch(() => {});
  // Rejects where there is no tar.
  await once(tar, 'spawn');
  const bytes = Readable.toWeb(tar.stdout as Readable) as ReadableStream<Uint8Array>;
  const { skipped } = await sandbox.writeArchive(path, copy.progress.count(bytes));
  await assertWhole(tar, ended);
  if (skipped > 0) say(`left out, since they are neither files nor folders nor links: ${skipped}`);
}

async function assertWhole(tar: ChildProcess, ended: Promise<unknown[]>): Promise<void> {
  await ended;
  if (tar.exitCode === 0) return;
  throw new SandboxError('upload_cut', {
    message: `tar ended with ${tar.signalCode ?? tar.exitCode}: not everything was copied`,
    hint: 'it has said why',
  });
}

/** Bytes of the files below a folder, about as many as its archive has. */
async function measure(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (!entry.isFile()) continue;
    const { size } = await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }));
    bytes += 512 + 512 * Math.ceil(size / 512);
  }
  return bytes;
}

function unreadable(path: string): (cause: Error) => never {
  return (cause) => {
    throw new SandboxError('invalid_request', {
      message: `cannot read ${path}: ${cause.message}`,
      hint: 'name a file, a folder, or - for standard input',
      cause,
    });
  };
}
