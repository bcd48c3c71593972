import { z } from 'zod';

const encoder = new TextEncoder();

/** Length of a path in bytes of UTF-8: what Linux takes, without the NUL. */
const pathBytes = 4095;

/** The most entries of one page of a folder. */
const filePageLimit = 10_000;

/** A path inside a sandbox; one that does not begin with `/` begins at `/workspace`. */
const filePathSchema = z
  .string('must be a path')
  .min(1, 'must not be empty')
  .refine((path) => !path.includes('\0'), 'must not contain NUL')
  .refine((path) => path.isWellFormed(), 'must be whole characters')
  .refine((path) => encoder.encode(path).length <= pathBytes, `must be at most ${pathBytes} bytes`);

const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

/** Query of the routes that name one path. */
export const fileQuerySchema = z.strictObject({ path: filePathSchema });

/** Query of `GET …/files/list`. */
export const fileListQuerySchema = z.strictObject({
  path: filePathSchema.default('/workspace'),
  recursive: flag.default(false),
  hidden: flag.default(false),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a whole number above 0')
    .transform(Number)
    .refine((limit) => limit <= filePageLimit, `must be at most ${filePageLimit}`)
    .default(filePageLimit),
  after: z
    .string()
    .regex(/^[A-Za-z0-9_-]+=*$/, 'must be the `next` of an earlier page')
    .optional(),
});

/** Body of `POST …/files/mkdir`. */
export const mkdirRequestSchema = z.strictObject({
  path: filePathSchema,
  recursive: z.boolean('must be true or false').optional(),
});

/** Body of `POST …/files/move`. */
export const moveRequestSchema = z.strictObject({ from: filePathSchema, to: filePathSchema });

/** What a file, a folder or something else is: Cloudflare's words. */
export const fileInfoSchema = z.object({
  name: z.string(),
  absolutePath: z.string(),
  relativePath: z.string(),
  type: z.enum(['file', 'directory', 'symlink', 'other']),
  size: z.number(),
  modifiedAt: z.iso.datetime(),
  /** Such as `rw-r--r--`. */
  mode: z.string(),
  /** What the code in the sandbox may do with it. */
  permissions: z.object({ readable: z.boolean(), writable: z.boolean(), executable: z.boolean() }),
});

/** `GET …/files/list`: one page. */
export const fileListSchema = z.object({
  path: z.string(),
  files: z.array(fileInfoSchema),
  /** Where the next page begins; left out on the last one. */
  next: z.string().optional(),
  /** Folders and entries that could not be looked at. */
  unreadable: z.int().nonnegative(),
});

/** Answer of the routes that make or move something: where it is now. */
export const filePlaceSchema = z.object({ path: z.string() });

/** `PUT …/files`. */
export const fileWrittenSchema = z.object({ path: z.string(), size: z.number() });

/** `PUT …/files/archive`: `skipped` members were neither file, folder nor link. */
export const archiveUnpackedSchema = z.object({
  path: z.string(),
  entries: z.int(),
  bytes: z.number(),
  skipped: z.int(),
});

const paths = z.array(z.string()).max(1000);

/** What an execution with `trackFiles` did to the files under `/workspace`: absolute paths, folders left out. */
export const fileChangesSchema = z.object({
  created: paths,
  changed: paths,
  deleted: paths,
  /** The lists are not complete: there were more than 1000 changes, or more than 100,000 files, or something could not be looked at. */
  truncated: z.boolean(),
});

/** What a file, a folder or something else is. */
export type FileInfo = z.infer<typeof fileInfoSchema>;
/** What an execution did to files. */
export type FileChanges = z.infer<typeof fileChangesSchema>;
