import type { ExecutionEvent } from '@quicksand/protocol';
import type { CodeContext } from './code-context.ts';
import type { Connection } from './connection.ts';
import { type Execution, type ExecutionError, createExecution } from './execution.ts';
import { raceAbort } from './race-abort.ts';
import { readEvents } from './read-events.ts';
import { createResult } from './result.ts';
import {
  type NamedExecutionRequest,
  type OutputMessage,
  type RunCodeOptions,
  toExecutionRequest,
} from './run-code-options.ts';
import { cancelRun, startRunWithRetry, toResume } from './run-link.ts';

/** Runs code and collects what it does. See `CodeInterpreter.runCode`. */
export async function runCode(connection: Connection, code: string, options: RunCodeOptions = {}): Promise<Execution> {
  const { signal } = options;
  signal?.throwIfAborted();
  const request = toExecutionRequest(code, options, { graceMs: 30_000 });
  const call: Call = { connection, request, options, callbackFailed: false };
  try {
    // The race is for callbacks that never settle: nothing else outlives the signal.
    return await raceAbort(collect(call), signal);
  } catch (error) {
    if (signal?.aborted || call.callbackFailed) await cancelRun(connection, 'execution', request.executionId);
    throw error;
  }
}

interface Call {
  readonly connection: Connection;
  readonly request: NamedExecutionRequest;
  readonly options: RunCodeOptions;
  callbackFailed: boolean;
}

async function collect(call: Call): Promise<Execution> {
  const { connection, request, options } = call;
  const { signal } = options;
  const { executionId } = request;
  const opened = await startRunWithRetry(connection, 'execution', request, signal);
  const execution = createExecution(request.code, options.context ?? opened.context ?? createUnknownContext(options));
  execution.executionId = executionId;
  const run = { kind: 'execution', id: executionId } as const;
  const resume = toResume(connection, run);
  for await (const event of readEvents<ExecutionEvent>({ ...run, first: opened.body, after: 0, resume, signal })) {
    signal?.throwIfAborted();
    try {
      await addEvent(execution, event, options);
    } catch (error) {
      call.callbackFailed = true;
      throw error;
    }
  }
  return execution;
}

/** Stands for the default context of a host that does not describe it. */
function createUnknownContext({ language = 'python' }: RunCodeOptions): CodeContext {
  const now = new Date();
  return { id: 'default', language, cwd: '/workspace', createdAt: now, lastUsed: now };
}

async function addEvent(
  execution: Execution,
  event: ExecutionEvent,
  { onStdout, onStderr, onResult, onError }: RunCodeOptions,
): Promise<void> {
  const { text = '', timestamp = Date.now(), clear } = event;
  const message: OutputMessage = { text, timestamp, ...(clear && { clear }) };
  switch (event.type) {
    case 'stdout':
      execution.logs.stdout.push(text);
      return onStdout?.(message);
    case 'stderr':
      execution.logs.stderr.push(text);
      return onStderr?.(message);
    case 'result': {
      const result = createResult(event);
      execution.results.push(result);
      return onResult?.(result);
    }
    case 'error': {
      const error = toExecutionError(event);
      execution.error ??= error;
      return onError?.(error);
    }
    case 'execution_complete':
      addEnd(execution, event);
  }
}

function toExecutionError({
  ename = 'Error',
  evalue = '',
  traceback = [],
  lineNumber,
}: ExecutionEvent): ExecutionError {
  return { name: ename, message: evalue, traceback, ...(lineNumber !== undefined && { lineNumber }) };
}

function addEnd(execution: Execution, { execution_count, outcome, state, usage, files }: ExecutionEvent): void {
  if (execution_count !== undefined) execution.executionCount = execution_count;
  if (outcome) execution.outcome = outcome;
  if (state) execution.state = state;
  if (usage) execution.usage = usage;
  if (files) execution.files = files;
}
