import { expect, test } from 'vitest';
import {
  SandboxError,
  type Route,
  commandRequestSchema,
  contextRequestSchema,
  envChangesSchema,
  errorCodes,
  executionRequestSchema,
  routePath,
  routes,
  sandboxIdSchema,
  toOpenApi,
} from '../src/index.ts';

test.each(['a', 'A9', 'my-sandbox', 'a.b_c-d', 'x'.repeat(63)])('takes the sandbox id %s', (id) => {
  expect(sandboxIdSchema.safeParse(id).success).toBe(true);
});
test.each(['', '-a', 'a-', '.a', 'a..b', 'a/b', 'a b', 'ä', 'x'.repeat(64), 'a\n'])(
  'refuses the sandbox id %j',
  (id) => {
    expect(sandboxIdSchema.safeParse(id).success).toBe(false);
  },
);

test.each([
  {},
  { code: '' },
  { code: 1 },
  { code: 'x', timeout: 0 },
  { code: 'x', timeout: -1 },
  { code: 'x', timeout: 1.5 },
  { code: 'x', language: 'ruby' },
  { code: 'x', envVars: { 'A=B': '1' } },
  { code: 'x', envVars: { A: 1 } },
  { code: 'x', envVars: { A: 'a\0b' } },
  { code: 'x', executionId: '../x' },
  { code: 'x', onDisconnect: 'keep' },
  { code: 'x', tiemout: 5 },
])('refuses the execution %j', (body) => {
  expect(executionRequestSchema.safeParse(body).success).toBe(false);
});
test.each([{ cwd: 'relative' }, { cwd: '' }, { cwd: '/a\0b' }, { language: 'perl' }])(
  'refuses the context %j',
  (body) => {
    expect(contextRequestSchema.safeParse(body).success).toBe(false);
  },
);

test('a variable whose name no object has is refused by name wherever variables are', () => {
  const envVars = JSON.parse('{"A": "a", "__proto__": "b"}') as object;
  const bodies = [
    [executionRequestSchema, { code: 'x', envVars }],
    [contextRequestSchema, { envVars }],
    [commandRequestSchema, { command: 'x', env: envVars }],
    [envChangesSchema, { envVars }],
  ] as const;
  for (const [schema, body] of bodies) {
    const { issues } = schema.safeParse(body).error ?? { issues: [] };
    expect(issues.map(({ path }) => path.at(-1))).toEqual(['__proto__']);
  }
});

test('an error crosses as a body and comes back the same, without its stack', () => {
  const error = new SandboxError('context_not_found', {
    message: 'no context c1',
    hint: 'list them',
    details: { id: 'c1' },
  });
  const body = JSON.parse(JSON.stringify(error.toBody())) as unknown;
  expect(JSON.stringify(body)).not.toContain('at ');
  const back = SandboxError.fromBody(body);
  expect(back).toMatchObject({
    code: 'context_not_found',
    message: 'no context c1',
    hint: 'list them',
    details: { id: 'c1' },
    status: 404,
  });
  expect(SandboxError.is(back)).toBe(true);
  expect(SandboxError.is(new Error('x'))).toBe(false);
  expect(SandboxError.fromBody({ error: { code: 'made_up', message: 'x' } })).toBeUndefined();
});

test('statuses of the table are HTTP errors', () => {
  for (const { status } of Object.values(errorCodes)) expect(status).toBeGreaterThanOrEqual(400);
});

test('a path has its parameters encoded, and a missing one is refused', () => {
  expect(routePath('getContext', { sandboxId: 'a', contextId: 'b/c' })).toBe('/v1/sandboxes/a/contexts/b%2Fc');
  expect(() => routePath('getContext', { sandboxId: 'a' })).toThrow('contextId');
});

test('the OpenAPI document names every route and resolves', () => {
  const document = JSON.parse(JSON.stringify(toOpenApi('1.0.0'))) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  for (const [operationId, route] of Object.entries<Route>(routes)) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    expect(document.paths[path]?.[route.method.toLowerCase()]?.operationId).toBe(operationId);
  }
  expect(JSON.stringify(document)).toContain('execution_complete');
});
