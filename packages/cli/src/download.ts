import { constants, createWriteStream } from 'node:fs';
import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SandboxError } from '@quicksand/protocol';
import type { FileInfo, Sandbox } from '@quicksand/sdk';
import type { Place } from './place.ts';
import { say } from './say.ts';
import type { Copy } from './upload.ts';

/** How many files of a folder are read at the same time. */
const together = 4;

/**
 * Copies a file or a folder out of a sandbox, into the folder that is named, or under that name where there is none. What names it is hostile: nothing is written but below the destination, and links, what is neither file
 * nor folder, and files whose names are not UTF-8 are left out, and said.
 */
export async function download(
  sandbox: Sandbox,
  path: string,
  to: Exclude<Place, { type: 'remote' }>,
  copy: Copy,
): Promise<void> {
  if (to.type === 'standard') return receive(sandbox, path, process.stdout, copy);
  const found = await stat(to.path).catch(() => undefined);
  // A device or a pipe takes the bytes, and stays what it is.
  if (found && !found.isFile() && !found.isDirectory()) {
    if (found.isFIFO()) copy.signal.addEventListener('abort', () => void readNothing(to.path).catch(() => {}));
    return receive(sandbox, path, () => createWriteStream(to.path), copy);
  }
  const place = found?.isDirectory()
    ? join(to.path, assertName(basename(path.replace(/\/+$/, '')) || 'root'))
    : to.path;
  try {
    await receiveFile(sandbox, path, place, copy);
  } catch (error) {
    if (!SandboxError.is(error) || error.code !== 'is_directory') throw error;
    await downloadFolder(sandbox, path, place, copy);
  }
}

async function downloadFolder(sandbox: Sandbox, path: string, to: string, copy: Copy): Promise<void> {
  const { files, unreadable } = await sandbox.listFiles(path, { recursive: true, includeHidden: true });
  if (unreadable) {
    throw new SandboxError('file_operation_failed', {
      message: `${unreadable} of the folders in ${path} cannot be looked into, so nothing was copied`,
      hint: 'change their permissions, or copy what is beside them',
    });
  }
  const wanted = files.filter(({ type }) => type === 'file');
  copy.progress.total = wanted.reduce((sum, { size }) => sum + size, 0);
  await mkdir(to, { recursive: true });
  for (const entry of files) {
    if (entry.type === 'directory') await mkdir(toLocal(to, entry), { recursive: true });
    else if (entry.type !== 'file') say(`left out, since it is no file: ${entry.relativePath}`);
  }
  const next = wanted.values();
  const work = async (): Promise<void> => {
    for (const entry of next) {
      const place = toLocal(to, entry);
      try {
        await receiveFile(sandbox, entry.absolutePath, place, copy);
      } catch (error) {
        if (!hasLostName(entry, error)) throw error;
        say(`left out, since its name is not UTF-8: ${entry.relativePath}`);
        continue;
      }
      if (entry.permissions.executable) await chmod(place, 0o755);
    }
  };
  await Promise.all(Array.from({ length: together }, work));
}

/** Whether a file cannot be found since the listing could not tell its name, or that of a folder above it. */
function hasLostName({ relativePath }: FileInfo, error: unknown): boolean {
  return relativePath.includes('\uFFFD') && SandboxError.is(error) && error.code === 'file_not_found';
}

/** Where an entry comes to lie: below the folder, whatever it calls itself. */
function toLocal(to: string, { relativePath }: FileInfo): string {
  return join(to, ...relativePath.split('/').map(assertName));
}

function assertName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && !name.includes('/')) return name;
  throw new SandboxError('bad_response', {
    message: `the host names a file ${JSON.stringify(name)}, which leads out of the folder`,
    hint: 'do not trust this host',
  });
}

/** Into a file beside the one that is wanted, which then takes its place: what breaks off leaves that as it was. */
async function receiveFile(sandbox: Sandbox, path: string, place: string, copy: Copy): Promise<void> {
  const beside = join(dirname(place), `.quicksand-${crypto.randomUUID()}`);
  try {
    await receive(sandbox, path, createLateFile(beside), copy);
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** A pipe holds up who opens it until it has a reader, whatever else happens. */
async function readNothing(pipe: string): Promise<void> {
  await using _ = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
}

type Output = NodeJS.WritableStream | (() => NodeJS.WritableStream);

/** A file that is made when there is something to write. */
function createLateFile(path: string): Output {
  return () => createWriteStream(path, { flags: 'wx' });
}

async function receive(sandbox: Sandbox, path: string, output: Output, { progress, signal }: Copy): Promise<void> {
  const { content, size } = await sandbox.readFile(path, { encoding: 'none' });
  signal.throwIfAborted();
  progress.total ??= size || undefined;
  const stream = typeof output === 'function' ? output() : output;
  await pipeline(Readable.fromWeb(progress.count(content) as never), stream, {
    signal,
    end: stream !== process.stdout,
  });
}
