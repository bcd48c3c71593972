import { expect, test } from 'vitest';
import { withKernel } from './with-kernel.ts';

// The result of the last expression goes with the end of its execution, and nothing that comes between them takes or delays it (R1, R4).

const request = (code: string): object => ({ code, envVars: {}, charts: true, marker: '0'.repeat(32) });

test('code that does not give way does not keep it', async () => {
  await withKernel(async (kernel) => {
    kernel.send('execute', 1, request('setImmediate(() => { while (true); }); 42'));
    const [result] = await kernel.until('result');
    expect(Buffer.from(result?.payload ?? []).toString()).toBe('{"text":"42"}');
    kernel.send('interrupt', 1);
    expect((await kernel.until('done')).map(({ kind }) => kind)).toEqual(['interrupted', 'error', 'done']);
  });
});

const ends = ['process.exit()', 'process.reallyExit(0)', `process.kill(process.pid, 'SIGKILL')`, 'process.abort()'];

test.for(ends)('it is sent before the end of the process: %s', async (end) => {
  await withKernel(async (kernel) => {
    kernel.send('execute', 1, request(`setImmediate(() => ${end}); 42`));
    expect((await kernel.until('result')).map(({ kind }) => kind)).toEqual(['result']);
    await kernel.ended;
  });
});

test('it comes before what is printed after it', async () => {
  await withKernel(async (kernel) => {
    kernel.send('execute', 1, request(`setImmediate(() => console.log('after')); 42`));
    expect((await kernel.until('done')).map(({ kind }) => kind)).toEqual(['result', 'stdout', 'done']);
  });
});

test('it comes before the barrier of what a child writes after it', async () => {
  await withKernel(async (kernel) => {
    const child = `require('node:child_process').execSync('echo after', { stdio: 'inherit' })`;
    kernel.send('execute', 1, request(`setImmediate(() => ${child}); 42`));
    const kinds = (await kernel.until('done')).map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['result', 'barrier']);
    expect(kinds.at(-1)).toBe('done');
  });
});
