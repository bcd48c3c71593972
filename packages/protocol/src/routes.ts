import type { z } from 'zod';
import {
  commandRequestSchema,
  envChangesSchema,
  envSchema,
  portStateSchema,
  processCountSchema,
  processListSchema,
  processLogsSchema,
  processRequestSchema,
  processSchema,
} from './commands.ts';
import {
  archiveUnpackedSchema,
  fileInfoSchema,
  fileListSchema,
  filePlaceSchema,
  fileWrittenSchema,
  mkdirRequestSchema,
  moveRequestSchema,
} from './files.ts';
import { lifetimeChangesSchema } from './lifetime.ts';
import { contextRequestSchema, executionRequestSchema } from './requests.ts';
import {
  contextListSchema,
  contextSchema,
  healthSchema,
  interruptSchema,
  sandboxListSchema,
  sandboxSchema,
} from './responses.ts';

/** A body that is bytes. */
export type BinaryType = 'application/octet-stream' | 'application/x-tar';

/** One route of the HTTP protocol. `path` names its parameters with a colon. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** What the body is where it is no JSON. */
  readonly upload?: BinaryType;
  readonly query?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The schema of the answer's JSON, or what else the body is. */
  readonly response: z.ZodType | 'text/event-stream' | 'text/plain' | 'application/json' | BinaryType | 'none';
  /** What the events of a stream are; default `ExecutionEvent`. */
  readonly events?: 'ExecutionEvent' | 'CommandEvent' | 'ProcessEvent';
  /** True when no token is asked for. */
  readonly open?: boolean;
}

const sandbox = '/v1/sandboxes/:sandboxId';
const context = `${sandbox}/contexts/:contextId`;
const execution = `${sandbox}/executions/:executionId`;
const command = `${sandbox}/commands/:commandId`;
const process = `${sandbox}/processes/:processId`;
const files = `${sandbox}/files`;
const pathQuery = { path: 'Inside the sandbox; a relative one begins at /workspace.' };
const signalQuery = { signal: 'A signal that is sent instead, such as SIGINT.' };
const resumeQuery = { after: 'The id of the last event that the client has; 0 for all.' };

/** Every route of the HTTP protocol, by the name of its operation. The host answers each; `/openapi.json` is generated from it. */
export const routes = {
  createExecution: {
    method: 'POST',
    path: `${sandbox}/executions`,
    summary: 'Runs code and streams its events. A repeated executionId attaches to the execution and runs nothing.',
    body: executionRequestSchema,
    status: 200,
    response: 'text/event-stream',
  },
  readEvents: {
    method: 'GET',
    path: `${execution}/events`,
    summary: 'Resumes a stream after the event of the Last-Event-ID header, or of ?after=N.',
    query: resumeQuery,
    status: 200,
    response: 'text/event-stream',
  },
  cancelExecution: {
    method: 'DELETE',
    path: execution,
    summary: 'Interrupts an execution.',
    status: 200,
    response: interruptSchema,
  },
  createContext: {
    method: 'POST',
    path: `${sandbox}/contexts`,
    summary: 'Creates a context.',
    body: contextRequestSchema,
    status: 201,
    response: contextSchema,
  },
  listContexts: {
    method: 'GET',
    path: `${sandbox}/contexts`,
    summary: 'Lists contexts.',
    status: 200,
    response: contextListSchema,
  },
  getContext: { method: 'GET', path: context, summary: 'Describes a context.', status: 200, response: contextSchema },
  deleteContext: {
    method: 'DELETE',
    path: context,
    summary: 'Ends a context and every process in it.',
    status: 204,
    response: 'none',
  },
  interruptContext: {
    method: 'POST',
    path: `${context}/interrupt`,
    summary: 'Interrupts what the context runs.',
    status: 200,
    response: interruptSchema,
  },
  restartContext: {
    method: 'POST',
    path: `${context}/restart`,
    summary: 'Gives the context a new, empty kernel.',
    status: 200,
    response: contextSchema,
  },
  createCommand: {
    method: 'POST',
    path: `${sandbox}/commands`,
    summary: 'Runs a command and streams its events. A repeated commandId attaches to the command and runs nothing.',
    body: commandRequestSchema,
    status: 200,
    response: 'text/event-stream',
    events: 'CommandEvent',
  },
  readCommandEvents: {
    method: 'GET',
    path: `${command}/events`,
    summary: 'Resumes the stream of a command.',
    query: resumeQuery,
    status: 200,
    response: 'text/event-stream',
    events: 'CommandEvent',
  },
  cancelCommand: {
    method: 'DELETE',
    path: command,
    summary: 'Asks a command to end, with all that it started, or sends it a signal.',
    query: signalQuery,
    status: 204,
    response: 'none',
  },
  startProcess: {
    method: 'POST',
    path: `${sandbox}/processes`,
    summary: 'Starts a command that lives until the sandbox ends.',
    body: processRequestSchema,
    status: 201,
    response: processSchema,
  },
  listProcesses: {
    method: 'GET',
    path: `${sandbox}/processes`,
    summary: 'Lists the processes that run, and those that ended a short time ago.',
    status: 200,
    response: processListSchema,
  },
  killProcesses: {
    method: 'DELETE',
    path: `${sandbox}/processes`,
    summary: 'Ends all processes with all that they started.',
    status: 200,
    response: processCountSchema,
  },
  cleanProcesses: {
    method: 'POST',
    path: `${sandbox}/processes/cleanup`,
    summary: 'Forgets the processes that have ended.',
    status: 200,
    response: processCountSchema,
  },
  getProcess: { method: 'GET', path: process, summary: 'Describes a process.', status: 200, response: processSchema },
  killProcess: {
    method: 'DELETE',
    path: process,
    summary: 'Ends a process with all that it started, or sends it a signal.',
    query: signalQuery,
    status: 200,
    response: processSchema,
  },
  getProcessLogs: {
    method: 'GET',
    path: `${process}/logs`,
    summary: 'What a process has written and the host still holds.',
    status: 200,
    response: processLogsSchema,
  },
  readProcessEvents: {
    method: 'GET',
    path: `${process}/events`,
    summary: 'Streams the events of a process: those that are held, then each when it happens.',
    query: resumeQuery,
    status: 200,
    response: 'text/event-stream',
    events: 'ProcessEvent',
  },
  getPort: {
    method: 'GET',
    path: `${process}/ports/:port`,
    summary: 'Says whether something in the sandbox listens on a port, or waits for it.',
    query: {
      mode: 'http (default): ask for `path` and compare the status; tcp: is there a listener?',
      path: 'Default /.',
      statusMin: 'Default 200.',
      statusMax: 'Default 399.',
      interval: 'Milliseconds between two tries; default 500.',
      wait: 'How long to wait, in milliseconds, 25000 at most; default 0.',
    },
    status: 200,
    response: portStateSchema,
  },
  getEnv: {
    method: 'GET',
    path: `${sandbox}/env`,
    summary: 'The environment variables that were set for the sandbox.',
    status: 200,
    response: envSchema,
  },
  setEnv: {
    method: 'PATCH',
    path: `${sandbox}/env`,
    summary: 'Sets environment variables for everything that runs in the sandbox from now on; null takes one away.',
    body: envChangesSchema,
    status: 200,
    response: envSchema,
  },
  readFile: {
    method: 'GET',
    path: files,
    summary: 'The bytes of a file, or of a range of it (Range, If-Range). HEAD gives its size and type alone.',
    query: pathQuery,
    status: 200,
    response: 'application/octet-stream',
  },
  writeFile: {
    method: 'PUT',
    path: files,
    summary: 'Makes the body the content of a file, at once and whole. Folders that are missing are made.',
    query: pathQuery,
    upload: 'application/octet-stream',
    status: 200,
    response: fileWrittenSchema,
  },
  deleteFile: {
    method: 'DELETE',
    path: files,
    summary: 'Deletes a file or a link.',
    query: pathQuery,
    status: 204,
    response: 'none',
  },
  statFile: {
    method: 'GET',
    path: `${files}/stat`,
    summary: 'Describes what a path leads to, links followed.',
    query: pathQuery,
    status: 200,
    response: fileInfoSchema,
  },
  listFiles: {
    method: 'GET',
    path: `${files}/list`,
    summary: 'Describes what is in a folder, page by page.',
    query: {
      path: 'Default /workspace.',
      recursive: 'true: also all that is below its folders.',
      hidden: 'true: also what has a name that begins with a dot.',
      limit: 'Entries of a page; default and at most 10000. A page may have fewer.',
      after: 'The `next` of the page before.',
    },
    status: 200,
    response: fileListSchema,
  },
  mkdir: {
    method: 'POST',
    path: `${files}/mkdir`,
    summary: 'Makes a folder; with `recursive` those above it too, and one that is there is no error.',
    body: mkdirRequestSchema,
    status: 200,
    response: filePlaceSchema,
  },
  moveFile: {
    method: 'POST',
    path: `${files}/move`,
    summary: 'Moves or renames a file or a folder. A folder as destination takes it in; a file is replaced.',
    body: moveRequestSchema,
    status: 200,
    response: filePlaceSchema,
  },
  readArchive: {
    method: 'GET',
    path: `${files}/archive`,
    summary: 'A folder as a tar stream.',
    query: pathQuery,
    status: 200,
    response: 'application/x-tar',
  },
  writeArchive: {
    method: 'PUT',
    path: `${files}/archive`,
    summary: 'Unpacks a tar stream, compressed or not, into a folder.',
    query: pathQuery,
    upload: 'application/x-tar',
    status: 200,
    response: archiveUnpackedSchema,
  },
  listSandboxes: {
    method: 'GET',
    path: '/v1/sandboxes',
    summary: 'Lists sandboxes.',
    status: 200,
    response: sandboxListSchema,
  },
  getSandbox: { method: 'GET', path: sandbox, summary: 'Describes a sandbox.', status: 200, response: sandboxSchema },
  deleteSandbox: {
    method: 'DELETE',
    path: sandbox,
    summary: 'Ends a sandbox, its processes and its files.',
    status: 204,
    response: 'none',
  },
  setLifetime: {
    method: 'PATCH',
    path: sandbox,
    summary: 'Changes how long a sandbox lives without being used.',
    body: lifetimeChangesSchema,
    status: 200,
    response: sandboxSchema,
  },
  sleepSandbox: {
    method: 'POST',
    path: `${sandbox}/sleep`,
    summary: 'Ends the processes of a sandbox and keeps its files. Its next use starts it again.',
    status: 204,
    response: 'none',
  },
  health: {
    method: 'GET',
    path: '/health',
    summary: 'Says that the host answers.',
    status: 200,
    response: healthSchema,
    open: true,
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'Counts of what the host has and has done, in the text format of Prometheus.',
    status: 200,
    response: 'text/plain',
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    status: 200,
    response: 'application/json',
    open: true,
  },
} as const satisfies Record<string, Route>;

/** The name of an operation of {@link routes}. */
export type Operation = keyof typeof routes;

/**
 * The path of an operation with its parameters filled in, each encoded.
 *
 * @example
 * routePath('getContext', { sandboxId: 'a', contextId: 'b' }) // '/v1/sandboxes/a/contexts/b'
 */
export function routePath(operation: Operation, parameters: Readonly<Record<string, string>>): string {
  return routes[operation].path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined) throw new TypeError(`the path of ${operation} needs ${name}`);
    return encodeURIComponent(value);
  });
}
