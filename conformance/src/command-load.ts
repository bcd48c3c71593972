import { SandboxError } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import { startCommand } from './command-run.ts';
import type { Suite } from './suite.ts';

/** Many commands at the same time: none lost or mixed up; and a sandbox runs only so many. */
export function describeCommandLoad(suite: Suite): void {
  suite.topic('load of commands', () => {
    test(
      '120 commands at once in 4 sandboxes, on both streams, each with its own input and status',
      { timeout: 60_000 },
      async () => {
        const boxes = Array.from({ length: 4 }, () => suite.box());
        const runs = await Promise.all(
          Array.from({ length: 120 }, async (_, n) => {
            const box = boxes[n % boxes.length] ?? suite.box();
            const line = `read -r x; for i in 1 2 3 4 5; do echo "$x $i"; echo "$x err $i" >&2; done; exit ${n % 100}`;
            return (await startCommand(suite.client, box, line, { stdin: `c${n}\n` })).rest();
          }),
        );
        for (const [n, run] of runs.entries()) {
          expect(run.stdout).toBe([1, 2, 3, 4, 5].map((i) => `c${n} ${i}\n`).join(''));
          expect(run.stderr).toBe([1, 2, 3, 4, 5].map((i) => `c${n} err ${i}\n`).join(''));
          expect(run.end.exitCode).toBe(n % 100);
        }
      },
    );

    test(
      'the 65th at the same time is refused, told when to come again, and has a place once one has ended',
      { timeout: 60_000 },
      async () => {
        const box = suite.box();
        const start = (processId: string): Promise<unknown> =>
          suite.client.call('startProcess', { sandboxId: box.id }, { command: ['sleep', '1096'], processId });
        const started = await Promise.allSettled(Array.from({ length: 66 }, (_, n) => start(`p${n}`)));
        const refused = started.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
        expect(refused).toHaveLength(2);
        for (const error of refused) {
          expect(SandboxError.is(error) && error).toMatchObject({
            code: 'too_many_commands',
            status: 429,
            retryable: true,
          });
        }
        const again = await suite.client.json('POST', `${box.path}/commands`, { body: { command: 'true' } });
        expect([again.status, again.headers.get('Retry-After')]).toEqual([429, '1']);
        const one = started.findIndex(({ status }) => status === 'fulfilled');
        await suite.client.json('DELETE', `${box.path}/processes/p${one}`);
        expect((await (await startCommand(suite.client, box, 'echo in')).rest()).stdout).toBe('in\n');
        expect(await suite.client.call('killProcesses', { sandboxId: box.id })).toEqual({ count: 63 });
      },
    );

    test('a background process counts into the memory of its sandbox, and its end says so', async () => {
      const box = suite.box();
      const command = ['python3', '-c', 'b = bytearray(3 * 1024 ** 3)'];
      await suite.client.call('startProcess', { sandboxId: box.id }, { command, processId: 'p' });
      const events = await suite.client.send('GET', `${box.path}/processes/p/events`);
      expect(await events.text()).toMatch(/"ename":"Quicksand.OutOfMemory".*"type":"exit".*"signal":"SIGKILL"/s);
    });
  });
}
