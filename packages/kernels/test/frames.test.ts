import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withKernel } from './with-kernel.ts';

// The golden cases of the channel, as the kernel of JavaScript reads them.

interface Golden {
  readonly frames: ReadonlyArray<{ name: string; kind: string; execution: number; frameHex: string }>;
  readonly malformed: ReadonlyArray<{ name: string; hex: string }>;
}

const golden = JSON.parse(
  await readFile(new URL('../../../conformance/wire/frames.json', import.meta.url), 'utf8'),
) as Golden;
const bytesOf = (name: string): Buffer => {
  const found = golden.frames.find((frame) => frame.name === name);
  if (!found) throw new Error(`there is no golden case ${name}`);
  return Buffer.from(found.frameHex, 'hex');
};

test('it says that it is ready, and answers an interrupt between executions', () =>
  withKernel(async (kernel, ready) => {
    expect(JSON.parse(Buffer.from(ready.payload).toString())).toEqual({ key: 'the-key' });
    await kernel.write(bytesOf('interrupt'));
    expect((await kernel.until('interrupted')).at(-1)).toMatchObject({ execution: 7 });
  }));

test('an execute frame is read, wherever it is cut', () =>
  withKernel(async (kernel) => {
    await kernel.write(bytesOf('execute'));
    const frames = await kernel.until('done');
    // The code of the golden case is Python's; the name is what JavaScript has not.
    const error = frames.find(({ kind }) => kind === 'error');
    expect(JSON.parse(Buffer.from(error!.payload).toString())).toMatchObject({
      ename: 'ReferenceError',
      lineNumber: 1,
    });
    expect(frames.map(({ kind, execution }) => `${kind} ${execution}`)).toEqual(['error 1', 'done 1']);
  }));

test.each(golden.malformed)('malformed ends it: $name', ({ hex }) =>
  withKernel(async (kernel) => {
    await kernel.write(Buffer.from(hex, 'hex'));
    expect(await kernel.ended).toBe(1);
  }),
);

test('what follows an execution at once, and interrupts between them, are not lost', () =>
  withKernel(async (kernel) => {
    const request = { executionCount: 1, envVars: {}, charts: true, marker: '0'.repeat(32) };
    for (let number = 1; number <= 50; number++) {
      kernel.send('execute', number, {
        ...request,
        code: number % 2 ? 'while (true);' : 'await new Promise(() => {})',
      });
      kernel.send('interrupt', number);
      const frames = await kernel.until('done');
      if (!frames.some(({ kind }) => kind === 'interrupted')) await kernel.until('interrupted');
      kernel.send('interrupt', number);
      await kernel.until('interrupted');
    }
  }));

test.each(['', 'while (true);', 'await new Promise(() => {})'])('it ends with its host: %j', (code) =>
  withKernel(async (kernel) => {
    if (code) {
      kernel.send('execute', 1, {
        code: `console.log(1); ${code}`,
        executionCount: 1,
        envVars: {},
        charts: true,
        marker: '0'.repeat(32),
      });
      await kernel.until('stdout');
    }
    kernel.loseHost();
    await kernel.ended;
  }),
);
