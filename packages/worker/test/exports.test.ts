import { expect, test } from 'vitest';

interface Exports {
  proxyToSandbox(request: Request, env: object): Promise<Response | null>;
  proxyTerminal(): Promise<Response>;
  ContainerProxy: { prototype: { fetch(): Promise<Response> } };
}

// The compiler does not follow this name: the package is compiled with the types of the runtime, and tests are not.
const entry = '../src/index.ts';
const worker = (await import(entry)) as Exports;

test('exports', () => {
  expect(Object.keys(worker).sort()).toEqual([
    'ContainerProxy',
    'Sandbox',
    'SandboxError',
    'asyncIterableToSSEStream',
    'collectFile',
    'getSandbox',
    'isExecResult',
    'isProcess',
    'isProcessStatus',
    'parseSSEStream',
    'proxyTerminal',
    'proxyToSandbox',
    'responseToAsyncIterable',
    'streamFile',
  ]);
});

test('what is there to be imported alone says so when it is asked', async () => {
  expect(await worker.proxyToSandbox(new Request('http://8080-a-token.example/'), {})).toBeNull();
  await expect(worker.proxyTerminal()).rejects.toMatchObject({ code: 'unsupported' });
  const answer = await worker.ContainerProxy.prototype.fetch();
  expect([answer.status, await answer.json()]).toMatchObject([501, { error: { code: 'unsupported' } }]);
});
