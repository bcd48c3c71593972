import type { FileInfo } from '@quicksand/protocol';
import { z } from 'zod';

const bits = z.int().min(0).max(7);
const text = z.string().max(10_000);

/** What a file agent says of one entry. */
export const fileEntrySchema = z.strictObject({
  path: text,
  type: z.enum(['file', 'directory', 'symlink', 'other']),
  size: z.int().nonnegative(),
  modified: z.int(),
  mode: z.int().min(0).max(0o777),
  access: bits,
});

/** The page of a folder, as a file agent says it. */
export const filePageSchema = z.strictObject({
  base: text,
  entries: z.array(fileEntrySchema).max(10_000),
  next: text.optional(),
  unreadable: z.int().nonnegative(),
});

/** One entry as the caller sees it: `base` is the folder that `entry.path` begins at. */
export function toFileInfo(base: string, entry: z.infer<typeof fileEntrySchema>): FileInfo {
  const { path, type, size, modified, mode, access } = entry;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    absolutePath: base.endsWith('/') ? base + path : `${base}/${path}`,
    relativePath: path,
    type,
    size,
    modifiedAt: toIso(modified),
    mode: [6, 3, 0].map((shift) => toLetters(mode >> shift)).join(''),
    permissions: {
      readable: (access & 4) !== 0,
      writable: (access & 2) !== 0,
      executable: (access & 1) !== 0,
    },
  };
}

function toLetters(three: number): string {
  return (three & 4 ? 'r' : '-') + (three & 2 ? 'w' : '-') + (three & 1 ? 'x' : '-');
}

/** A file may carry a time that no calendar has. */
function toIso(ms: number): string {
  const furthest = 253_402_300_799_999; // the end of the year 9999
  return new Date(Math.min(Math.max(ms, 0), furthest)).toISOString();
}
