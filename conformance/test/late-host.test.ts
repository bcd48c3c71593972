import { setImmediate, setTimeout } from 'node:timers/promises';
import { createHost } from '@quicksand/host';
import { expect, test } from 'vitest';
import { Box } from '../src/box.ts';
import { Client } from '../src/client.ts';
import { openDataFolder } from './data-folder.ts';

/** Sends a barrier, and its marker a little later, as a kernel does that loses its processor in between. */
const parted = `
import os, sys, time
from quicksand_kernel import frames
channel = sys.stdout.streams.channel
print('before')
channel._sequence = sequence = channel._sequence + 1
channel._put(frames.encode_frame(frames.BARRIER, channel.current, frames.encode_barrier(sequence, 1)))
time.sleep(0.3)
os.write(channel.pipes[0], b'\\0QS\\x01' + channel._marker + sequence.to_bytes(4, 'little') + b'\\0')
print('after')`;

test('a host that is late ends no kernel whose marker has come in the meantime', { timeout: 60_000 }, async () => {
  await using folder = await openDataFolder();
  await using host = await createHost({ dataFolder: folder.path });
  const box = new Box(new Client({ fetcher: host, close: async () => {} }), 'late');
  const stream = await box.start(parted);
  await stream.until('before\n');
  await setTimeout(100);
  // The host lives in this process, and hears nothing until then. What has timed out comes first.
  await setImmediate();
  for (const until = performance.now() + 1500; performance.now() < until;);
  const run = await stream.rest();
  expect([run.errors, run.stdout]).toEqual([[], 'before\nafter\n']);
});
