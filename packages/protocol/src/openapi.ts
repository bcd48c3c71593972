import { z } from 'zod';
import { commandEventSchema, processEventSchema } from './commands.ts';
import { lifetimeHeaders, lifetimeSchema } from './lifetime.ts';
import { errorBodySchema } from './responses.ts';
import { executionEventSchema } from './events.ts';
import { contextIdSchema, executionIdSchema, sandboxIdSchema } from './requests.ts';
import { type BinaryType, type Route, routes } from './routes.ts';

type Json = Record<string, unknown>;

const parameterSchemas: Record<string, z.ZodType> = {
  sandboxId: sandboxIdSchema,
  contextId: contextIdSchema,
  executionId: executionIdSchema,
  commandId: executionIdSchema,
  processId: executionIdSchema,
};

function toSchema(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as Json;
  return rest;
}

function toBinary(type: BinaryType): Json {
  return { [type]: { schema: { type: 'string', format: 'binary' } } };
}

function toContent({ response, events = 'ExecutionEvent' }: Route): Json | undefined {
  if (response === 'none') return undefined;
  if (response === 'application/json') return { 'application/json': { schema: { type: 'object' } } };
  if (response === 'text/plain') return { 'text/plain': { schema: { type: 'string' } } };
  if (response === 'application/octet-stream' || response === 'application/x-tar') return toBinary(response);
  if (response === 'text/event-stream') {
    return {
      'text/event-stream': {
        schema: { type: 'string', description: `Events, see #/components/schemas/${events}` },
      },
    };
  }
  return { 'application/json': { schema: toSchema(response) } };
}

function toParameters(route: Route): Json[] {
  const path = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: toSchema(parameterSchemas[name] ?? z.string()),
  }));
  const query = Object.entries(route.query ?? {}).map(([name, description]) => ({
    name,
    in: 'query',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  const isOfSandbox = path.some(({ name }) => name === 'sandboxId');
  const headers = Object.entries(isOfSandbox ? lifetimeHeaders : {}).map(([field, name]) => ({
    name,
    in: 'header',
    required: false,
    schema: toSchema(lifetimeSchema.shape[field as keyof typeof lifetimeHeaders]),
  }));
  return [...path, ...query, ...headers];
}

function toOperation(operationId: string, route: Route): Json {
  const content = toContent(route);
  const parameters = toParameters(route);
  return {
    operationId,
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: { required: true, content: { 'application/json': { schema: toSchema(route.body) } } },
    }),
    ...(route.upload && { requestBody: { required: true, content: toBinary(route.upload) } }),
    responses: {
      [route.status]: { description: route.status === 204 ? 'Done.' : 'Success.', ...(content && { content }) },
      default: {
        description: 'Anything else.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
    ...(route.open && { security: [] }),
  };
}

/** The OpenAPI 3.1 document of the HTTP protocol, generated from {@link routes} and the schemas. */
export function toOpenApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(operationId, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Quicksand',
      version,
      description: 'Runs untrusted code in isolated sandboxes and streams what it does.',
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Error: toSchema(errorBodySchema),
        ExecutionEvent: toSchema(executionEventSchema),
        CommandEvent: toSchema(commandEventSchema),
        ProcessEvent: toSchema(processEventSchema),
      },
    },
  };
}
