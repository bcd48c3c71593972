import { expect, test } from 'vitest';
import { unlessAborted } from '../src/end-signal.ts';

test('a start that was given up has started nothing; what could not be taken back is told', async () => {
  const abort = new AbortController();
  abort.abort();
  expect(await unlessAborted(Promise.reject(abort.signal.reason as Error), abort.signal)).toBeUndefined();
  await expect(unlessAborted(Promise.reject(new Error('busy')), abort.signal)).rejects.toThrow('busy');
});
