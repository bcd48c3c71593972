import { randomUUID } from 'node:crypto';
import { chmod, chown, link, mkdir, open, readdir, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SandboxError } from '@quicksand/protocol';
import { isWholeMachine, readUidMap } from '../outer/id-map.ts';
import { createOwnedName, isLeftBehind } from '../owned-name.ts';
import type { Launching } from '../launcher/open-launcher.ts';
import { type ImageTemplate, openImageTemplate } from './image-template.ts';
import { Mounts, unmountFolder } from './mounts.ts';
import { runTool } from '../run-tool.ts';
import { type VolumeLimits, defaultVolumeLimits, filesFolder, toMountsFolder } from './volume-format.ts';

// Keeps I4 (one sandbox cannot fill the disk of the others) and I3 (no limit, no start).
// A file system of its own for each workspace, in a sparse file: the only limit of bytes and files that every kernel
// with loop devices enforces, and, by a program, every kernel with FUSE. Quotas need an ext4 or XFS built and mounted for
// them, which many machines do not have.

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
  /** The mount point below which they are mounted. */
  readonly folder: string;
  /** Mounts a workspace, making it when it is new. Throws `sandbox_start_failed`. */
  open(request: VolumeRequest): Promise<Volume>;
  has(name: string): Promise<boolean>;
  /** The uid of a workspace's owner; undefined when there is no such workspace. */
  ownerOf(name: string): Promise<number | undefined>;
  list(): Promise<{ name: string; uid: number }[]>;
  /** Gives a workspace another name, mounted or not: a blank one becomes that of a sandbox. Rejects where one has that name. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a workspace that is not mounted, and its files with it. */
  remove(name: string): Promise<void>;
  /** Unmounts all that this host has mounted. */
  close(): Promise<void>;
}

/** Opens the workspaces, removing the mounts of dead hosts; a launcher, where there is one, mounts for them. Throws `backend_unavailable` when no limit can be enforced here. */
export async function openWorkspaceVolumes(
  dataFolder: string,
  limits: VolumeLimits = defaultVolumeLimits,
  launcher?: Launching,
): Promise<WorkspaceVolumes> {
  const images = toImagesFolder(dataFolder);
  await mkdir(images, { recursive: true, mode: 0o700 });
  await removeLeftMounts(dataFolder);
  const own = await makeOwnMounts(toMountsFolder(dataFolder));
  let template: Promise<ImageTemplate> | undefined;
  const getTemplate = (): Promise<ImageTemplate> =>
    (template ??= openImageTemplate(join(images, `${basename(own)}.template`), limits));
  const mounter = new Mounts(launcher);
  const toImage = (name: string): string => join(images, `${name}.img`);
  const volumes: WorkspaceVolumes = {
    folder: own,
    open: async ({ name, uid, gid }) => {
      const image = toImage(name);
      const point = join(own, name);
      // The mount point is the mark that it is open: made by one, whoever else asks at the same time.
      await mkdir(point).catch((cause: Error) => {
        throw toMountError(name, image, cause);
      });
      const close = (): Promise<void> => mounter.unmount(point);
      const opened = async (): Promise<Volume> => {
        const folder = await ownFilesFolder(point, uid, gid);
        return { folder, close, [Symbol.asyncDispose]: close };
      };
      const making = join(images, `${basename(own)}.${randomUUID()}`);
      try {
        const owner = await ownerOf(image);
        if (owner !== undefined) {
          if (owner !== uid) throw new Error('another host has just made it');
          await mounter.mount(image, point, false);
          return await opened();
        }
        await formatImage(making, await getTemplate(), uid);
        await mounter.mount(making, point, true);
        const volume = await opened();
        // Not before: whoever finds it finds what is mounted, and a start that was cut off leaves nothing under that name.
        await giveName(making, image);
        return volume;
      } catch (cause) {
        await close();
        await rm(making, { force: true });
        throw toMountError(name, image, cause as Error);
      }
    },
    has: async (name) => (await ownerOf(toImage(name))) !== undefined,
    ownerOf: (name) => ownerOf(toImage(name)),
    list: () => listImages(images),
    rename: (from, to) => giveName(toImage(from), toImage(to)),
    remove: (name) => rm(toImage(name), { force: true }),
    close: () => mounter.unmountAll(own),
    [Symbol.asyncDispose]: () => mounter.unmountAll(own),
  };
  await assertMountable(volumes);
  return volumes;
}

/** The mount point of this host, below that of all. */
async function makeOwnMounts(mounts: string): Promise<string> {
  await mkdir(mounts, { recursive: true });
  await chmod(mounts, 0o711);
  const own = join(mounts, createOwnedName());
  await mkdir(own);
  await chmod(own, 0o711);
  await makeMountPoint(own).catch(async (cause: Error) => {
    await rmdir(own);
    throw toQuotaError(cause);
  });
  return own;
}

async function listImages(images: string): Promise<{ name: string; uid: number }[]> {
  const names = (await readdir(images)).filter((name) => name.endsWith('.img'));
  const found = names.map(async (file) => {
    const uid = await ownerOf(join(images, file));
    // Another host may have removed it in the meantime.
    return uid === undefined ? [] : { name: file.slice(0, -'.img'.length), uid };
  });
  return (await Promise.all(found)).flat();
}

async function ownerOf(image: string): Promise<number | undefined> {
  return (await stat(image).catch(() => undefined))?.gid;
}

/** What a host needs for this. */
export function toQuotaFix(): string {
  return isWholeMachine(readUidMap())
    ? 'run as root: modprobe loop; apt-get install -y e2fsprogs mount'
    : 'run as root: apt-get install -y fuse2fs && modprobe fuse && chmod 666 /dev/fuse';
}

function toMountError(name: string, image: string, cause: Error): SandboxError {
  return new SandboxError('sandbox_start_failed', {
    message: `the workspace ${name} could not be mounted: ${cause.message}`,
    hint: `if it is not open already and the image is damaged, repair it with: e2fsck -p ${image}`,
    cause,
  });
}

async function formatImage(path: string, template: ImageTemplate, uid: number): Promise<void> {
  await using file = await open(path, 'wx', 0o600);
  // The image's group is the record of the owner's uid; it has no rights to it.
  await Promise.all([file.chown(0, uid), template.writeTo(file)]);
}

/** `rename` would replace what another host has just made. */
async function giveName(from: string, to: string): Promise<void> {
  await link(from, to);
  await unlink(from);
}

/** The files are one level down: the root of the file system, with lost+found, stays root's. */
async function ownFilesFolder(point: string, uid: number, gid: number): Promise<string> {
  const folder = join(point, filesFolder);
  await Promise.all([chmod(point, 0o711), chown(folder, uid, gid)]);
  return folder;
}

/** Makes a folder a mount itself, so that what is mounted below it is seen nowhere else. */
async function makeMountPoint(folder: string): Promise<void> {
  await runTool('mount', ['--bind', '--', folder, folder]);
  await runTool('mount', ['--make-private', '--', folder]);
}

function toQuotaError(cause: Error): SandboxError {
  return new SandboxError('backend_unavailable', {
    message: `the size of workspaces cannot be limited here (quota): ${cause.message}`,
    hint: `${toQuotaFix()}; or go on without a limit: --allow-weak=quota`,
    details: { part: 'quota' },
    cause,
  });
}

const probePrefix = '.probe-';

/** Tries it for real, and says what is missing when it fails. */
async function assertMountable(volumes: WorkspaceVolumes): Promise<void> {
  // No sandbox id begins like this.
  const name = `${probePrefix}${basename(volumes.folder)}`;
  try {
    const probe = await volumes.open({ name, uid: 0, gid: 0 });
    await probe.close();
  } catch (cause) {
    await volumes.close();
    throw toQuotaError(cause as Error);
  } finally {
    await volumes.remove(name);
  }
}

/** Removes the mounts of hosts that were killed, and what they were making. Mounts of an outer namespace are gone with it, and only their mount points are left. */
export async function removeLeftMounts(dataFolder: string): Promise<void> {
  const mounts = toMountsFolder(dataFolder);
  const names = await readdir(mounts).catch(() => []);
  for (const name of names.filter(isLeftBehind)) await unmountFolder(join(mounts, name));
  const images = toImagesFolder(dataFolder);
  for (const file of await readdir(images).catch(() => [])) {
    const isProbe = file.startsWith(probePrefix);
    const [owner = ''] = file.slice(isProbe ? probePrefix.length : 0).split('.', 1);
    const isWorkspace = file.endsWith('.img') && !isProbe;
    if (!isWorkspace && isLeftBehind(owner)) await rm(join(images, file), { recursive: true, force: true });
  }
}

const toImagesFolder = (dataFolder: string): string => join(dataFolder, 'volumes');
