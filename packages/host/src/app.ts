import { timingSafeEqual } from 'node:crypto';
import {
  type Operation,
  type Route,
  SandboxError,
  contextRequestSchema,
  executionIdSchema,
  executionRequestSchema,
  languages,
  routes,
  sandboxIdSchema,
  toOpenApi,
} from '@quicksand/protocol';
import { type Context as Call, Hono } from 'hono';
import { createCommandHandlers } from './command-routes.ts';
import type { Commands } from './commands.ts';
import type { Execution } from './execution.ts';
import type { Executions } from './executions.ts';
import { createFileHandlers } from './file-routes.ts';
import { holdWhileRead } from './hold-while-read.ts';
import { isDownload } from './is-download.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { parseAfter, parseBody, parseLifetime, parseParameter } from './parse-call.ts';
import type { Sandboxes } from './sandboxes.ts';
import { type HttpCall, toStreamResponse } from './stream-response.ts';
import { createSandboxHandlers } from './sandbox-routes.ts';
import { version } from './version.ts';

/** What the routes act on. */
export interface AppParts {
  readonly sandboxes: Sandboxes;
  readonly executions: Executions;
  readonly metrics: Metrics;
  readonly commands: Commands;
  /** Bearer token that callers must have; undefined where the caller is the embedding program. */
  readonly token: string | undefined;
  readonly log: Log;
  readonly isClosing: () => boolean;
}

const methods = [...new Set(Object.values<Route>(routes).map(({ method }) => method))];

type Handler = (call: Call) => Promise<Response> | Response;

/** The HTTP protocol as an application of {@link Hono}: one handler for each route of the protocol. */
export function createApp(parts: AppParts): Hono<{ Bindings: HttpCall }> {
  const app = new Hono<{ Bindings: HttpCall }>();
  app.onError((error) => toErrorResponse(error, parts.log));
  app.notFound(({ req: { method, path } }) => {
    const isKnown = methods.some((other) => app.router.match(other, path)[0].length > 0);
    throw isKnown ? methodNotAllowed(method, path) : notFound(method, path);
  });
  const handlers = createHandlers(parts);
  for (const [operation, route] of Object.entries<Route>(routes)) {
    const handle = handlers[operation as Operation];
    const isOfSandbox = route.path.includes(':sandboxId');
    app.on(route.method, route.path, async (call) => {
      if (!route.open) assertToken(call, parts.token);
      if (call.req.raw.method === 'HEAD' && isStream(route)) throw methodNotAllowed('HEAD', call.req.path);
      if (!isOfSandbox) return handle(call);
      using stack = new DisposableStack();
      const hold = stack.use(parts.sandboxes.hold(call.req.param('sandboxId') ?? '', parseLifetime(call)));
      const response = await handle(call);
      // Streams of events keep their sandbox awake by what they tell of.
      if (!isDownload(response)) return response;
      stack.move();
      return holdWhileRead(response, () => hold[Symbol.dispose]());
    });
  }
  return app;
}

function createHandlers(parts: AppParts): Record<Operation, Handler> {
  const { sandboxes, executions, commands } = parts;
  const sandboxId = (call: Call): string => parseParameter(sandboxIdSchema, call, 'sandboxId');
  const executionId = (call: Call): string => parseParameter(executionIdSchema, call, 'executionId');
  const findContext = async (call: Call) =>
    (await sandboxes.find(sandboxId(call))).getContext(call.req.param('contextId') ?? '');
  return {
    createExecution: async (call) => {
      const id = sandboxId(call);
      const request = await parseBody(executionRequestSchema, call);
      const after = parseAfter(call);
      return toExecutionResponse(call, await executions.start(id, request), after);
    },
    readEvents: async (call) => {
      const execution = await executions.find(sandboxId(call), executionId(call));
      return toExecutionResponse(call, execution, parseAfter(call));
    },
    cancelExecution: async (call) => {
      const id = executionId(call);
      return call.json({ interrupted: await executions.cancel(sandboxId(call), id), executionId: id });
    },
    createContext: async (call) => {
      const id = sandboxId(call);
      const request = await parseBody(contextRequestSchema, call);
      const context = await sandboxes.use(id, (sandbox) => sandbox.createContext(request));
      return call.json(context.info, 201);
    },
    listContexts: async (call) => {
      const sandbox = await sandboxes.find(sandboxId(call)).catch(noneIfNotFound);
      return call.json({ contexts: sandbox?.listContexts() ?? [] });
    },
    getContext: async (call) => call.json((await findContext(call)).info),
    deleteContext: async (call) => {
      const sandbox = await sandboxes.find(sandboxId(call));
      await sandbox.deleteContext(call.req.param('contextId') ?? '');
      return call.body(null, 204);
    },
    interruptContext: async (call) => call.json((await findContext(call)).interrupt()),
    restartContext: async (call) => {
      const context = await findContext(call);
      await context.restart();
      return call.json(context.info);
    },
    ...createSandboxHandlers(parts),
    ...createCommandHandlers(commands, sandboxes),
    ...createFileHandlers(sandboxes),
    ...createInfoHandlers(parts),
  };
}

function createInfoHandlers({
  sandboxes,
  metrics,
  isClosing,
}: AppParts): Record<'health' | 'metrics' | 'openapi', Handler> {
  const startedAt = performance.now();
  const openApi = toOpenApi(version);
  return {
    health: (call) =>
      call.json({
        status: isClosing() ? 'closing' : 'ok',
        version,
        backend: 'namespaces',
        languages,
        sandboxes: sandboxes.size,
        uptimeMs: Math.round(performance.now() - startedAt),
      }),
    metrics: async (call) => {
      const contexts = (await sandboxes.list()).flatMap((sandbox) => sandbox.listContexts());
      const gauges = {
        sandboxes: sandboxes.size,
        contexts: contexts.length,
        running: contexts.filter(({ status }) => status === 'busy').length,
        queued: contexts.reduce((sum, { queued }) => sum + queued, 0),
        uptimeSeconds: Math.round(performance.now() - startedAt) / 1000,
      };
      return call.text(metrics.render(gauges), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    },
    openapi: (call) => call.json(openApi),
  };
}

function toExecutionResponse(call: Call, execution: Execution, after: number): Response {
  return toStreamResponse(call, execution.openFeed(after), {
    'Quicksand-Execution-Id': execution.id,
    'Quicksand-Context': encodeURIComponent(JSON.stringify(execution.context.info)),
  });
}

/** What would run, or be read, although nobody gets it. */
function isStream({ response }: Route): boolean {
  return response === 'text/event-stream' || response === 'application/x-tar';
}

function assertToken(call: Call, token: string | undefined): void {
  if (token === undefined) return;
  // The name of the scheme may be written in any case (RFC 9110, section 11.1).
  const [, text = ''] = /^bearer +(.+)$/i.exec(call.req.header('Authorization') ?? '') ?? [];
  const given = Buffer.from(text);
  const expected = Buffer.from(token);
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new SandboxError('unauthorized', {
    message: given.length === 0 ? 'this host asks for a token' : 'the token is not the one of this host',
    hint: 'give it as the option `token` of getSandbox, as QUICKSAND_TOKEN to quicksand, over HTTP as "Authorization: Bearer <token>"; `quicksand serve` prints it when it starts',
  });
}

function toErrorResponse(error: unknown, log: Log): Response {
  if (SandboxError.is(error)) {
    const { status, details } = error;
    const headers = {
      ...(error.retryable && status !== 502 && { 'Retry-After': '1' }),
      // From where on there is nothing (RFC 9110, section 15.5.17).
      ...(error.code === 'range_not_satisfiable' &&
        details?.['size'] !== undefined && { 'Content-Range': `bytes */${String(details['size'])}` }),
    };
    return Response.json(error.toBody(), { status, headers });
  }
  // Message and stack of an internal error never leave the host.
  log('error', 'internal error', { error: error instanceof Error ? error.stack : String(error) });
  const internal = new SandboxError('internal', {
    message: 'the host failed in a way it did not expect',
    hint: 'the host has logged why',
  });
  return Response.json(internal.toBody(), { status: internal.status });
}

function noneIfNotFound(error: unknown): undefined {
  if (SandboxError.is(error) && error.code === 'sandbox_not_found') return undefined;
  throw error;
}

function notFound(method: string, path: string): SandboxError {
  return new SandboxError('route_not_found', {
    message: `there is no ${method} ${path}`,
    hint: '/openapi.json lists every route',
  });
}

function methodNotAllowed(method: string, path: string): SandboxError {
  return new SandboxError('method_not_allowed', {
    message: `${method} is not possible on ${path}`,
    hint: '/openapi.json lists every route',
  });
}
