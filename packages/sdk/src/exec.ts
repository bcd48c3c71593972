import type { CommandEvent } from '@quicksand/protocol';
import { isLimit, toCommandError } from './command-error.ts';
import type { Connection } from './connection.ts';
import { type CommandLine, type ExecOptions, type ExecResult, toCommandFields } from './exec-options.ts';
import { raceAbort } from './race-abort.ts';
import { readEvents } from './read-events.ts';
import { cancelRun, startRunWithRetry, toResume } from './run-link.ts';
import { toError } from './to-error.ts';

/** Runs a command and collects what it writes. See `SandboxCommands.exec`. */
export async function exec(
  connection: Connection,
  command: CommandLine,
  options: ExecOptions = {},
): Promise<ExecResult> {
  const call: Call = { connection, options, commandId: crypto.randomUUID(), callbackFailed: false };
  let result: ExecResult;
  let hasBegun = false;
  try {
    options.signal?.throwIfAborted();
    hasBegun = true;
    // The race is for callbacks that never settle: nothing else outlives the signal.
    result = await raceAbort(collect(call, command), options.signal);
  } catch (error) {
    if (hasBegun && (options.signal?.aborted || call.callbackFailed))
      await cancelRun(connection, 'command', call.commandId);
    if (!call.callbackFailed) options.onError?.(toError(error));
    throw error;
  }
  options.onComplete?.(result);
  return result;
}

interface Call {
  readonly connection: Connection;
  readonly options: ExecOptions;
  readonly commandId: string;
  callbackFailed: boolean;
}

async function collect(call: Call, command: CommandLine): Promise<ExecResult> {
  const { connection, commandId, options } = call;
  const { signal } = options;
  const body = { ...toCommandFields('exec', command, options), commandId, onDisconnect: { graceMs: 30_000 } };
  const { body: first } = await startRunWithRetry(connection, 'command', body, signal);
  const run = { kind: 'command', id: commandId } as const;
  const resume = toResume(connection, run);
  const result: ExecResult = {
    success: false,
    exitCode: 0,
    stdout: '',
    stderr: '',
    command: '',
    duration: 0,
    timestamp: '',
  };
  for await (const event of readEvents<CommandEvent>({ ...run, first, after: 0, resume, signal })) {
    signal?.throwIfAborted();
    addEvent(result, event);
    if (event.type === 'stdout' || event.type === 'stderr') await callBack(call, event.type, event.data);
  }
  if (result.error && !isLimit(result.error.name)) {
    const { name, message } = result.error;
    throw toCommandError({ ename: name, message }, result);
  }
  return result;
}

function addEvent(result: ExecResult, event: CommandEvent): void {
  switch (event.type) {
    case 'start':
      result.command = event.command;
      result.timestamp = event.timestamp;
      break;
    case 'stdout':
    case 'stderr':
      result[event.type] += event.data;
      break;
    case 'error':
      result.error = { name: event.ename, message: event.error };
      break;
    case 'complete':
      result.exitCode = event.exitCode;
      result.success = event.exitCode === 0;
      result.duration = event.duration;
      if (event.signal !== undefined) result.signal = event.signal;
  }
}

async function callBack(call: Call, stream: 'stdout' | 'stderr', data: string): Promise<void> {
  const { onOutput, stream: isWanted = true } = call.options;
  if (!onOutput || !isWanted) return;
  try {
    // Its type promises nothing, but what it returns may be a promise.
    await (onOutput(stream, data) as unknown);
  } catch (error) {
    call.callbackFailed = true;
    throw error;
  }
}
