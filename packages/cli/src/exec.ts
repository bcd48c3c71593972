import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { SandboxError } from '@quicksand/protocol';
import { type ExecEvent, type Sandbox, parseSSEStream } from '@quicksand/sdk';
import { onOutputError } from './output-errors.ts';
import { print } from './print.ts';
import { type RemoteOptions, openRemote } from './remote.ts';
import { reportError } from './report-error.ts';

/** Options of `quicksand exec`. */
export interface ExecOptions extends RemoteOptions {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly stdin?: boolean;
}

/** Exit statuses of `exec` itself, as of a shell and of `docker exec`: the command's own are all others. */
const statuses: Readonly<Record<string, number>> = { program_not_found: 127, program_unusable: 126 };
const failed = 125;

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs a command in a sandbox of a host that runs already; its output passes through live, and its exit status is this program's. */
export async function exec(id: string, command: readonly string[], options: ExecOptions): Promise<void> {
  try {
    process.exitCode = await runCommand(openRemote(id, options), command, options);
  } catch (error) {
    if (!SandboxError.is(error)) throw error;
    reportError(error);
    process.exitCode = statuses[error.code] ?? failed;
  }
}

async function runCommand(
  sandbox: Sandbox,
  command: readonly string[],
  { cwd, env, timeout, stdin }: ExecOptions,
): Promise<number> {
  // Whatever is behind the sandbox is the command's own; the dashes that may be between them are nobody's.
  const [program = '', ...values] = command[0] === '--' ? command.slice(1) : command;
  const input = stdin ? await text(process.stdin) : undefined;
  const commandId = randomUUID();
  const abort = new AbortController();
  using _ = forwardSignals(sandbox, commandId, abort);
  try {
    // One argument is a line for the shell; several are a program and its arguments.
    const stream = await sandbox.execStream(values.length === 0 ? program : [program, ...values], {
      commandId,
      signal: abort.signal,
      env: { ...env },
      ...(cwd !== undefined && { cwd }),
      ...(timeout !== undefined && { timeout }),
      ...(input !== undefined && { stdin: input }),
    });
    for await (const event of parseSSEStream<ExecEvent>(stream)) {
      await show(event);
      if (event.type === 'complete') return event.exitCode ?? failed;
    }
  } catch (error) {
    // Also what a broken pipe throws: its news has aborted all the rest.
    if (!abort.signal.aborted) throw error;
    return 130;
  }
  throw new SandboxError('stream_cut', {
    message: 'the connection was lost before the command had ended; the host ends it',
    hint: 'is the host still running?',
  });
}

async function show({ type, data = '', error = '' }: ExecEvent): Promise<void> {
  if (type === 'stdout') await print(process.stdout, data);
  else if (type === 'stderr') await print(process.stderr, data);
  else if (type === 'error') await print(process.stderr, `quicksand: ${error}\n`);
}

/** Passes signals on to the command. A second SIGINT ends it; so does a reader of the output that has gone. */
function forwardSignals(sandbox: Sandbox, commandId: string, abort: AbortController): Disposable {
  let interrupts = 0;
  const forward = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGINT' && ++interrupts > 1) return abort.abort();
    // Before the command runs there is nothing yet that could take it.
    sandbox.killCommand(commandId, signal).catch(() => abort.abort());
  };
  for (const signal of forwarded) process.on(signal, forward);
  onOutputError(() => abort.abort());
  return {
    [Symbol.dispose]: () => {
      for (const signal of forwarded) process.off(signal, forward);
    },
  };
}
