import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { withKernel } from './with-kernel.ts';

// Node itself has something to say where a process ends while an inspector looks into it, as the watcher may. Users must not see that.

const request = { envVars: {}, charts: true, marker: '0'.repeat(32) };

/** Text that makes the watcher look into the main thread, until right before the end. */
const busy = 'const until = Date.now() + 60; while (Date.now() < until) console.log(1); await 1';

const ends: Readonly<Record<string, readonly [code: string, status: number | null]>> = {
  'process.exit()': ['process.exit(3)', 3],
  'process.exit() without exit handlers': [`process.removeAllListeners('exit'); process.exit(3)`, 3],
  'process.exit() in an exit handler that takes its time': [
    `process.on('exit', () => { const until = Date.now() + 60; while (Date.now() < until); }); process.exit(3)`,
    3,
  ],
  'a signal': [`process.kill(process.pid, 'SIGTERM'); await new Promise(() => {})`, null],
  'another program': [`process.execve('/bin/sh', ['sh', '-c', 'exit 5'])`, 5],
  'an error that nobody may catch': [
    `process.setUncaughtExceptionCaptureCallback(null); process.once('uncaughtException', () => { throw 1 }); setTimeout(() => { throw 2 }, 1); await new Promise(() => {})`,
    7,
  ],
};

test.each(Object.entries(ends))('nothing of Node itself is said at the end: %s', async (_, [code, status]) => {
  for (const before of ['', busy, busy, busy, busy])
    await withKernel(async (kernel) => {
      kernel.send('execute', 1, { ...request, code: `${before}\n${code}` });
      expect([await kernel.ended, (await kernel.rawErrors).match(/.*debugger.*/g)]).toEqual([status, null]);
    });
});

test('a signal that the code of the user hears ends nothing: it is interrupted as before', () =>
  withKernel(async (kernel) => {
    kernel.send('execute', 1, {
      ...request,
      code: `${busy}\nconst heard = new Promise((go) => process.on('SIGTERM', go)); process.kill(process.pid, 'SIGTERM'); process.stderr.write(await heard); while (true);`,
    });
    expect(Buffer.from((await kernel.until('stderr')).at(-1)!.payload).toString()).toBe('SIGTERM');
    kernel.send('interrupt', 1);
    await kernel.until('done');
    kernel.loseHost();
    expect([await kernel.ended, await kernel.rawErrors]).toEqual([0, '']);
  }));

test('a context that has nothing to do gives the memory of its watcher back, and is interrupted as before', () =>
  withKernel(async (kernel) => {
    const threads = async (): Promise<number> => (await readdir(`/proc/${kernel.pid}/task`)).length;
    const fresh = await threads();
    for (let turn = 1; turn <= 2; turn++) {
      kernel.send('execute', turn, { ...request, code: 'process.stdout.write("on"); while (true);' });
      await kernel.until('stdout');
      kernel.send('interrupt', turn);
      await kernel.until('done');
      expect(await threads()).toBeGreaterThan(fresh);
      while ((await threads()) > fresh) await delay(50);
    }
  }));

test('a watcher that asks too late stops nothing: its execution has ended', () =>
  withKernel(async (kernel) => {
    kernel.send('execute', 1, {
      ...request,
      code: `__quicksand.poke(); await 1; __quicksand.poke(); console.log('whole'); 2`,
    });
    expect((await kernel.until('done')).map(({ kind }) => kind)).toEqual(['stdout', 'result', 'done']);
  }));
