import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type WeakPart, createHost } from '@quicksand/host';
import { type ExecutionEvent, SandboxError, type languageNames, parseSSEStream, toLanguage } from '@quicksand/protocol';
import { getSandbox } from '@quicksand/sdk';
import { unlessAborted, watchEndSignals } from './end-signal.ts';
import { onOutputError } from './output-errors.ts';
import { print } from './print.ts';

/** Options of `quicksand run`. */
export interface RunOptions {
  readonly language?: (typeof languageNames)[number];
  readonly timeout?: number;
  readonly pictures: string;
  readonly json?: boolean;
  readonly allowWeak: readonly WeakPart[];
}

const languagesByExtension: Readonly<Record<string, (typeof languageNames)[number]>> = {
  '.py': 'python',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.ts': 'typescript',
  '.mts': 'typescript',
};

/** Runs a file in a fresh sandbox that is destroyed afterwards. The exit status is 1 when the code failed, and that of `sys.exit`. */
export async function run(file: string, options: RunOptions): Promise<void> {
  const code = await readCode(file);
  const language = toLanguage(options.language ?? languagesByExtension[extname(file)] ?? 'python');
  const abort = new AbortController();
  watchEndSignals().addEventListener('abort', () => abort.abort());
  onOutputError(() => abort.abort());
  const { signal } = abort;
  // One sandbox is all that is needed.
  const starting = createHost({ poolSize: 0, allowWeak: options.allowWeak, signal });
  await using host = await unlessAborted(starting, signal);
  if (!host) {
    process.exitCode = 130;
    return;
  }
  const sandbox = getSandbox(host, `run-${randomUUID()}`);
  try {
    const { timeout } = options;
    const stream = await sandbox.runCodeStream(code, {
      language,
      signal,
      ...(timeout !== undefined && { timeout }),
    });
    const show = options.json ? showJson : showerFor(file, options.pictures);
    let complete: ExecutionEvent | undefined;
    let exit: ExecutionEvent | undefined;
    for await (const event of parseSSEStream<ExecutionEvent>(stream)) {
      if (isExit(event)) exit = event;
      if (options.json || !isExit(event)) await show(event);
      if (event.type === 'execution_complete') complete = event;
    }
    process.exitCode = complete?.outcome === 'ok' ? 0 : exit ? await leave(exit, options) : 1;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    await sandbox.destroy();
  }
}

/** `sys.exit` with a status or a message. */
function isExit(event: ExecutionEvent): boolean {
  return event.type === 'error' && event.ename === 'SystemExit';
}

/** As Python itself does: a number is the status, anything else is said. */
async function leave({ evalue = '' }: ExecutionEvent, { json }: RunOptions): Promise<number> {
  if (/^-?\d{1,9}$/.test(evalue)) return Number(evalue) & 255;
  if (!json) await print(process.stderr, `${evalue}\n`);
  return 1;
}

async function readCode(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new SandboxError('invalid_request', {
      message: `cannot read ${file}: ${cause.message}`,
      hint: 'name a file of code, or - for standard input',
      cause,
    });
  });
}

async function showJson(event: ExecutionEvent): Promise<void> {
  await print(process.stdout, `${JSON.stringify(event)}\n`);
}

/** Passes text through, prints the text form of results, and saves pictures as NAME-1.png, NAME-2.png … */
function showerFor(file: string, folder: string): (event: ExecutionEvent) => Promise<void> {
  const name = file === '-' ? 'picture' : basename(file, extname(file));
  let count = 0;
  const save = async (extension: string, data: Buffer): Promise<void> => {
    const path = join(folder, `${name}-${++count}.${extension}`);
    await mkdir(folder, { recursive: true });
    await writeFile(path, data);
    await print(process.stderr, `quicksand: saved ${path}\n`);
  };
  return async (event) => {
    if (event.type === 'stdout') await print(process.stdout, event.text ?? '');
    else if (event.type === 'stderr') await print(process.stderr, event.text ?? '');
    else if (event.type === 'error') await print(process.stderr, `${(event.traceback ?? []).join('\n')}\n`);
    else if (event.png !== undefined) await save('png', Buffer.from(event.png, 'base64'));
    else if (event.jpeg !== undefined) await save('jpg', Buffer.from(event.jpeg, 'base64'));
    else if (event.svg !== undefined) await save('svg', Buffer.from(event.svg));
    else if (event.type === 'result' && event.text !== undefined) await print(process.stdout, `${event.text}\n`);
  };
}
