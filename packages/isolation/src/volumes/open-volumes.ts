import { chmod, chown, mkdir, open, readFile, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SandboxError } from '@quicksand/protocol';
import { createGroupName, isOwnerGone, parseGroupName, readOwnIdentity } from '../cgroups/group-name.ts';
import { readStartTicks } from '../cgroups/process-stat.ts';
import { type ImageTemplate, openImageTemplate } from './image-template.ts';
import { runTool } from './run-tool.ts';
import { type VolumeLimits, defaultVolumeLimits, parseMountPoints, toMountArguments } from './volume-format.ts';

// Keeps I4 (one sandbox cannot fill the disk of the others) and I3 (no limit, no start).
// A file system of its own for each workspace, in a sparse file: the only limit of bytes and files that every kernel
// with loop devices enforces. Quotas need an ext4 or XFS built and mounted for them, which many machines do not have.

/** Which workspace is wanted. */
export interface VolumeRequest {
  /** A sandbox's id, or the name of a blank one. */
  readonly name: string;
  /** The sandbox's ids outside: the owner of the files. */
  readonly uid: number;
  readonly gid: number;
}

/** A workspace that is mounted. */
export interface Volume extends AsyncDisposable {
  /** The folder that appears as `/workspace`. */
  readonly folder: string;
  /** Unmounts it; the files stay. Programs that still run in a sandbox keep it alive until they end. */
  close(): Promise<void>;
}

/** The workspaces of a data folder. */
export interface WorkspaceVolumes extends AsyncDisposable {
  /** Mounts a workspace, making it when it is new. Throws `sandbox_start_failed`. */
  open(request: VolumeRequest): Promise<Volume>;
  has(name: string): Promise<boolean>;
  /** The uid of a workspace's owner; undefined when there is no such workspace. */
  ownerOf(name: string): Promise<number | undefined>;
  list(): Promise<{ name: string; uid: number }[]>;
  /** Gives a workspace another name, mounted or not: a blank one becomes that of a sandbox. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a workspace that is not mounted, and its files with it. */
  remove(name: string): Promise<void>;
  /** Unmounts all that this host has mounted. */
  close(): Promise<void>;
}

/** Opens the workspaces, removing the mounts of dead hosts. Throws `backend_unavailable` when no limit can be enforced here. */
export async function openWorkspaceVolumes(
  dataFolder: string,
  limits: VolumeLimits = defaultVolumeLimits,
): Promise<WorkspaceVolumes> {
  const images = join(dataFolder, 'volumes');
  const mounts = join(dataFolder, 'mounts');
  await mkdir(images, { recursive: true, mode: 0o700 });
  await mkdir(mounts, { recursive: true });
  await chmod(mounts, 0o711);
  await removeDeadMounts(mounts);
  const own = join(mounts, createGroupName(readOwnIdentity()));
  await mkdir(own);
  await chmod(own, 0o711);
  let template: Promise<ImageTemplate> | undefined;
  const getTemplate = (): Promise<ImageTemplate> =>
    (template ??= openImageTemplate(join(images, `${basename(own)}.template`), limits));
  const toImage = (name: string): string => join(images, `${name}.img`);
  const volumes: WorkspaceVolumes = {
    open: async ({ name, uid, gid }) => {
      const image = toImage(name);
      const point = join(own, name);
      // The mount point is the mark that it is open: made by one, whoever else asks at the same time.
      await mkdir(point).catch((cause: Error) => {
        throw toMountError(name, image, cause);
      });
      try {
        if (!(await exists(image))) await formatImage(image, await getTemplate(), uid);
        await runTool('mount', toMountArguments(image, point));
        const folder = await makeFilesFolder(point, uid, gid);
        const close = (): Promise<void> => unmount(point);
        return { folder, close, [Symbol.asyncDispose]: close };
      } catch (cause) {
        await unmount(point);
        throw toMountError(name, image, cause as Error);
      }
    },
    has: (name) => exists(toImage(name)),
    ownerOf: async (name) => (await stat(toImage(name)).catch(() => undefined))?.gid,
    list: async () => {
      const names = (await readdir(images)).filter((name) => name.endsWith('.img'));
      return Promise.all(
        names.map(async (name) => ({ name: name.slice(0, -'.img'.length), uid: (await stat(join(images, name))).gid })),
      );
    },
    rename: (from, to) => rename(toImage(from), toImage(to)),
    remove: (name) => rm(toImage(name), { force: true }),
    close: () => unmountAll(own),
    [Symbol.asyncDispose]: () => unmountAll(own),
  };
  await assertMountable(volumes);
  return volumes;
}

function toMountError(name: string, image: string, cause: Error): SandboxError {
  return new SandboxError('sandbox_start_failed', {
    message: `the workspace ${name} could not be mounted: ${cause.message}`,
    hint: `if it is not open already and the image is damaged, repair it with: e2fsck -p ${image}`,
    cause,
  });
}

/** Made beside and renamed, so that a start that was cut off leaves no half of a file system under the real name. */
async function formatImage(image: string, template: ImageTemplate, uid: number): Promise<void> {
  const making = `${image}.${process.pid}.new`;
  try {
    await using file = await open(making, 'wx', 0o600);
    // The image's group is the record of the owner's uid; it has no rights to it.
    await file.chown(0, uid);
    await template.writeTo(file);
    await rename(making, image);
  } catch (error) {
    await rm(making, { force: true });
    throw error;
  }
}

/** The files are one level down: the root of the file system, with lost+found, stays root's. */
async function makeFilesFolder(point: string, uid: number, gid: number): Promise<string> {
  const folder = join(point, 'files');
  if (await exists(folder)) return folder;
  await chmod(point, 0o711);
  await mkdir(folder, { mode: 0o700 });
  await chown(folder, uid, gid);
  return folder;
}

/** Tries it for real, and says what is missing when it fails. */
async function assertMountable(volumes: WorkspaceVolumes): Promise<void> {
  const name = `probe-${process.pid}`;
  try {
    const probe = await volumes.open({ name, uid: 0, gid: 0 });
    await probe.close();
  } catch (cause) {
    await volumes.close();
    throw new SandboxError('backend_unavailable', {
      message: `the size of workspaces cannot be limited here (quota): ${(cause as Error).message}`,
      hint: 'the host needs root, loop devices (modprobe loop) and mkfs.ext4 (apt-get install -y e2fsprogs mount); or go on without a limit: --allow-weak=quota',
      details: { part: 'quota' },
      cause,
    });
  } finally {
    await volumes.remove(name);
  }
}

/** A file that the host itself has open delays this; then the mount goes from the tree now and ends with the file. */
async function unmount(point: string): Promise<void> {
  if (
    parseMountPoints(await readFile('/proc/self/mountinfo', 'utf8'), point.slice(0, point.lastIndexOf('/'))).includes(
      point,
    )
  ) {
    await runTool('umount', ['--', point]).catch(() => runTool('umount', ['--lazy', '--', point]));
  }
  // Never recursively: what is below a mount that did not go away is a user's.
  await rmdir(point).catch(() => {});
}

async function unmountAll(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.map((name) => unmount(join(folder, name))));
  await rmdir(folder).catch(() => {});
}

async function removeDeadMounts(mounts: string): Promise<void> {
  const here = readOwnIdentity();
  for (const name of await readdir(mounts)) {
    const owner = parseGroupName(basename(name));
    if (owner && isOwnerGone(owner, here, readStartTicks)) await unmountAll(join(mounts, name));
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
