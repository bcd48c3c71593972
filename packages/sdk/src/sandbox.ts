import { type CodeInterpreter, createCodeInterpreter } from './code-interpreter.ts';
import type { Connection } from './connection.ts';
import { type Lifetime, type LifetimeMethods, createLifetimeMethods } from './lifetime.ts';
import { type SandboxCommands, createSandboxCommands } from './sandbox-commands.ts';
import { type SandboxFiles, createSandboxFiles } from './sandbox-files.ts';
import { type ResumeOptions, resumeCodeStream } from './run-code-stream.ts';
import { type UnsupportedMethods, createUnsupportedMethods } from './unsupported.ts';

/** A sandbox, as a program outside it sees it. Made by `getSandbox`; it holds nothing, so there is nothing to close. */
export interface Sandbox extends CodeInterpreter, SandboxCommands, SandboxFiles, LifetimeMethods, UnsupportedMethods {
  /** The name that the caller gave, lowercased with `normalizeId`. */
  readonly id: string;
  /** The code interpreter's methods alone. */
  readonly interpreter: CodeInterpreter;
  /**
   * Opens the stream of an execution again, behind the last event that was seen. Rejects with `execution_not_found`, and with `events_gone` when
   * the host no longer holds all of them.
   *
   * @example
   * await sandbox.runCodeStream(code, { executionId: 'job-1', onDisconnect: { graceMs: 60_000 } })
   * const rest = await sandbox.resumeCodeStream('job-1', { after: 17 })
   */
  resumeCodeStream(executionId: string, options?: ResumeOptions): Promise<ReadableStream<Uint8Array>>;
}

/** Binds a sandbox's methods to a connection. None uses `this`. */
export function createSandbox(id: string, connection: Connection, lifetime: Lifetime): Sandbox {
  const interpreter = createCodeInterpreter(connection);
  return {
    ...createUnsupportedMethods(),
    ...interpreter,
    ...createSandboxCommands(connection),
    ...createSandboxFiles(connection),
    ...createLifetimeMethods(connection, lifetime),
    id,
    interpreter,
    resumeCodeStream: (executionId, options) => resumeCodeStream(connection, executionId, options),
  };
}
