import { type OnDisconnect, SandboxError } from '@quicksand/protocol';
import { assertKnown } from './known-options.ts';
import type { ProcessOptions } from './process-options.ts';

/** A line for the shell; beyond Cloudflare's API also a list: a program and its arguments, which no shell sees. */
export type CommandLine = string | readonly [program: string, ...values: string[]];

/** Options of everything that runs a command. */
export interface BaseExecOptions {
  /** How long it may run, in milliseconds. Default: as long as it likes. Then it is ended, with all that it started. */
  timeout?: number;
  /** Environment variables of this command. They win over those of the sandbox. Undefined values are skipped. */
  env?: Record<string, string | undefined>;
  /** Folder that it starts in, an absolute path inside the sandbox. Default `'/workspace'`. */
  cwd?: string;
  /** Only `'utf8'`, the default: bytes that are not UTF-8 become U+FFFD. */
  encoding?: string;
  /** Beyond Cloudflare's API: what it reads from its standard input. Default: nothing. */
  stdin?: string;
}

/** Options of `exec`. */
export interface ExecOptions extends BaseExecOptions {
  /** False keeps `onOutput` from being called. Default true. */
  stream?: boolean;
  /** Called for each piece of output when it arrives; the next one waits for a promise that it returns. What it throws ends the command and rejects `exec`. */
  onOutput?: (stream: 'stdout' | 'stderr', data: string) => void;
  /** Called with the result, before `exec` resolves. */
  onComplete?: (result: ExecResult) => void;
  /** Called with the error that `exec` is about to reject with; not with what a callback threw. */
  onError?: (error: Error) => void;
  /** Aborting it ends the command, with all that it started, and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Only `'user'`, the default. */
  origin?: 'user' | 'internal';
}

/** Options of `execStream`. */
export interface StreamOptions extends BaseExecOptions {
  /** Not supported. */
  sessionId?: string;
  /** Not supported: nothing is buffered. */
  bufferSize?: number;
  /** Aborting it ends the command, with all that it started, and errors the stream with the signal's reason. */
  signal?: AbortSignal;
  /** Beyond Cloudflare's API: the command's name, 1–64 of `A–Z a–z 0–9 _ -`. Default: a random UUID. The same name never runs twice. */
  commandId?: string;
  /** Beyond Cloudflare's API: what a lost connection means. Default `'interrupt'`: the command is ended. */
  onDisconnect?: OnDisconnect;
}

/** How a command ended. */
export interface ExecResult {
  /** Whether the exit status is 0. */
  success: boolean;
  /** 128 and the number of the signal for a command that a signal ended. */
  exitCode: number;
  stdout: string;
  stderr: string;
  command: string;
  /** How long it ran, in milliseconds. */
  duration: number;
  /** When it started, as an ISO 8601 string. */
  timestamp: string;
  sessionId?: string;
  /** Beyond Cloudflare's API: the name of the signal that ended it. */
  signal?: string;
  /** Beyond Cloudflare's API: which limit it met, such as `Quicksand.OutOfMemory`. */
  error?: { name: string; message: string };
}

/** The part of a request's body that all commands have. JSON leaves out what is undefined. Throws `unsupported` and `invalid_request` for an option that would have no effect. */
export function toCommandFields(method: Method, command: CommandLine, options: BaseExecOptions): object {
  assertHonoured(method, options);
  const { timeout, env, cwd, stdin } = options;
  return { command, timeout, env, cwd, stdin };
}

/** For each option, whether a value can be honoured. */
type Honoured<Options> = { readonly [Name in keyof Required<Options>]: (value: unknown) => boolean };
type Method = keyof typeof honoured;

const always = (): boolean => true;
const never = (): boolean => false;
const base = {
  timeout: always,
  env: always,
  cwd: always,
  encoding: (value: unknown): boolean => value === 'utf8' || value === 'utf-8',
  stdin: always,
  sessionId: never,
  bufferSize: never,
};
const honoured = {
  exec: {
    ...base,
    stream: always,
    onOutput: always,
    onComplete: always,
    onError: always,
    signal: always,
    origin: (value) => value === 'user',
  } satisfies Honoured<ExecOptions>,
  execStream: { ...base, signal: always, commandId: always, onDisconnect: always } satisfies Honoured<StreamOptions>,
  startProcess: {
    ...base,
    processId: always,
    autoCleanup: always,
    onExit: always,
    onOutput: always,
    onStart: always,
    onError: always,
  } satisfies Honoured<ProcessOptions>,
};

function assertHonoured(method: Method, options: object): void {
  const known: Readonly<Record<string, (value: unknown) => boolean>> = honoured[method];
  assertKnown(method, options, Object.keys(known));
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known[name]?.(value)) continue;
    throw new SandboxError('unsupported', {
      message: `the option ${name}: ${JSON.stringify(value)} of a command is not supported`,
      hint: 'leave it out; it would have no effect',
      details: { option: name },
    });
  }
}
