import { spawn } from 'node:child_process';
import { open, readFile, stat } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { isWholeMachine, readUidMap } from '../outer/id-map.ts';
import type { Launching } from '../launcher/open-launcher.ts';
import { runTool, toolPath } from '../run-tool.ts';
import { fileSystemOptions, parseMountPoints, toMountArguments } from './volume-format.ts';

/** An image that is mounted. */
export interface MountedImage {
  /** Settles when the file system is gone and the image can be mounted again. Programs that still use it keep it alive until they end. */
  unmount(): Promise<void>;
}

/** Mounts the image of a file system: by the kernel, or, where only root may do that, by a program of the user. One that is not `isNew` may be mounted already. Throws what the tools say. */
export type MountImage = (image: string, point: string, isNew: boolean) => Promise<MountedImage>;

/** The way of this process: by the launcher, where there is one. */
export function chooseMounter(launcher?: Launching): MountImage {
  if (!isWholeMachine(readUidMap())) return mountByProgram;
  return launcher ? (...request) => mountByLauncher(launcher, ...request) : mountByKernel;
}

async function mountByLauncher(
  launcher: Launching,
  ...[image, point, isNew]: Parameters<MountImage>
): Promise<MountedImage> {
  await launcher.mount({ image, point, options: fileSystemOptions, new: isNew });
  return { unmount: () => launcher.unmount(point) };
}

async function mountByKernel(image: string, point: string): Promise<MountedImage> {
  await runTool('mount', toMountArguments(image, point));
  return { unmount: () => unmount(point) };
}

/** Two programs that keep one file system, as those of two hosts, would write over each other: each has the image for itself until it ends. */
const isLocked = 75;
const lock = ['--nonblock', '--no-fork', `--conflict-exit-code=${isLocked}`, '--'] as const;
const locked = 'another host has it open, and fuse2fs keeps it for one alone';

/** How long a program may take to mount and to write everything back at its end, in milliseconds. */
const patienceMs = 10_000;

/** fuse2fs keeps the file system itself: loop devices are root's, also in a user namespace. */
async function mountByProgram(image: string, point: string): Promise<MountedImage> {
  if (!(await isClean(image))) await repair(image);
  const options = 'allow_other,default_permissions,nosuid,nodev';
  const child = spawn('flock', [...lock, image, 'fuse2fs', '-f', '-o', options, image, point], {
    cwd: '/',
    env: { PATH: toolPath, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // What it does for a sandbox counts at the host, so it comes after the host.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  const complaint = text(child.stderr as Readable).catch(() => '');
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (failure = error)));
    child.once('close', async (code, signal) => {
      const said = code === isLocked ? locked : (await complaint).trim() || `ended with ${signal ?? code}`;
      failure ??= new Error(`fuse2fs: ${said}`);
      resolve();
    });
  });
  const outside = (await stat(dirname(point))).dev;
  for (const until = Date.now() + patienceMs; (await stat(point)).dev === outside; await delay(2)) {
    if (!failure && Date.now() > until) child.kill('SIGKILL');
    if (failure) throw failure;
  }
  return {
    async unmount() {
      await unmountPoint(point);
      const timer = new AbortController();
      await Promise.race([ended, delay(patienceMs, undefined, { signal: timer.signal, ref: false }).catch(() => {})]);
      timer.abort();
    },
  };
}

/** `s_state` of the superblock: 1 when it was unmounted as it should be. */
async function isClean(image: string): Promise<boolean> {
  await using file = await open(image, 'r');
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 1024 + 58);
  return buffer.readUInt16LE() === 1;
}

/** Like a machine after a power cut. The status says that something was mended. */
async function repair(image: string): Promise<void> {
  const mended = 1;
  await runTool('flock', [...lock, image, 'e2fsck', '-f', '-y', image], [0, mended, isLocked]);
  if (!(await isClean(image))) throw new Error(locked);
}

/** Unmounts what is mounted there, if anything is. */
export async function unmountPoint(point: string): Promise<void> {
  if (await isMounted(point)) await unmount(point);
}

async function isMounted(point: string): Promise<boolean> {
  return parseMountPoints(await readFile('/proc/self/mountinfo', 'utf8'), dirname(point)).includes(point);
}

/** A file that the host itself has open delays this; then the mount goes from the tree now and ends with the file. */
async function unmount(point: string): Promise<void> {
  let problem: unknown;
  for (const option of [[], ['--lazy']]) {
    try {
      await runTool('umount', [...option, '--', point]);
      return;
    } catch (error) {
      // It may have been unmounted by somebody else meanwhile.
      if (!(await isMounted(point))) return;
      problem = error;
    }
  }
  throw problem;
}
