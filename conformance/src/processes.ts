import { setImmediate } from 'node:timers/promises';
import type { ProcessInfo } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Box } from './box.ts';
import { type CommandReader, openReader, openShellGate, startCommand, waitAtShellGate } from './command-run.ts';
import type { Suite } from './suite.ts';

const server = ['python3', '-u', '-m', 'http.server'];

export function describeProcesses(suite: Suite): void {
  const start = (box: Box, command: string | string[], fields: object = {}): Promise<ProcessInfo> =>
    suite.client.call('startProcess', { sandboxId: box.id }, { command, ...fields });
  const get = (box: Box, processId: string): Promise<ProcessInfo> =>
    suite.client.call('getProcess', { sandboxId: box.id, processId });
  const kill = (box: Box, processId: string, query = ''): Promise<{ body: ProcessInfo }> =>
    suite.client.json('DELETE', `${box.path}/processes/${processId}${query}`);
  const events = async (box: Box, processId: string, query = ''): Promise<CommandReader> =>
    openReader(await suite.client.send('GET', `${box.path}/processes/${processId}/events${query}`));
  const port = async (box: Box, processId: string, rest: string): Promise<object> =>
    (await suite.client.json('GET', `${box.path}/processes/${processId}/ports/${rest}`)).body;

  suite.topic('processes', () => {
    test.concurrent('a process lives on, is listed, and its end is told', async () => {
      const box = suite.box();
      const started = await start(box, `echo here; ${waitAtShellGate}; exit 3`, { processId: 'p' });
      expect(started).toMatchObject({ id: 'p', status: 'running', pid: expect.any(Number) });
      await (await events(box, 'p')).until('here');
      const { processes } = await suite.client.call<{ processes: ProcessInfo[] }>('listProcesses', {
        sandboxId: box.id,
      });
      expect(processes).toEqual([started]);
      await openShellGate(suite.client, box);
      expect((await (await events(box, 'p')).rest()).end).toMatchObject({ type: 'exit', exitCode: 3 });
      expect(await get(box, 'p')).toMatchObject({ status: 'failed', exitCode: 3, endTime: expect.any(String) });
      const logs = await suite.client.call('getProcessLogs', { sandboxId: box.id, processId: 'p' });
      expect(logs).toEqual({ processId: 'p', stdout: 'here\n', stderr: '', truncated: false });
    });

    test.concurrent('its pid is the one inside, and its environment and folder are the asked ones', async () => {
      const box = suite.box();
      const { pid } = await start(box, 'echo $$ $A $PWD', { processId: 'p', env: { A: '1' }, cwd: '/tmp' });
      expect((await (await events(box, 'p')).rest()).stdout).toBe(`${pid} 1 /tmp\n`);
    });

    test.concurrent('a process that is killed has ended, with all that it started', async () => {
      const box = suite.box();
      await start(box, `trap '' TERM; (setsid sleep 1071 &); echo here; sleep 1071`, { processId: 'p' });
      await (await events(box, 'p')).until('here');
      expect((await kill(box, 'p')).body).toMatchObject({ status: 'killed', signal: 'SIGKILL' });
      const { stdout } = await (await startCommand(suite.client, box, 'pgrep -fc "sleep 107[1]" || true')).rest();
      expect(stdout.trim()).toBe('0');
      expect((await (await events(box, 'p')).rest()).ename).toBeUndefined();
    });

    test.concurrent('a signal is sent as it is asked for', async () => {
      const box = suite.box();
      await start(box, `trap 'echo usr; exit 0' USR1; echo here; while :; do sleep 0.02; done`, { processId: 'p' });
      const stream = await (await events(box, 'p')).until('here');
      expect((await kill(box, 'p', '?signal=SIGUSR1')).body).toMatchObject({ id: 'p' });
      const ended = await stream.rest();
      expect([ended.stdout, ended.end.exitCode]).toEqual(['here\nusr\n', 0]);
      expect((await suite.client.json('DELETE', `${box.path}/processes/p?signal=9`)).status).toBe(400);
    });

    test.concurrent('killing all, and forgetting those that have ended', async () => {
      const box = suite.box();
      for (const processId of ['a', 'b']) await start(box, 'sleep 1072', { processId });
      const sandboxId = box.id;
      expect(await suite.client.call('killProcesses', { sandboxId })).toEqual({ count: 2 });
      expect(await get(box, 'a')).toMatchObject({ status: 'killed' });
      expect(await suite.client.call('killProcesses', { sandboxId })).toEqual({ count: 0 });
      expect(await suite.client.call('cleanProcesses', { sandboxId })).toEqual({ count: 2 });
      await expect(get(box, 'a')).rejects.toMatchObject({ code: 'process_not_found' });
    });

    test.concurrent('a timeout ends it and is told', async () => {
      const box = suite.box();
      await start(box, 'sleep 1073', { processId: 'p', timeout: 100 });
      const ended = await (await events(box, 'p')).rest();
      expect([ended.ename, ended.end.signal]).toEqual(['Quicksand.Timeout', 'SIGTERM']);
      expect(await get(box, 'p')).toMatchObject({ status: 'killed' });
    });

    test.concurrent('its log resumes after an event (R7), and keeps the newest of much output without holding it up', async () => {
      const box = suite.box();
      await start(box, `seq 1 1000000; echo end; ${waitAtShellGate}`, { processId: 'p' });
      const stream = await events(box, 'p');
      await stream.until('end\n');
      const logs = await suite.client.call<{ stdout: string; truncated: boolean }>('getProcessLogs', {
        sandboxId: box.id,
        processId: 'p',
      });
      expect(logs.truncated).toBe(true);
      expect(logs.stdout.endsWith('999999\n1000000\nend\n')).toBe(true);
      expect(logs.stdout.length).toBeLessThan(5_000_000);
      const gone = await suite.client.json('GET', `${box.path}/processes/p/events?after=0`);
      expect([gone.status, gone.body]).toMatchObject([410, { error: { code: 'events_gone' } }]);
      await openShellGate(suite.client, box);
      const rest = await openReader(
        await suite.client.send('GET', `${box.path}/processes/p/events?after=${stream.lastId}`),
        stream.lastId,
      );
      expect((await rest.rest()).events.map(({ type }) => type)).toEqual(['exit']);
    });

    test.concurrent('a port: not yet, then open, then answering; never after the end', async () => {
      const box = suite.box();
      await start(box, `${waitAtShellGate}; exec ${server.join(' ')} 8123`, { processId: 'p' });
      expect(await port(box, 'p', '8123?mode=tcp')).toEqual({ ready: false, exited: false });
      await openShellGate(suite.client, box);
      expect(await port(box, 'p', '8123?wait=20000')).toEqual({ ready: true, exited: false });
      expect(await port(box, 'p', '8123?mode=tcp')).toEqual({ ready: true, exited: false });
      expect(await port(box, 'p', '8123?path=/nope&statusMin=404&statusMax=404')).toMatchObject({ ready: true });
      expect(await port(box, 'p', '8123?path=/nope')).toMatchObject({ ready: false });
      expect(await port(box, 'p', '8124?wait=50')).toEqual({ ready: false, exited: false });
      await kill(box, 'p');
      expect(await port(box, 'p', '8123?wait=20000')).toEqual({ ready: false, exited: true, exitCode: 143 });
    });

    test.concurrent('commands that cannot start do not hold up the end of their sandbox', async () => {
      const box = suite.box();
      for (let round = 0; round < 10; round++) {
        await start(box, 'true');
        const starting = Array.from({ length: 4 }, () => start(box, ['nope']).catch(() => {}));
        // Each round the end comes a little later into the starting.
        for (let turn = 0; turn < 2 * round; turn++) await setImmediate();
        await box.destroy();
        await Promise.all(starting);
      }
      await suite.client.json('DELETE', box.path);
    });

    test.concurrent('bad requests', async () => {
      const box = suite.box();
      await expect(get(box, 'nope')).rejects.toMatchObject({ code: 'process_not_found' });
      await start(box, 'sleep 1074', { processId: 'p' });
      await expect(start(box, 'sleep 1074', { processId: 'p' })).rejects.toMatchObject({ code: 'process_conflict' });
      await expect(start(box, ['nope'], { processId: 'q' })).rejects.toMatchObject({ code: 'program_not_found' });
      await expect(get(box, 'q')).rejects.toMatchObject({ code: 'process_not_found' });
      for (const rest of ['0', '65536', 'x', '80?mode=udp', '80?path=x', '80?path=/a%20b', '80?wait=99999'])
        expect(await port(box, 'p', rest), rest).toMatchObject({ error: { code: 'invalid_request' } });
    });
  });
}
