import { expect, test } from 'vitest';
import { withKernel } from './with-kernel.ts';

test('toJSON that code gives to all objects changes what it says of values, and no frame', async () => {
  await withKernel(async (kernel) => {
    const run = async (execution: number, code: string): Promise<unknown[]> => {
      kernel.send('execute', execution, { code, envVars: {}, charts: true, marker: '0'.repeat(32) });
      const frames = (await kernel.until('done')).filter(({ payload }) => payload.length > 0);
      return frames.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as unknown);
    };
    const code = `for (const kind of [Object, Array]) kind.prototype.toJSON = () => ({ said: [1] }); `;
    expect(await run(1, `${code}1`)).toEqual([{ text: '1' }]);
    expect(await run(2, `({ a: 1 })`)).toEqual([{ text: '{ a: 1 }', json: { said: [1] } }]);
    const itself = `Object.prototype.get = () => 1; Object.prototype.toJSON = function () { return this }; ({ a: { b: 1 } })`;
    expect(await run(3, itself)).toEqual([{ text: '{ a: { b: 1 } }', json: { a: { b: 1 } } }]);
    expect(await run(4, `throw new Error('no')`)).toMatchObject([{ ename: 'Error', evalue: 'no' }]);
  });
});
