import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type FileAgent, unavailable } from '../src/file-agent.ts';
import { FileAgents } from '../src/file-agents.ts';

/** Agents that do each operation for as long as its `until` takes. */
function openAgents(): { agents: FileAgents; opened: FileAgent[]; used: FileAgent[] } {
  const opened: FileAgent[] = [];
  const used: FileAgent[] = [];
  const open = async (): Promise<FileAgent> => {
    const call = ({ fields }: { fields: { until?: Promise<void> } }) => {
      used.push(agent);
      const reply = Promise.resolve({ answer: {}, data: new ReadableStream() });
      return { reply, free: fields.until ?? Promise.resolve() };
    };
    const agent = { call, close: () => {}, hasEnded: false, ended: Promise.resolve() } as unknown as FileAgent;
    opened.push(agent);
    return agent;
  };
  return { agents: new FileAgents(open), opened, used };
}

test('clients that go away wait no more: others have their places, and no process begins for them', async () => {
  const { agents, opened } = openAgents();
  const held = Promise.withResolvers<void>();
  const ask = (until?: Promise<void>, signal?: AbortSignal): Promise<unknown> =>
    agents.call({ op: 'stat', fields: { path: 'f', until }, answer: z.object({}), ...(signal && { signal }) });
  await Promise.all(Array.from({ length: 8 }, () => ask(held.promise)));
  const client = new AbortController();
  const given = Array.from({ length: 1000 }, () => ask(undefined, client.signal).catch((error: unknown) => error));
  await expect(ask()).rejects.toMatchObject({ code: 'too_many_file_operations' });
  client.abort();
  const last = ask();
  expect(await Promise.all(given)).toEqual(
    Array.from({ length: 1000 }, () => expect.objectContaining({ code: 'upload_cut' })),
  );
  await expect(ask(undefined, client.signal)).rejects.toMatchObject({ code: 'upload_cut' });
  held.resolve();
  await last;
  await expect(ask(undefined, client.signal)).rejects.toMatchObject({ code: 'upload_cut' });
  expect(opened).toHaveLength(8);
  await agents.close(unavailable('the test has ended'));
});

test('of several that wait the one that was used last is used again', async () => {
  const { agents, opened, used } = openAgents();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const ask = (until?: Promise<void>): Promise<unknown> =>
    agents.call({ op: 'list', fields: { until }, answer: z.object({}) });
  await ask(first.promise);
  await ask(second.promise);
  second.resolve();
  await setImmediate();
  first.resolve();
  for (let page = 0; page < 3; page++) {
    await setImmediate();
    await ask();
  }
  expect(used).toEqual([0, 1, 0, 0, 0].map((index) => opened[index]));
  await agents.close(unavailable('the test has ended'));
});
