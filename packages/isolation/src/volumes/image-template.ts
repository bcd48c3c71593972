import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../run-tool.ts';
import {
  type Extent,
  type VolumeLimits,
  filesFolder,
  parseExtents,
  toFormatArguments,
  toImageBytes,
} from './volume-format.ts';

/** A file system as `mkfs.ext4` makes it, kept in memory: making it anew for each workspace would take as long as all the rest of a new sandbox. */
export interface ImageTemplate {
  /** Writes a new file system into an empty file, which stays sparse. */
  writeTo(file: FileHandle): Promise<void>;
}

interface Piece {
  readonly position: number;
  readonly bytes: Buffer;
}

const stepBytes = 1024 * 1024;
/** What is empty between two of them costs an image nothing; smaller ones would be more writes for each workspace. */
const pieceBytes = 16 * 1024;
const nothing = Buffer.alloc(pieceBytes);
/** What lies between pieces that are as near as this is written with them: each is an extent of the image, to be allocated, written back and freed by itself. */
const nearBytes = 64 * 1024;

/** Makes one file system of that size at `path`, with the folder for files, which is root's, and keeps what is not empty of it. Throws what `mkfs.ext4` says. */
export async function openImageTemplate(path: string, limits: VolumeLimits): Promise<ImageTemplate> {
  const length = toImageBytes(limits);
  const content = `${path}.content`;
  try {
    await mkdir(join(content, filesFolder), { recursive: true, mode: 0o700 });
    await using file = await open(path, 'wx+', 0o600);
    await file.truncate(length);
    await runTool('mkfs.ext4', toFormatArguments(limits, path, content));
    const pieces: Piece[] = [];
    for (const extent of await findExtents(path, length)) pieces.push(...(await readPieces(file, extent)));
    const joined = joinNear(pieces);
    return {
      writeTo: async (target) => {
        const writes = joined.map(({ position, bytes }) => target.write(bytes, 0, bytes.length, position));
        await Promise.all([target.truncate(length), ...writes]);
      },
    };
  } finally {
    for (const made of [path, content]) await rm(made, { force: true, recursive: true });
  }
}

/** Where a file has data. Not every file system can tell: then all of it may be. */
async function findExtents(path: string, length: number): Promise<Extent[]> {
  try {
    return parseExtents(await runTool('filefrag', ['-v', '-b1', path]));
  } catch {
    return [{ position: 0, length }];
  }
}

async function readPieces(file: FileHandle, { position, length }: Extent): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for (let from = position; from < position + length; from += stepBytes) {
    const size = Math.min(stepBytes, position + length - from);
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, from);
    for (let at = 0; at < bytesRead; at += pieceBytes) {
      const bytes = buffer.subarray(at, Math.min(at + pieceBytes, bytesRead));
      if (!bytes.equals(nothing.subarray(0, bytes.length)))
        pieces.push({ position: from + at, bytes: Buffer.from(bytes) });
    }
  }
  return pieces;
}

function joinNear(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const gap = last && piece.position - last.position - last.bytes.length;
    if (!last || gap === undefined || gap > nearBytes) joined.push(piece);
    else joined.splice(-1, 1, { ...last, bytes: Buffer.concat([last.bytes, Buffer.alloc(gap), piece.bytes]) });
  }
  return joined;
}
