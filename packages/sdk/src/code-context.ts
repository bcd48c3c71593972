import type { ContextInfo, Language } from '@quicksand/protocol';

/** A language kernel with its state, inside a sandbox. Code that runs in the same context sees the same variables. */
export interface CodeContext {
  readonly id: string;
  readonly language: string;
  /** Folder that the code starts in. */
  readonly cwd: string;
  readonly createdAt: Date;
  readonly lastUsed: Date;
}

/** Options of `createCodeContext`. */
export interface CreateContextOptions {
  /** Default `'python'`. */
  language?: Language;
  /** Folder that the code starts in, an absolute path inside the sandbox. Default `'/workspace'`. */
  cwd?: string;
  /** Environment variables of every execution in the context. Undefined values are skipped. */
  envVars?: Record<string, string | undefined>;
  /** How long to wait for the context, in milliseconds. Default 30000; then `request_timeout`. */
  timeout?: number;
}

/** What the host says of a context, as the caller sees it. */
export function toCodeContext({ id, language, cwd, createdAt, lastUsed }: ContextInfo): CodeContext {
  return { id, language, cwd, createdAt: new Date(createdAt), lastUsed: new Date(lastUsed) };
}
