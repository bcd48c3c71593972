import { type FileInfo, SandboxError, type SandboxInfo, sandboxListSchema } from '@quicksand/protocol';
import { parsePlace } from './place.ts';
import { print } from './print.ts';
import { toPrintable } from './printable.ts';
import { type RemoteOptions, openRemote, requestHost } from './remote.ts';

/** Options of `quicksand ls`. */
export interface ListOptions extends RemoteOptions {
  readonly recursive?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Lists the sandboxes of a running host, or what is in a folder of one. */
export async function ls(place: string | undefined, options: ListOptions): Promise<void> {
  const { recursive = false, all = false, json = false } = options;
  if (place === undefined) {
    const { sandboxes } = await requestHost('listSandboxes', { schema: sandboxListSchema }, options);
    for (const sandbox of sandboxes) await print(process.stdout, json ? toJson(sandbox) : toSandboxLine(sandbox));
    return;
  }
  const parsed = parsePlace(place.includes(':') ? place : `${place}:`);
  if (parsed.type !== 'remote') {
    throw new SandboxError('invalid_request', {
      message: `${JSON.stringify(place)} is no place in a sandbox`,
      hint: 'write SANDBOX or SANDBOX:PATH',
    });
  }
  const sandbox = openRemote(parsed.sandbox, options);
  const { files } = await sandbox.listFiles(parsed.path, { recursive, includeHidden: all });
  for (const file of files) await print(process.stdout, json ? toJson(file) : toFileLine(file));
}

function toJson(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function toSandboxLine({ id, lastUsed, contexts }: SandboxInfo): string {
  return `${id.padEnd(24)} ${String(contexts.length).padStart(3)} contexts  used ${toTime(lastUsed)}\n`;
}

const letters: Readonly<Record<FileInfo['type'], string>> = { file: '-', directory: 'd', symlink: 'l', other: '?' };

function toFileLine({ type, mode, size, modifiedAt, relativePath }: FileInfo): string {
  return `${letters[type]}${mode} ${String(size).padStart(12)} ${toTime(modifiedAt)} ${toPrintable(relativePath)}\n`;
}

function toTime(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
