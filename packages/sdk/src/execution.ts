import type { ContextState, FileChanges, Outcome, Usage } from '@quicksand/protocol';
import type { CodeContext } from './code-context.ts';
import type { Result } from './result.ts';

/** How code failed. It is data, never thrown: user code that fails is not a failure of the call. */
export interface ExecutionError {
  /** Name of the exception, such as `'NameError'`; `'Quicksand.Timeout'` and the like when the host ended the code. */
  name: string;
  message: string;
  traceback: string[];
  /** Line of the submitted code, counted from 1. */
  lineNumber?: number;
}

/** What an execution cost and how it ended. Beyond Cloudflare's API; undefined on an execution that has not ended. */
interface ExecutionEnd {
  outcome?: Outcome;
  /** Whether the context still holds its variables. */
  state?: ContextState;
  usage?: Usage;
  executionId?: string;
  /** Which files it created, changed and deleted; only with `trackFiles`. */
  files?: FileChanges;
}

/** An {@link Execution} as plain data. */
export interface ExecutionResult extends ExecutionEnd {
  code: string;
  logs: { stdout: string[]; stderr: string[] };
  error?: ExecutionError;
  executionCount?: number;
  results: Array<Omit<Result, 'formats'>>;
}

/**
 * One run of one piece of code, with everything that it printed and displayed.
 *
 * @example
 * const execution = await sandbox.runCode('print("hi"); 6 * 7')
 * execution.logs.stdout.join('') // 'hi\n'
 * execution.results[0]?.text     // '42'
 */
export interface Execution extends ExecutionEnd {
  readonly code: string;
  /** Where the code ran; the default context of its language when none was given. */
  readonly context: CodeContext;
  results: Result[];
  logs: { stdout: string[]; stderr: string[] };
  error?: ExecutionError;
  /** 1 for the first execution of a context, then one more each. */
  executionCount?: number;
  /** Plain data, without the context; what `JSON.stringify` writes. */
  toJSON(): ExecutionResult;
}

/**
 * Makes an {@link Execution} in which nothing has happened yet. An object of no class, whose `toJSON` is not enumerable, so that it is copied and sent as
 * the data it is: calls between Workers refuse what has a class.
 */
export function createExecution(code: string, context: CodeContext): Execution {
  const data = { code, context, results: [], logs: { stdout: [], stderr: [] } };
  return Object.defineProperty(data, 'toJSON', {
    value(this: Execution): ExecutionResult {
      const { context: _, results, ...rest } = this;
      return { ...rest, results: results.map((result) => ({ ...result })) };
    },
  }) as unknown as Execution;
}
