import { SandboxError } from '@quicksand/protocol';

/** Where something is copied from or to: a path in a sandbox, a path here, or standard input and output. */
export type Place =
  | { readonly type: 'remote'; readonly sandbox: string; readonly path: string }
  | { readonly type: 'local'; readonly path: string }
  | { readonly type: 'standard' };

/** Reads `SANDBOX:PATH`, `PATH` or `-`. A path here that has a colon in its first part begins with `./`. Throws `invalid_request`. */
export function parsePlace(text: string): Place {
  if (text === '-') return { type: 'standard' };
  const [, sandbox, path = ''] = /^([^/:]+):(.*)$/s.exec(text) ?? [];
  if (sandbox !== undefined) return { type: 'remote', sandbox, path: path === '' ? '/workspace' : path };
  if (text !== '') return { type: 'local', path: text };
  throw new SandboxError('invalid_request', { message: 'a path is empty', hint: 'name a file, or SANDBOX:PATH' });
}
