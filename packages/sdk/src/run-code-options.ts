import { type Language, type OnDisconnect, SandboxError } from '@quicksand/protocol';
import type { CodeContext } from './code-context.ts';
import type { ExecutionError } from './execution.ts';
import { assertKnown } from './known-options.ts';
import type { Result } from './result.ts';

/** A piece of what the code printed. */
export interface OutputMessage {
  text: string;
  /** When the host received it, in milliseconds since 1970. */
  timestamp: number;
  /** Beyond Cloudflare's API: what was shown before is to be cleared from view. */
  clear?: true;
}

/** Options of `runCode` and `runCodeStream`. `runCodeStream` ignores the four callbacks. */
export interface RunCodeOptions {
  /** Where to run. Default: the default context of the language, which is made when it is first used. */
  context?: CodeContext;
  /** Language, where no context is given. Default `'python'`. */
  language?: Language;
  /** Environment variables of this execution. Undefined values are skipped. */
  envVars?: Record<string, string | undefined>;
  /** How long the code may run, in milliseconds. Default 60000. The code is then interrupted; its variables are kept. */
  timeout?: number;
  /** Aborting it interrupts the code and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called for each piece of standard output when it arrives; the next event waits for the promise. What it throws rejects `runCode`. */
  onStdout?: (output: OutputMessage) => void | Promise<void>;
  onStderr?: (output: OutputMessage) => void | Promise<void>;
  onResult?: (result: Result) => void | Promise<void>;
  onError?: (error: ExecutionError) => void | Promise<void>;
  /** Beyond Cloudflare's API: the execution's name, 1–64 of `A–Z a–z 0–9 _ -`. Default: a random UUID. The same name never runs twice. */
  executionId?: string;
  /** Beyond Cloudflare's API: whether results that show plots have a `chart`. Default true; false saves the time to make it. */
  charts?: boolean;
  /** Beyond Cloudflare's API: whether `files` of the execution, or of `execution_complete`, tells which files under `/workspace` changed. Default false. */
  trackFiles?: boolean;
  /** Beyond Cloudflare's API: what a lost connection means. Default `{ graceMs: 30000 }` for `runCode`, `'interrupt'` for `runCodeStream`. */
  onDisconnect?: OnDisconnect;
}

/** A request that names its execution, so that it can be resumed and cancelled. JSON leaves out what is undefined. */
export interface NamedExecutionRequest {
  readonly code: string;
  readonly executionId: string;
  readonly onDisconnect: OnDisconnect;
  readonly contextId: string | undefined;
  readonly language: Language | undefined;
  readonly envVars: Record<string, string | undefined> | undefined;
  readonly timeout: number | undefined;
  readonly charts: boolean | undefined;
  readonly trackFiles: boolean | undefined;
}

const known: { readonly [Name in keyof Required<RunCodeOptions>]: true } = {
  context: true,
  language: true,
  envVars: true,
  timeout: true,
  signal: true,
  onStdout: true,
  onStderr: true,
  onResult: true,
  onError: true,
  executionId: true,
  charts: true,
  trackFiles: true,
  onDisconnect: true,
};

/** Makes the request's body. Throws `invalid_request` for an option that there is not and a context that is none, and `language_mismatch` when `language` is not the context's. The host checks the values. */
export function toExecutionRequest(
  code: string,
  options: RunCodeOptions,
  onDisconnect: OnDisconnect,
): NamedExecutionRequest {
  assertKnown('runCode', options, Object.keys(known));
  const { context, language, envVars, timeout, charts, trackFiles } = options;
  // Its name alone, or nothing, would be taken for none, and the code would run in the default context.
  if (context !== undefined && typeof context?.id !== 'string') {
    throw new SandboxError('invalid_request', {
      message: `context: ${JSON.stringify(context)} is no context`,
      hint: 'give what createCodeContext has resolved with',
    });
  }
  if (context && language !== undefined && language !== context.language) {
    throw new SandboxError('language_mismatch', {
      message: `context ${context.id} runs ${context.language}, not ${language}`,
      hint: 'leave the language out, or use a context of that language',
      details: { contextId: context.id, contextLanguage: context.language, language },
    });
  }
  return {
    code,
    executionId: options.executionId ?? crypto.randomUUID(),
    onDisconnect: options.onDisconnect ?? onDisconnect,
    contextId: context?.id,
    language,
    envVars,
    timeout,
    charts,
    trackFiles,
  };
}
