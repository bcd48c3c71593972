import type { CodeContext, CreateContextOptions } from './code-context.ts';
import type { Connection } from './connection.ts';
import { createCodeContext, deleteCodeContext, listCodeContexts } from './contexts.ts';
import type { Execution } from './execution.ts';
import { runCode } from './run-code.ts';
import type { RunCodeOptions } from './run-code-options.ts';
import { runCodeStream } from './run-code-stream.ts';

/** Cloudflare's code interpreter API. Every method rejects with a `SandboxError`, or with the reason of the caller's signal. */
export interface CodeInterpreter {
  /**
   * Runs code and collects what it does, calling back as it happens. Code that fails does not reject: see `execution.error`. A lost connection is
   * resumed for up to 30 s; then `stream_cut`.
   *
   * @example
   * const { error, results } = await sandbox.runCode('1 / 0', { onStdout: ({ text }) => console.log(text) })
   * error?.name // 'ZeroDivisionError'
   */
  runCode(code: string, options?: RunCodeOptions): Promise<Execution>;
  /**
   * Runs code; resolves as soon as the stream of Server-Sent Events opens. Cancelling the stream interrupts the code.
   *
   * @example
   * for await (const event of parseSSEStream<StreamingEvent>(await sandbox.runCodeStream('print(1)'))) console.log(event.type)
   */
  runCodeStream(code: string, options?: RunCodeOptions): Promise<ReadableStream<Uint8Array>>;
  /**
   * Creates a context: variables of their own, files shared with the sandbox's other contexts. Rejects with `request_timeout` after `timeout`.
   *
   * @example
   * const context = await sandbox.createCodeContext({ language: 'python' })
   * await sandbox.runCode('x = 1', { context })
   */
  createCodeContext(options?: CreateContextOptions): Promise<CodeContext>;
  /** Lists the sandbox's contexts, default ones included. */
  listCodeContexts(): Promise<CodeContext[]>;
  /** Ends a context and every process in it. Rejects with `context_not_found`. */
  deleteCodeContext(contextId: string): Promise<void>;
}

/** Binds the code interpreter's methods to a connection. */
export function createCodeInterpreter(connection: Connection): CodeInterpreter {
  return {
    runCode: (code, options) => runCode(connection, code, options),
    runCodeStream: (code, options) => runCodeStream(connection, code, options),
    createCodeContext: (options) => createCodeContext(connection, options),
    listCodeContexts: () => listCodeContexts(connection),
    deleteCodeContext: (contextId) => deleteCodeContext(connection, contextId),
  };
}
