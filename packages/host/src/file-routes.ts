import {
  type Operation,
  archiveUnpackedSchema,
  fileListQuerySchema,
  fileQuerySchema,
  mkdirRequestSchema,
  moveRequestSchema,
  sandboxIdSchema,
} from '@quicksand/protocol';
import type { Context as Call } from 'hono';
import { z } from 'zod';
import { parseRange } from './byte-range.ts';
import type { FileOperation, FileReply } from './file-agent.ts';
import { fileEntrySchema, filePageSchema, toFileInfo } from './file-info.ts';
import { parseBody, parseParameter, parseQuery } from './parse-call.ts';
import type { Sandboxes } from './sandboxes.ts';

type Handler = (call: Call) => Promise<Response> | Response;

/** The operations of {@link createFileHandlers}. */
export type FileRouteOperation = Extract<Operation, `${string}File${'' | 's'}` | `${string}Archive` | 'mkdir'>;

const length = z.int().nonnegative();
const mimeTypeSchema = z.string().regex(/^[a-z]+\/[\w.+-]{1,100}$/);
const readSchema = z.strictObject({
  size: length,
  start: length,
  length,
  isPart: z.boolean(),
  modified: z.int(),
  tag: z.string().regex(/^[0-9a-f-]{1,60}$/),
  mimeType: mimeTypeSchema,
});
const nothing = z.strictObject({});
const place = z.strictObject({ path: z.string().max(10_000) });

/** The handlers of the routes below `/files`. A sandbox that does not run starts for each of them; where it was new and they fail, nothing of it is left. */
export function createFileHandlers(sandboxes: Sandboxes): Record<FileRouteOperation, Handler> {
  const ask = <T>(call: Call, operation: FileOperation<T>): Promise<FileReply<T>> =>
    sandboxes.use(parseParameter(sandboxIdSchema, call, 'sandboxId'), ({ files }) =>
      files.call({ ...operation, signal: call.req.raw.signal }),
    );
  const toPath = (call: Call): string => parseQuery(fileQuerySchema, call).path;
  return {
    readFile: async (call) => readFile(call, (operation) => ask(call, operation), toPath(call)),
    writeFile: async (call) => {
      const answer = place.extend({ size: length });
      const fields = { path: toPath(call) };
      return call.json((await ask(call, { op: 'write', fields, answer, upload: toUpload(call) })).answer);
    },
    deleteFile: async (call) => {
      await ask(call, { op: 'remove', fields: { path: toPath(call) }, answer: nothing });
      return call.body(null, 204);
    },
    statFile: async (call) => {
      const entry = fileEntrySchema.extend({ base: place.shape.path });
      const { base, ...found } = (await ask(call, { op: 'stat', fields: { path: toPath(call) }, answer: entry }))
        .answer;
      return call.json(toFileInfo(base, found));
    },
    listFiles: async (call) => {
      const fields = parseQuery(fileListQuerySchema, call);
      const { answer } = await ask(call, { op: 'list', fields, answer: filePageSchema });
      const { base: path, entries, next, unreadable } = answer;
      const files = entries.map((entry) => toFileInfo(path, entry));
      return call.json({ path, files, ...(next !== undefined && { next }), unreadable });
    },
    mkdir: async (call) => {
      const fields = await parseBody(mkdirRequestSchema, call);
      return call.json((await ask(call, { op: 'mkdir', fields, answer: place })).answer);
    },
    moveFile: async (call) => {
      const { from, to } = await parseBody(moveRequestSchema, call);
      return call.json((await ask(call, { op: 'move', fields: { path: from, from, to }, answer: place })).answer);
    },
    readArchive: async (call) => {
      const fields = { path: toPath(call) };
      const { data } = await ask(call, { op: 'pack', fields, answer: nothing, downloads: true });
      return new Response(data, { headers: { ...safety, 'Content-Type': 'application/x-tar' } });
    },
    writeArchive: async (call) => {
      const fields = { path: toPath(call) };
      const answer = archiveUnpackedSchema;
      return call.json((await ask(call, { op: 'unpack', fields, answer, upload: toUpload(call) })).answer);
    },
  };
}

/** What hostile code wrote must not become a page of whoever shows it. */
const safety = { 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': 'sandbox' };

async function readFile(
  call: Call,
  ask: (operation: FileOperation<z.infer<typeof readSchema>>) => Promise<FileReply<z.infer<typeof readSchema>>>,
  path: string,
): Promise<Response> {
  const head = call.req.raw.method === 'HEAD';
  const range = parseRange(call.req.header('Range'));
  const ifRange = call.req.header('If-Range')?.replaceAll('"', '');
  const fields = { path, head, ...(range && { range }), ...(ifRange !== undefined && { ifRange }) };
  const operation = { op: 'read', fields, answer: readSchema, downloads: !head, toLength: toContentLength };
  const { answer, data } = await ask(operation);
  const { size, start, length, isPart, modified, tag, mimeType } = answer;
  const contentLength = toContentLength(answer);
  const headers = {
    ...safety,
    'Accept-Ranges': 'bytes',
    'Content-Type': mimeType,
    ETag: `"${tag}"`,
    'Last-Modified': new Date(Math.min(Math.max(modified, 0), 8.64e15)).toUTCString(),
    ...(contentLength !== undefined && { 'Content-Length': String(contentLength) }),
    ...(isPart && { 'Content-Range': `bytes ${start}-${start + length - 1}/${size}` }),
  };
  return new Response(head ? null : data, { status: isPart ? 206 : 200, headers });
}

/** Undefined for an empty file, and one of /proc, whose length shows when it has been read. */
function toContentLength({ size, length }: z.infer<typeof readSchema>): number | undefined {
  return size > 0 ? length : undefined;
}

function toUpload(call: Call): ReadableStream<Uint8Array> {
  return call.req.raw.body ?? new Blob([]).stream();
}
