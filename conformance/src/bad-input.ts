import { type ErrorBody, type ErrorCode, errorBodySchema, requestLimits } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Sending } from './client.ts';
import type { Suite } from './suite.ts';

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  /** What the message must speak of. */
  readonly says: RegExp;
}

const invalid = (says: RegExp): Refusal => ({ status: 400, code: 'invalid_request', says });
const notJson: Refusal = { status: 400, code: 'invalid_json', says: /JSON/ };
const notFound = (code: ErrorCode): Refusal => ({ status: 404, code, says: /\w/ });

/** Bodies of `POST …/executions` that are refused. */
const executions: readonly (readonly [string, Sending, Refusal])[] = [
  ['no body', {}, invalid(/code/)],
  ['an empty object', { body: {} }, invalid(/code/)],
  ['empty code', { body: { code: '' } }, invalid(/code/)],
  ['code that is a number', { body: { code: 5 } }, invalid(/code/)],
  ['code that is null', { body: { code: null } }, invalid(/code/)],
  ['code that is an object', { body: { code: { text: '1' } } }, invalid(/code/)],
  [
    'code that is too long',
    { body: { code: '#'.repeat(requestLimits.codeBytes + 1) } },
    { status: 422, code: 'code_too_long', says: /1048576/ },
  ],
  [
    'code whose bytes are too many',
    { body: { code: `#${'é'.repeat(requestLimits.codeBytes / 2)}` } },
    { status: 422, code: 'code_too_long', says: /1048576/ },
  ],
  [
    'a body that is too long',
    { body: { code: '1', envVars: { A: 'x'.repeat(requestLimits.bodyBytes) } } },
    { status: 413, code: 'body_too_large', says: /8388608/ },
  ],
  ['half of a JSON object', { text: '{"code": "1"' }, notJson],
  ['text that is no JSON', { text: 'print(1)' }, notJson],
  ['a list', { text: '["1"]' }, invalid(/object/i)],
  ['a string', { text: '"1"' }, invalid(/object/i)],
  ['null', { text: 'null' }, invalid(/object/i)],
  ['an unknown language', { body: { code: '1', language: 'ruby' } }, invalid(/language.*python/)],
  ['a language that is a number', { body: { code: '1', language: 3 } }, invalid(/language/)],
  ['a context that is not there', { body: { code: '1', contextId: 'none' } }, notFound('context_not_found')],
  ['a context id of odd characters', { body: { code: '1', contextId: '../x' } }, invalid(/contextId/)],
  ['a context that is an object', { body: { code: '1', contextId: { id: 'x' } } }, invalid(/contextId/)],
  ['a negative timeout', { body: { code: '1', timeout: -1 } }, invalid(/timeout/)],
  ['a timeout of zero', { body: { code: '1', timeout: 0 } }, invalid(/timeout/)],
  ['half a millisecond', { body: { code: '1', timeout: 0.5 } }, invalid(/timeout/)],
  ['a timeout that is too large', { body: { code: '1', timeout: 3_600_001 } }, invalid(/timeout/)],
  ['a timeout that is far too large', { body: { code: '1', timeout: 1e308 } }, invalid(/timeout/)],
  ['a timeout that is text', { body: { code: '1', timeout: '1000' } }, invalid(/timeout/)],
  ['a timeout that is null', { body: { code: '1', timeout: null } }, invalid(/timeout/)],
  ['an unknown field', { body: { code: '1', timeOut: 5 } }, invalid(/timeOut/)],
  ['envVars that are a list', { body: { code: '1', envVars: ['A=1'] } }, invalid(/envVars/)],
  ['envVars with a number', { body: { code: '1', envVars: { A: 1 } } }, invalid(/envVars/)],
  ['envVars with an empty name', { body: { code: '1', envVars: { '': 'x' } } }, invalid(/envVars.*must not be empty/)],
  [
    'envVars with "=" in a name',
    { body: { code: '1', envVars: { 'A=B': 'x' } } },
    invalid(/envVars.*must not .*contain "="/),
  ],
  ['envVars with NUL', { body: { code: '1', envVars: { A: 'x\0y' } } }, invalid(/envVars/)],
  ['envVars with half a character', { body: { code: '1', envVars: { A: 'x\ud83d' } } }, invalid(/envVars.*whole/)],
  ['envVars named by half a character', { body: { code: '1', envVars: { 'x\ud83d': '' } } }, invalid(/envVars.*whole/)],
  ['an execution id of odd characters', { body: { code: '1', executionId: 'a/b' } }, invalid(/executionId/)],
  ['an execution id that is too long', { body: { code: '1', executionId: 'a'.repeat(65) } }, invalid(/executionId/)],
  ['an unknown onDisconnect', { body: { code: '1', onDisconnect: 'keep' } }, invalid(/onDisconnect.*"interrupt"/)],
  ['a negative grace', { body: { code: '1', onDisconnect: { graceMs: -1 } } }, invalid(/onDisconnect/)],
  ['a grace that is too long', { body: { code: '1', onDisconnect: { graceMs: 300_001 } } }, invalid(/onDisconnect/)],
];

/** Bodies of `POST …/contexts` that are refused. */
const contexts: readonly (readonly [string, Sending, Refusal])[] = [
  ['an unknown language', { body: { language: 'ruby' } }, invalid(/language/)],
  ['a relative cwd', { body: { cwd: 'data' } }, invalid(/cwd/)],
  ['an empty cwd', { body: { cwd: '' } }, invalid(/cwd/)],
  ['a cwd with NUL', { body: { cwd: '/a\0b' } }, invalid(/cwd/)],
  ['a cwd with half a character', { body: { cwd: '/tmp/\ud83d' } }, invalid(/cwd.*whole/)],
  ['envVars with half a character', { body: { envVars: { A: '\ud83d' } } }, invalid(/envVars.*whole/)],
  ['a cwd that is a number', { body: { cwd: 5 } }, invalid(/cwd/)],
  ['an unknown field', { body: { name: 'x' } }, invalid(/name/)],
  ['a list', { text: '[]' }, invalid(/object/i)],
  ['text that is no JSON', { text: '{' }, notJson],
  ['a cwd that is not there', { body: { cwd: '/no/such' } }, { status: 422, code: 'cwd_unusable', says: /no\/such/ }],
];

/** Sandbox ids that are refused, as they stand in the path. */
const ids = ['-a', 'a-', '.a', 'a..b', 'a%2Fb', 'a%20b', '%00', 'a'.repeat(64), '%F0%9F%98%80', 'a%0Ab', '_a'];

/** Requests that no route answers. */
const routes: readonly (readonly [string, string, Refusal])[] = [
  ['GET', '/', notFound('route_not_found')],
  ['GET', '/v1', notFound('route_not_found')],
  ['GET', '/v2/sandboxes', notFound('route_not_found')],
  ['POST', '/v1/sandboxes/x/nothing', notFound('route_not_found')],
  ['GET', '/v1/sandboxes/x/executions', { status: 405, code: 'method_not_allowed', says: /GET/ }],
  ['PUT', '/v1/sandboxes/x/executions', { status: 405, code: 'method_not_allowed', says: /PUT/ }],
  ['POST', '/v1/sandboxes', { status: 405, code: 'method_not_allowed', says: /POST/ }],
  ['PUT', '/v1/sandboxes/x', { status: 405, code: 'method_not_allowed', says: /PUT/ }],
  ['DELETE', '/v1/sandboxes/x/contexts', { status: 405, code: 'method_not_allowed', says: /DELETE/ }],
  ['GET', '/v1/sandboxes/x/contexts/none', notFound('sandbox_not_found')],
  ['DELETE', '/v1/sandboxes/x', notFound('sandbox_not_found')],
  ['DELETE', '/v1/sandboxes/x/contexts/none', notFound('sandbox_not_found')],
  ['POST', '/v1/sandboxes/x/contexts/none/restart', notFound('sandbox_not_found')],
  ['DELETE', '/v1/sandboxes/x/executions/none', notFound('execution_not_found')],
  ['DELETE', '/v1/sandboxes/x/executions/a%2Fb', invalid(/executionId/)],
];

export function describeBadInput(suite: Suite): void {
  const assertRefused = async (
    method: string,
    path: string,
    sending: Sending,
    { status, code, says }: Refusal,
  ): Promise<void> => {
    const answer = await suite.client.json<ErrorBody>(method, path, sending);
    expect(errorBodySchema.parse(answer.body).error).toMatchObject({ code, hint: expect.stringMatching(/\w{3}/) });
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toMatch(says);
    expect(answer.body.error.message).not.toMatch(/node_modules|\.ts:|\bat \w+ \(/);
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/);
  };

  suite.topic('bad input', () => {
    for (const [topic, path, table] of [
      ['an execution', 'executions', executions],
      ['a context', 'contexts', contexts],
    ] as const) {
      test.concurrent.for(table)(
        `${topic} with %s is refused, in a sandbox that is not there and in one that is`,
        async ([, sending, refusal]) => {
          const [fresh, used] = [suite.box(), suite.box()];
          await assertRefused('POST', `${fresh.path}/${path}`, sending, refusal);
          expect(await fresh.contexts()).toEqual([]);
          expect(await suite.runningSandboxes()).not.toContain(fresh.id);
          await used.run('x = 1');
          const before = await used.contexts();
          await assertRefused('POST', `${used.path}/${path}`, sending, refusal);
          expect((await used.contexts()).map(({ id, executionCount }) => [id, executionCount])).toEqual(
            before.map(({ id, executionCount }) => [id, executionCount]),
          );
          const next = await used.run('x');
          expect(next.order).toEqual(['result 1']);
          expect(next.end.execution_count).toBe(2);
        },
      );
    }

    test.concurrent('a context of another language is refused', async () => {
      const box = suite.box();
      const { id: contextId } = await box.createContext();
      await assertRefused(
        'POST',
        `${box.path}/executions`,
        { body: { code: '1', contextId, language: 'typescript' } },
        { status: 422, code: 'language_mismatch', says: /python.*typescript/ },
      );
      expect((await box.run('1', { contextId, language: 'python' })).end.outcome).toBe('ok');
    });

    test.concurrent('a context of another sandbox is not found', async () => {
      const [a, b] = [suite.box(), suite.box()];
      const { id: contextId } = await a.createContext();
      await b.run('1');
      await assertRefused(
        'POST',
        `${b.path}/executions`,
        { body: { code: '1', contextId } },
        notFound('context_not_found'),
      );
    });

    test.concurrent.for(ids)('the sandbox id %j is refused', async (id) => {
      await assertRefused('POST', `/v1/sandboxes/${id}/executions`, { body: { code: '1' } }, invalid(/sandboxId/));
    });

    test.concurrent.for(['a', 'A.b_c-9', `a${'-'.repeat(61)}b`, '0'])('the sandbox id %j is taken', async (id) => {
      const { status } = await suite.client.json('GET', `/v1/sandboxes/${id}/contexts`);
      expect(status).toBe(200);
    });

    test.concurrent('an id that is broken percent-encoding is refused', async () => {
      const { status, body } = await suite.client.json<ErrorBody>('GET', '/v1/sandboxes/%E0%A4%A/contexts');
      expect([400, 404]).toContain(status);
      expect(body.error.code).toMatch(/^(invalid_request|route_not_found)$/);
    });

    test.concurrent.for(routes)('%s %s', async ([method, path, refusal]) => {
      await assertRefused(method, path, {}, refusal);
    });

    test.concurrent('the largest code that is allowed runs', async () => {
      const code = `print(1)${'#'.repeat(requestLimits.codeBytes - 8)}`;
      expect((await suite.box().run(code)).stdout).toBe('1\n');
    });

    test.concurrent('health and the description need no token, and say what they should', async () => {
      const health = await suite.client.json('GET', '/health', { token: null });
      expect(health).toMatchObject({
        status: 200,
        body: { status: 'ok', backend: 'namespaces', languages: ['python', 'javascript', 'typescript'] },
      });
      const openapi = await suite.client.json<{ openapi: string; paths: object }>('GET', '/openapi.json', {
        token: null,
      });
      expect(openapi.body.openapi).toMatch(/^3\.1/);
      expect(Object.keys(openapi.body.paths)).toContain('/v1/sandboxes/{sandboxId}/executions');
    });

    test.concurrent('a missing or wrong token is refused where the target has one', async () => {
      if (suite.target.token === undefined) return;
      const box = suite.box();
      for (const token of [null, 'wrong', `${suite.target.token}x`, suite.target.token.slice(1)]) {
        const refusal: Refusal = { status: 401, code: 'unauthorized', says: /token/ };
        await assertRefused('POST', `${box.path}/executions`, { body: { code: '1' }, token }, refusal);
        await assertRefused('GET', '/v1/sandboxes', { token }, refusal);
        await assertRefused('DELETE', box.path, { token }, refusal);
      }
      const lower = { Authorization: `bearer ${suite.target.token}` };
      expect((await suite.client.send('GET', '/v1/sandboxes', { token: null, headers: lower })).status).toBe(200);
      expect(await suite.runningSandboxes()).not.toContain(box.id);
    });
  });
}
