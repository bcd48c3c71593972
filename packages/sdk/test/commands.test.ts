import { expect, test, vi } from 'vitest';
import { getSandbox } from '../src/index.ts';
import { openScriptedServer, reset, sendAndReset, sendEvents, sendJson } from './scripted-server.ts';

const timestamp = '2026-01-01T00:00:00.000Z';
const started = { type: 'start', timestamp, command: 'x', pid: 7 };
const written = { type: 'stdout', timestamp, data: 'a' };
const completed = { type: 'complete', timestamp, exitCode: 0, duration: 5 };
const running = { id: 'p', command: 'x', status: 'running', startTime: timestamp };
const exited = { type: 'exit', timestamp, data: '', processId: 'p', exitCode: 4 };
const log = (data: string) => ({ type: 'stdout', timestamp, data, processId: 'p' });

test('every option of exec reaches the host, and what was lost before its answer is repeated under the same id', async () => {
  await using server = await openScriptedServer({ POST: [reset, sendEvents([started, written, completed])] });
  const options = { cwd: '/tmp', env: { A: '1', B: undefined }, timeout: 5, stdin: 'in', encoding: 'utf8' };
  const result = await getSandbox(server.url, 'a').exec(['x', 'y'], options);
  expect(result).toEqual({
    success: true,
    exitCode: 0,
    stdout: 'a',
    stderr: '',
    command: 'x',
    duration: 5,
    timestamp,
  });
  const [first, second] = server.arrivals.map(({ path, body }) => ({ path, body: body as object }));
  expect(first).toEqual({
    path: '/v1/sandboxes/a/commands',
    body: {
      command: ['x', 'y'],
      cwd: '/tmp',
      env: { A: '1' },
      timeout: 5,
      stdin: 'in',
      commandId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      onDisconnect: { graceMs: 30_000 },
    },
  });
  expect(second).toEqual(first);
});

test('an option that there is not is refused, and nothing is sent; nor is anything by a signal that has already aborted', async () => {
  await using server = await openScriptedServer({});
  const sandbox = getSandbox(server.url, 'a');
  const options = { timeOut: 5 } as object;
  const signal = AbortSignal.abort('no');
  for (const refused of [
    sandbox.exec('x', options),
    sandbox.execStream('x', options),
    sandbox.startProcess('x', options),
    sandbox.streamProcessLogs('x', options),
  ])
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', details: { option: 'timeOut' } });
  const others = [sandbox.exec('x', { onExit() {} } as object), sandbox.startProcess('x', { signal } as object)];
  for (const refused of others) await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
  const onError = vi.fn<() => void>();
  await expect(sandbox.exec('x', { signal, onError })).rejects.toBe('no');
  await expect(sandbox.execStream('x', { signal })).rejects.toBe('no');
  expect(onError).toHaveBeenCalledOnce();
  expect(server.arrivals).toEqual([]);
});

test('an id that is none is refused, and nothing is sent', async () => {
  await using server = await openScriptedServer({});
  const sandbox = getSandbox(server.url, 'a');
  for (const id of [undefined, null, 5, '', '.', '..', 'half of a pair \ud800'] as string[])
    for (const refused of [
      sandbox.getProcess(id),
      sandbox.killProcess(id),
      sandbox.getProcessLogs(id),
      sandbox.streamProcessLogs(id),
      sandbox.killCommand(id),
      sandbox.deleteCodeContext(id),
    ])
      await expect(refused, String(id)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(server.arrivals).toEqual([]);
});

test('a command that the host ended rejects with what it had written', async () => {
  const events = [started, written, { type: 'error', timestamp, ename: 'Quicksand.HostClosing', error: 'it closed' }];
  await using server = await openScriptedServer({
    POST: sendEvents([...events, { ...completed, exitCode: 143, signal: 'SIGTERM' }]),
  });
  await expect(getSandbox(server.url, 'a').exec('x')).rejects.toMatchObject({
    code: 'command_stopped',
    message: 'it closed',
    details: { ename: 'Quicksand.HostClosing', stdout: 'a', exitCode: 143 },
  });
});

test('the events of a process begin with whatever is held, and are resumed behind the last that was seen', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, running),
    GET: [sendAndReset([log('b')], 17), sendEvents([log('c'), exited], { from: 18 })],
  });
  const seen: string[] = [];
  const ended = new Promise((resolve) => {
    void getSandbox(server.url, 'a').startProcess('x', {
      processId: 'p',
      onOutput: (_, data) => seen.push(data),
      onExit: resolve,
    });
  });
  expect(await ended).toBe(4);
  expect(seen).toEqual(['b', 'c']);
  const resumes = server.arrivals.filter(({ method }) => method === 'GET');
  expect(resumes.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '17']);
});

test('a process whose events are lost for good says so: onError, and onExit with null', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, running),
    GET: sendJson(404, { error: { code: 'process_not_found', message: 'none' } }),
  });
  const told: unknown[] = [];
  const ended = new Promise((resolve) => {
    void getSandbox(server.url, 'a').startProcess('x', { onError: (error) => told.push(error), onExit: resolve });
  });
  expect(await ended).toBeNull();
  expect(told).toMatchObject([{ code: 'process_not_found' }]);
});

test('what a callback of a process throws goes to onError, and nothing is called any more', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, running),
    GET: sendEvents([log('a'), log('b'), exited], { from: 1 }),
  });
  const calls: string[] = [];
  const mistake = new Error('a mistake');
  const told = new Promise((resolve) => {
    void getSandbox(server.url, 'a').startProcess('x', {
      onOutput: (_, data) => {
        calls.push(data);
        throw mistake;
      },
      onExit: () => calls.push('exit'),
      onError: resolve,
    });
  });
  expect(await told).toBe(mistake);
  expect(calls).toEqual(['a']);
});

test('who waits for the end of a process that writes too fast misses output, and not the end', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, running),
    GET: [
      sendAndReset([log('a')], 5),
      sendJson(410, { error: { code: 'events_gone', message: 'gone' } }),
      sendEvents([log('z'), exited], { from: 900 }),
    ],
  });
  const process = await getSandbox(server.url, 'a').startProcess('x');
  expect(await process.waitForExit(60_000)).toEqual({ exitCode: 4 });
  const resumes = server.arrivals.filter(({ method }) => method === 'GET');
  expect(resumes.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '5', undefined]);
});

test('a connection that fails before a process tells anything is tried again', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, running),
    GET: [reset, sendEvents([log('a'), exited]), reset, sendEvents([log('a'), exited])],
  });
  const process = await getSandbox(server.url, 'a').startProcess('x');
  expect(await process.waitForExit(60_000)).toEqual({ exitCode: 4 });
  expect(await process.waitForLog('a', 60_000)).toEqual({ line: 'a' });
});

test('waitForPort asks on until the port is ready, with every option', async () => {
  await using server = await openScriptedServer({
    POST: sendJson(201, running),
    GET: [reset, sendJson(200, { ready: false, exited: false }), sendJson(200, { ready: true, exited: false })],
  });
  const process = await getSandbox(server.url, 'a').startProcess('x');
  await process.waitForPort(80, { mode: 'http', path: '/a?b', status: 204, interval: 7, timeout: 60_000 });
  const asked = server.arrivals.filter(({ method }) => method === 'GET').map(({ path }) => path);
  expect(asked).toHaveLength(3);
  expect(asked[0]).toBe(
    '/v1/sandboxes/a/processes/p/ports/80?mode=http&path=%2Fa%3Fb&statusMin=204&statusMax=204&interval=7&wait=20000',
  );
});

test('setEnvVars sends null for what is taken away', async () => {
  await using server = await openScriptedServer({ PATCH: sendJson(200, { envVars: { A: '1' } }) });
  await getSandbox(server.url, 'a').setEnvVars({ A: '1', B: undefined });
  expect(server.arrivals[0]).toMatchObject({
    path: '/v1/sandboxes/a/env',
    body: { envVars: { A: '1', B: null } },
  });
});

test('variables that are missing are sent as such, for the host to refuse', async () => {
  const refusal = { error: { code: 'invalid_request', message: 'envVars: …' } };
  await using server = await openScriptedServer({ PATCH: sendJson(400, refusal) });
  const sandbox = getSandbox(server.url, 'a');
  for (const missing of [undefined, null] as never[])
    await expect(sandbox.setEnvVars(missing)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(server.arrivals.map(({ body }) => body as object)).toEqual([{}, { envVars: null }]);
});

test.for(['5s', Number.NaN, -1, null])(
  'a wait for a time that is none (%j) is refused, and not said to have passed',
  async (time) => {
    await using server = await openScriptedServer({ POST: sendJson(201, running) });
    const process = await getSandbox(server.url, 'a').startProcess('x');
    const timeout = time as number;
    for (const wait of [
      process.waitForExit(timeout),
      process.waitForLog('a', timeout),
      process.waitForPort(80, { timeout }),
    ])
      await expect(wait).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('timeout'),
      });
    expect(server.arrivals).toHaveLength(1);
  },
);
