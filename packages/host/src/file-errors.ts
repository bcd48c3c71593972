import { type ErrorCode, SandboxError } from '@quicksand/protocol';
import { z } from 'zod';

/** What a file agent says when an operation cannot be done. It is hostile input: nothing of it but these fields is passed on. */
export const fileFailureSchema = z.strictObject({
  error: z.string().max(40),
  message: z.string().max(1000),
  path: z.string().max(10_000).optional(),
  size: z.int().nonnegative().optional(),
});

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
}

const links: Meaning = { code: 'link_loop', hint: 'links lead to each other; remove one of them' };
const exists: Meaning = { code: 'file_exists', hint: 'delete what is there, or choose another name' };
const denied: Meaning = {
  code: 'permission_denied',
  hint: 'the code in the sandbox may not do this either; /workspace, /tmp and /home/user are its own',
};
const full: Meaning = { code: 'disk_full', hint: 'delete files that are no longer needed, or raise the host’s limits' };

/** What the names of failures mean: those of Linux, and the agent's own. */
const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'file_not_found', hint: 'is the name right? A relative path begins at /workspace' },
  EEXIST: exists,
  ENOTEMPTY: exists,
  EISDIR: { code: 'is_directory', hint: 'name a file; a folder comes as an archive, and a command can remove it' },
  ENOTDIR: { code: 'not_a_directory', hint: 'a part of the path is a file, or a link where none is followed' },
  EACCES: denied,
  EPERM: denied,
  EROFS: denied,
  ENOSPC: full,
  EDQUOT: full,
  ENAMETOOLONG: { code: 'name_too_long', hint: 'a name has at most 255 bytes, and a path 4095' },
  ELOOP: links,
  NOT_REGULAR: { code: 'not_regular', hint: 'only files can be read and written' },
  RANGE: { code: 'range_not_satisfiable' },
  SHRANK: { code: 'file_changed', hint: 'read it again when nothing writes to it' },
  ARCHIVE: { code: 'archive_invalid', hint: 'send a tar archive, plain or compressed, whose names are relative' },
  PLACE: { code: 'invalid_request', hint: 'send the `next` of the page before as it is' },
};

/** The error of an operation that a file agent could not do; `path` is the one that the caller named. */
export function toFileError(failure: z.infer<typeof fileFailureSchema>, path: string): SandboxError {
  const { error, message, size } = failure;
  const { code, hint } = meanings[error] ?? { code: 'file_operation_failed' as const };
  const named = failure.path ?? path;
  return new SandboxError(code, {
    message: `${named}: ${message}`,
    hint,
    details: { path: named, ...(size !== undefined && { size }) },
  });
}
