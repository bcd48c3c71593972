import { processSchema } from '@quicksand/protocol';
import { toCommandError } from './command-error.ts';
import type { Connection } from './connection.ts';
import { type CommandLine, toCommandFields } from './exec-options.ts';
import { readProcessEvents } from './process-events.ts';
import type { ProcessOptions } from './process-options.ts';
import { type Process, createProcess } from './process.ts';
import { requestJson } from './request-json.ts';
import { toError } from './to-error.ts';

/** Starts a command in the background. See `SandboxCommands.startProcess`. */
export async function startProcess(
  connection: Connection,
  command: CommandLine,
  options: ProcessOptions = {},
): Promise<Process> {
  const { processId, autoCleanup, onStart, onError, onOutput, onExit } = options;
  let process: Process;
  try {
    const body = { ...toCommandFields('startProcess', command, options), processId, autoCleanup };
    process = createProcess(connection, await requestJson(connection, 'startProcess', { body, parser: processSchema }));
  } catch (error) {
    onError?.(toError(error));
    throw error;
  }
  onStart?.(process);
  if (onOutput || onExit || onError) void follow(connection, process, options);
  return process;
}

/** Calls back until the process has ended. */
async function follow(connection: Connection, { id, command }: Process, options: ProcessOptions): Promise<void> {
  const { onOutput, onExit, onError } = options;
  let hasCalled = false;
  const callBack = async (call: () => unknown): Promise<void> => {
    hasCalled = true;
    await call();
    hasCalled = false;
  };
  try {
    for await (const event of readProcessEvents(connection, id)) {
      if (event.type === 'exit') await callBack(() => onExit?.(event.exitCode));
      else if (event.type === 'error') {
        const error = toCommandError({ ename: event.ename, message: event.data }, { command });
        await callBack(() => onError?.(error));
      } else await callBack(() => onOutput?.(event.type, event.data));
    }
  } catch (error) {
    if (onError) onError(toError(error));
    else if (hasCalled) throw error;
    if (!hasCalled) onExit?.(null);
  }
}
