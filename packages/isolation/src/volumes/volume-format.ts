import { join } from 'node:path';

/** How much a workspace may hold. */
export interface VolumeLimits {
  readonly bytes: number;
  /** Files, folders and links together. */
  readonly files: number;
}

/** What a workspace may hold unless the operator says otherwise. */
export const defaultVolumeLimits: VolumeLimits = { bytes: 1024 ** 3, files: 100_000 };

const MiB = 1024 * 1024;
const blockBytes = 4096;
const inodeBytes = 256;
const journalBytes = 4 * MiB;
/** All that the file system has: what this machine would choose by itself differs, and may take inodes and space of its own. */
const features = [
  ...['none', 'has_journal', 'ext_attr', 'dir_index', 'filetype', 'extent', '64bit', 'flex_bg', 'sparse_super2'],
  ...['large_file', 'huge_file', 'dir_nlink', 'extra_isize', 'metadata_csum'],
];
/** Inodes that the file system uses itself, lost+found and the folder of the files included. */
const ownInodes = 12;

/** The size of an image that leaves `bytes` for files: with the tables of inodes and blocks, the journal, and what ext4 holds back. */
export function toImageBytes({ bytes, files }: VolumeLimits): number {
  const heldBack = Math.min(4096 * blockBytes, bytes / 40);
  const tables = (files + ownInodes) * inodeBytes + bytes / 512;
  return Math.ceil((bytes + heldBack + tables + journalBytes + MiB) / MiB) * MiB;
}

/** Below which folder the workspaces of a data folder are mounted, those of each host in one of its own. */
export const toMountsFolder = (dataFolder: string): string => join(dataFolder, 'mounts');

/** The folder of a workspace's file system that appears as `/workspace`. */
export const filesFolder = 'files';

/** The arguments of `mkfs.ext4`, for a file system with what is in the folder `content`. Nothing is reserved for root, nothing is written ahead, and of the superblock there is one copy, so that the image stays sparse. */
export function toFormatArguments({ files }: VolumeLimits, image: string, content: string): string[] {
  return [
    ...['-q', '-F', '-m', '0', '-b', String(blockBytes), '-I', String(inodeBytes), '-N', String(files + ownInodes)],
    ...['-J', `size=${journalBytes / MiB}`, '-O', features.join(',')],
    ...['-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard,num_backup_sb=1', '-d', content],
    image,
  ];
}

/** A part of a file, in bytes. */
export interface Extent {
  readonly position: number;
  readonly length: number;
}

/** The lines `N: first.. last: physical: length: flags` of `filefrag -v -b1`. */
export function parseExtents(listing: string): Extent[] {
  return [...listing.matchAll(/^ *\d+: *(\d+)\.\. *(\d+):/gm)].map(([, first, last]) => ({
    position: Number(first),
    length: Number(last) - Number(first) + 1,
  }));
}

/** `discard` gives space that was freed inside back to the host's disk. */
export const fileSystemOptions = 'noinit_itable,discard';

/** The arguments of `mount`. */
export function toMountArguments(image: string, folder: string): string[] {
  return ['-t', 'ext4', '-o', `loop,nosuid,nodev,noatime,${fileSystemOptions}`, '--', image, folder];
}

/** The mount points below `folder`, innermost last. */
export function parseMountPoints(mountinfo: string, folder: string): string[] {
  const points = mountinfo.split('\n').flatMap((line) => line.split(' ')[4] ?? []);
  return points.map(unescape).filter((point) => point.startsWith(`${folder}/`));
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
