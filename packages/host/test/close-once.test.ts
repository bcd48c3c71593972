import { expect, test } from 'vitest';
import { closeOnce } from '../src/close-once.ts';

test('what could not be closed is told once, whoever asks', async () => {
  let times = 0;
  const open = () =>
    closeOnce(async () => {
      times++;
      throw new Error('busy');
    });
  const closed = async (): Promise<void> => {
    await using thing = open();
    await thing.close();
  };
  await expect(closed()).rejects.toThrow(/^busy$/);
  const left = async (): Promise<void> => {
    await using _ = open();
  };
  await expect(left()).rejects.toThrow(/^busy$/);
  expect(times).toBe(2);
});
