import type { z } from 'zod';
import { contextRequestSchema, executionRequestSchema } from './requests.ts';
import {
  contextListSchema,
  contextSchema,
  healthSchema,
  interruptSchema,
  sandboxListSchema,
  sandboxSchema,
} from './responses.ts';

/** One route of the HTTP protocol. `path` names its parameters with a colon. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly query?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The schema of the answer's JSON, or what else the body is. */
  readonly response: z.ZodType | 'text/event-stream' | 'text/plain' | 'application/json' | 'none';
  /** True when no token is asked for. */
  readonly open?: boolean;
}

const sandbox = '/v1/sandboxes/:sandboxId';
const context = `${sandbox}/contexts/:contextId`;
const execution = `${sandbox}/executions/:executionId`;

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
    query: { after: 'The id of the last event that the client has; 0 for all.' },
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
