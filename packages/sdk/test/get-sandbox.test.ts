import { expect, test } from 'vitest';
import * as sdk from '../src/index.ts';
import { type SandboxOptions, type SandboxTarget, getSandbox } from '../src/index.ts';
import { openScriptedServer, sendJson } from './scripted-server.ts';

const empty = sendJson(200, { contexts: [] });

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A Fetcher that notes the URLs of its requests. */
function createFetcher(): { urls: string[]; fetch(request: Request): Promise<Response> } {
  return {
    urls: [],
    // It needs its `this`, as stubs and hosts do.
    async fetch(request) {
      this.urls.push(request.url);
      return Response.json({ contexts: [] });
    },
  };
}

test('exports', () => {
  expect(Object.keys(sdk).sort()).toEqual([
    'SandboxError',
    'asyncIterableToSSEStream',
    'collectFile',
    'getSandbox',
    'isExecResult',
    'isProcess',
    'isProcessStatus',
    'parseSSEStream',
    'responseToAsyncIterable',
    'streamFile',
  ]);
});

test('a URL, with and without a path, as text and as URL', async () => {
  await using server = await openScriptedServer({ GET: empty });
  for (const target of [server.url, `${server.url}/`, new URL(server.url), `${server.url}/under/`])
    await getSandbox(target, 'a').listCodeContexts();
  expect(server.arrivals.map(({ path }) => path)).toEqual([
    ...Array<string>(3).fill('/v1/sandboxes/a/contexts'),
    '/under/v1/sandboxes/a/contexts',
  ]);
});

test('a Fetcher, called as a method', async () => {
  const fetcher = createFetcher();
  await getSandbox(fetcher, 'a').listCodeContexts();
  expect(fetcher.urls).toEqual(['http://sandbox/v1/sandboxes/a/contexts']);
});

test('a Durable Object namespace: the object of the id, a new stub for each request', async () => {
  const asked: unknown[] = [];
  const fetcher = createFetcher();
  const namespace = {
    idFromName: (name: string) => ({ name }),
    get(id: object) {
      asked.push(id);
      return fetcher;
    },
  };
  const sandbox = getSandbox(namespace, 'My.Id', { normalizeId: true });
  expect(asked).toEqual([]);
  await sandbox.listCodeContexts();
  await sandbox.listCodeContexts();
  expect(asked).toEqual([{ name: 'my.id' }, { name: 'my.id' }]);
  expect(fetcher.urls[0]).toBe('http://sandbox/v1/sandboxes/my.id/contexts');
});

test('a stub that answers to every name is a Fetcher, not a namespace', async () => {
  const fetcher = createFetcher();
  const stub = new Proxy(fetcher, { get: (target, name) => Reflect.get(target, name) ?? (() => {}) });
  await getSandbox(stub, 'a').listCodeContexts();
  expect(fetcher.urls).toHaveLength(1);
});

test('a Fetcher that throws or rejects is connection_failed with the cause', async () => {
  const cause = new Error('broken stub');
  const fetchers = [
    () => {
      throw cause;
    },
    () => Promise.reject(cause),
  ];
  for (const fetch of fetchers) {
    await expect(getSandbox({ fetch }, 'a').listCodeContexts()).rejects.toMatchObject({
      code: 'connection_failed',
      cause,
    });
  }
});

test('the options token and fetch', async () => {
  const seen: Request[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    seen.push(request);
    return Response.json({ contexts: [] });
  };
  await getSandbox('http://host.example', 'a', { token: 't', fetch }).listCodeContexts();
  expect([seen[0]?.url, seen[0]?.headers.get('Authorization')]).toEqual([
    'http://host.example/v1/sandboxes/a/contexts',
    'Bearer t',
  ]);
});

test('options that would have no effect are refused by name; defaults and undefined are not', () => {
  const refused: [string, unknown][] = [
    ['containerTimeouts', { portReadyTimeoutMS: 1 }],
    ['transport', 'rpc'],
    ['labels', { a: 'b' }],
    ['tokn', 'x'],
  ];
  for (const [name, value] of refused) {
    const error = thrown(() => getSandbox('http://a', 'a', { [name]: value } as SandboxOptions));
    expect(error).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(name),
      details: { option: name },
    });
  }
  const sandbox = getSandbox('http://a', 'A-b', {
    keepAlive: false,
    transport: 'http',
    enableDefaultSession: false,
    ...({ sleepAfter: undefined } as object),
  });
  expect(sandbox.id).toBe('A-b');
});

test('the hint of an unknown option offers none that is refused whatever its value', async () => {
  const sandbox = getSandbox('http://127.0.0.1:9', 'a');
  const unknown = { no: 1 } as object;
  const errors = [
    thrown(() => getSandbox('http://127.0.0.1:9', 'a', unknown)),
    ...(await Promise.all(
      [sandbox.exec('true', unknown), sandbox.mkdir('a', unknown), sandbox.readFileStream('a', unknown)].map((call) =>
        call.catch((error: unknown) => error),
      ),
    )),
  ];
  const hints = errors.map((error) => (error as sdk.SandboxError).hint);
  expect(hints).toEqual([
    expect.stringMatching(/^it has: normalizeId, sleepAfter, .*, fetch$/),
    expect.stringMatching(/^it has: timeout, env, cwd, /),
    'it has: recursive',
    'leave it out: it has none',
  ]);
  expect(hints.join()).not.toMatch(/sessionId|bufferSize|labels|containerTimeouts/);
});

test('a lifetime goes with every request, and is checked at once', async () => {
  const seen: (string | null)[][] = [];
  const fetch = async ({ headers }: Request): Promise<Response> => {
    seen.push(['Quicksand-Sleep-After', 'Quicksand-Keep-Alive'].map((name) => headers.get(name)));
    return Response.json({ contexts: [] });
  };
  const open = (options: SandboxOptions) => getSandbox('http://host.example', 'a', { ...options, fetch });
  await open({}).listCodeContexts();
  await open({ sleepAfter: '90m', keepAlive: false }).listCodeContexts();
  const sandbox = open({ sleepAfter: 1.5, keepAlive: true });
  await sandbox.listCodeContexts();
  await sandbox.setSleepAfter('2h');
  await sandbox.setKeepAlive(false);
  expect(seen).toEqual([
    [null, null],
    ['5400000', 'false'],
    ['1500', 'true'],
    ['7200000', 'true'],
    ['7200000', 'false'],
  ]);
  for (const value of ['10', '1d', '', 'soon', 0, -1, Number.NaN, 1e9, null] as (string | number)[]) {
    expect(thrown(() => open({ sleepAfter: value }))).toMatchObject({ code: 'invalid_request' });
    await expect(sandbox.setSleepAfter(value)).rejects.toMatchObject({ code: 'invalid_request' });
  }
  expect(thrown(() => open({ keepAlive: 'yes' as never }))).toMatchObject({ code: 'invalid_request' });
  expect(seen).toHaveLength(5);
});

test('ids and targets that cannot be any are refused at once', () => {
  for (const id of ['', '-a', 'a..b', 'a/b', 'x'.repeat(64), undefined as unknown as string]) {
    expect(
      thrown(() => getSandbox('http://a', id)),
      String(id),
    ).toMatchObject({ code: 'invalid_request', hint: expect.any(String) });
  }
  const targets = [
    'nonsense',
    'ftp://a',
    'http://user:secret@a',
    'http://a?b=c',
    undefined,
    null,
    {},
    7,
  ] as SandboxTarget[];
  for (const target of targets) {
    const error = thrown(() => getSandbox(target, 'a')) as Error;
    expect(error, String(target)).toMatchObject({ code: 'invalid_request', hint: expect.any(String) });
    expect(error.message).not.toContain('secret');
  }
  expect(thrown(() => getSandbox('http://a', 'a', { token: 'se\ncret' }))).toMatchObject({
    code: 'invalid_request',
    message: expect.not.stringContaining('cret\n'),
  });
  expect(thrown(() => getSandbox(createFetcher(), 'a', { fetch }))).toMatchObject({ code: 'invalid_request' });
});

test('what is missing rejects by name, with what to do instead', async () => {
  const sandbox = getSandbox('http://a', 'a');
  await expect(sandbox.exposePort('ls')).rejects.toMatchObject({
    code: 'unsupported',
    message: 'sandbox.exposePort is not supported yet',
    hint: expect.stringContaining('no network'),
  });
  await expect(sandbox.tunnels.get(8080)).rejects.toMatchObject({
    code: 'unsupported',
    message: 'sandbox.tunnels.get is not supported yet',
  });
  await expect(sandbox.tunnels.list()).rejects.toMatchObject({ code: 'unsupported' });
  await expect(sandbox.watch('/a')).rejects.toMatchObject({ code: 'unsupported' });
});

test('a sandbox may be awaited, and its methods taken off it', async () => {
  await using server = await openScriptedServer({ GET: empty });
  const { listCodeContexts } = await Promise.resolve(getSandbox(server.url, 'a'));
  expect(await listCodeContexts()).toEqual([]);
});
