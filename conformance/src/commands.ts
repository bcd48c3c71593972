import { setImmediate, setTimeout } from 'node:timers/promises';
import type { CommandRequest } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Box } from './box.ts';
import { type CommandReader, openReader, openShellGate, startCommand, waitAtShellGate } from './command-run.ts';
import type { Suite } from './suite.ts';
import { timeOutBehind } from './time-out-behind.ts';

type Fields = Partial<CommandRequest>;

/** Names that break what puts commands together from strings. */
export const oddNames = [
  'with space',
  'line\nbreak',
  '-rf',
  '--help',
  '$(id)',
  '`id`',
  "quote'quote",
  '"double"',
  'ünïcødé \u{1F40D}',
  '*',
  'x'.repeat(255),
];

export function describeCommands(suite: Suite): void {
  const start = (box: Box, command: CommandRequest['command'], fields?: Fields): Promise<CommandReader> =>
    startCommand(suite.client, box, command, fields);
  const run = async (box: Box, command: CommandRequest['command'], fields?: Fields): Promise<CommandReader> =>
    (await start(box, command, fields)).rest();

  suite.topic('commands', () => {
    test.concurrent('a line for the shell: start, output, exit status', async () => {
      const { events, end } = await run(suite.box(), 'echo out; echo err >&2; exit 3');
      expect(events[0]).toMatchObject({ type: 'start', command: 'echo out; echo err >&2; exit 3' });
      expect(events.filter(({ type }) => type === 'stdout' || type === 'stderr')).toHaveLength(2);
      expect(end).toMatchObject({ type: 'complete', exitCode: 3, duration: expect.any(Number) });
    });

    test.concurrent('output arrives while the command runs (R1)', async () => {
      const box = suite.box();
      const stream = await start(box, `echo here; ${waitAtShellGate}; echo after`);
      await stream.until('here');
      await openShellGate(suite.client, box);
      expect((await stream.rest()).stdout).toBe('here\nafter\n');
    });

    test.concurrent('a list is a program and its arguments, and no shell sees them', async () => {
      const box = suite.box();
      for (const name of oddNames) {
        const { stdout } = await run(box, ['printf', '%s', name]);
        expect(stdout).toBe(name);
      }
    });

    test.concurrent('a line that begins with a dash is a command, not an option of the shell', async () => {
      const { stderr, end } = await run(suite.box(), '-c; exit 5');
      expect(stderr).toContain('-c');
      expect(end.exitCode).toBe(5);
    });

    test.concurrent('names of all kinds pass through arguments, files and output', async () => {
      const box = suite.box();
      for (const name of oddNames) {
        await run(box, ['touch', '--', `./${name}`]);
        const { end } = await run(box, ['test', '-e', `./${name}`]);
        expect(end.exitCode, name).toBe(0);
      }
    });

    test.concurrent('cwd and env have their effect; the rest of the environment is that of the sandbox', async () => {
      const box = suite.box();
      const { stdout } = await run(box, 'echo "$PWD $(pwd) $A $HOME"', { cwd: '/tmp', env: { A: 'a b' } });
      expect(stdout).toBe('/tmp /tmp a b /home/user\n');
      expect((await run(box, 'echo "[$A]$PWD"')).stdout).toBe('[]/workspace\n');
    });

    test.concurrent('files are those of the contexts', async () => {
      const box = suite.box();
      await run(box, 'echo 41 > n');
      expect((await box.run(`int(open('n').read()) + 1`)).order).toEqual(['result 42']);
    });

    test.concurrent('standard input', async () => {
      const box = suite.box();
      const text = 'wörld\n'.repeat(50_000);
      expect((await run(box, 'wc -c', { stdin: text })).stdout.trim()).toBe(String(Buffer.byteLength(text)));
      expect((await run(box, 'cat', { stdin: '' })).stdout).toBe('');
      expect((await run(box, 'cat; echo end')).stdout).toBe('end\n');
    });

    test.concurrent('a command that never reads its input, or closes it, ends all the same', async () => {
      const box = suite.box();
      const stdin = 'x'.repeat(2_000_000);
      expect((await run(box, 'echo done', { stdin })).stdout).toBe('done\n');
      expect((await run(box, 'exec <&-; sleep 0.1; echo done', { stdin })).stdout).toBe('done\n');
    });

    test.concurrent('UTF-8 is never split, and what is none becomes U+FFFD (R5)', async () => {
      const box = suite.box();
      const { stdout } = await run(
        box,
        `printf 'a\\xc3'; sleep 0.05; printf '\\xa9\\xf0\\x9f'; sleep 0.05; printf '\\x90\\x8d|\\xff\\xc3'`,
      );
      expect(stdout).toBe('aé\u{1F40D}|\uFFFD\uFFFD');
    });

    test.concurrent('all output is there, in order, however much (R2, R4)', async () => {
      const { stdout } = await run(suite.box(), 'seq 1 200000');
      expect(stdout).toBe(Array.from({ length: 200_000 }, (_, n) => `${n + 1}\n`).join(''));
    });

    test.concurrent('a signal that ends it is named', async () => {
      const { end } = await run(suite.box(), 'kill -SEGV $$');
      expect(end).toMatchObject({ exitCode: 139, signal: 'SIGSEGV' });
    });

    test.concurrent('a command that closes its output still ends when it ends', async () => {
      const { end } = await run(suite.box(), 'exec >&- 2>&-; sleep 0.1; exit 4');
      expect(end.exitCode).toBe(4);
    });

    test.concurrent('a repeated commandId attaches and runs nothing; another command is refused', async () => {
      const box = suite.box();
      const fields = { commandId: 'once' };
      await run(box, 'echo x >> log; cat log', fields);
      expect((await run(box, 'echo x >> log; cat log', fields)).stdout).toBe('x\n');
      await expect(start(box, 'other', fields)).rejects.toMatchObject({ code: 'command_conflict' });
    });

    test.concurrent('a lost connection is resumed after the last event (R7)', async () => {
      const box = suite.box();
      const grace = { onDisconnect: { graceMs: 20_000 }, commandId: 'long' };
      const first = await start(box, `echo one; ${waitAtShellGate}; echo two`, grace);
      await first.until('one');
      const { lastId } = first;
      await first.cancel();
      await openShellGate(suite.client, box);
      const again = await suite.client.send('GET', `${box.path}/commands/long/events?after=${lastId}`);
      expect((await (await openReader(again, lastId)).rest()).stdout).toBe('two\n');
    });
  });

  describeCommandEnds(suite, { start, run });
}

interface Runners {
  start(box: Box, command: CommandRequest['command'], fields?: Fields): Promise<CommandReader>;
  run(box: Box, command: CommandRequest['command'], fields?: Fields): Promise<CommandReader>;
}

function describeCommandEnds(suite: Suite, { start, run }: Runners): void {
  const count = async (box: Box, name: string): Promise<number> =>
    Number((await run(box, ['sh', '-c', 'pgrep -fc "$0" || true', name])).stdout);

  suite.topic('ends of commands', () => {
    const stubborn: Readonly<Record<string, string>> = {
      'that sleeps': 'sleep 1061',
      'that ignores SIGTERM': `trap '' TERM; while :; do sleep 0.05; done # 1061`,
      'whose child ignores SIGTERM': `(trap '' TERM; while :; do sleep 0.05; done) & sleep 1061`,
      'that has left its process group': `setsid sleep 1061 & sleep 1061`,
      'whose daemon has left everything': `setsid -f sh -c 'trap "" TERM; sleep 1061'; sleep 1061`,
      'that is stopped': `kill -STOP $$ # 1061`,
    };
    test.concurrent.for(Object.entries(stubborn))(
      'at its timeout a command %s ends, with all that it started',
      async ([, line]) => {
        let box = suite.box();
        const ended = await timeOutBehind('before\n', (timeout) =>
          run((box = suite.box()), `echo before; ${line}`, { timeout }),
        );
        expect(ended.stdout).toBe('before\n');
        expect(ended.ename).toBe('Quicksand.Timeout');
        expect(ended.end.exitCode).toBeGreaterThan(128);
        expect(await count(box, '1061')).toBe(1); // pgrep's own shell
      },
    );

    test.concurrent('a command has no timeout of its own, and one that ends before its timeout is not touched', async () => {
      const { end, ename } = await run(suite.box(), 'sleep 0.2', { timeout: 10_000 });
      expect([end.exitCode, ename]).toEqual([0, undefined]);
    });

    test.concurrent('a client that goes away ends the command', async () => {
      const box = suite.box();
      const stream = await start(box, 'echo here; sleep 1062');
      await stream.until('here');
      await stream.cancel();
      while ((await count(box, '1062')) > 1) await setTimeout(20);
    });

    test.concurrent('so does a client that goes away before the answer', async () => {
      const box = suite.box();
      await run(box, 'true');
      const leave = async (turns: number): Promise<void> => {
        const abort = new AbortController();
        const { signal } = abort;
        const answer = suite.client.send('POST', `${box.path}/commands`, { body: { command: 'sleep 1066' }, signal });
        for (let turn = 0; turn < turns; turn++) await setImmediate();
        abort.abort();
        await answer.then(({ body }) => body?.cancel()).catch(() => {});
      };
      await Promise.all(Array.from({ length: 20 }, (_, n) => leave(n * n)));
      while ((await count(box, '1066')) > 1) await setTimeout(20);
    });

    test.concurrent('a cancel ends the command', async () => {
      const box = suite.box();
      const stream = await start(box, 'echo here; sleep 1063', { commandId: 'c' });
      await stream.until('here');
      await suite.client.call('cancelCommand', { sandboxId: box.id, commandId: 'c' });
      const ended = await stream.rest();
      expect([ended.ename, ended.end.signal]).toEqual(['Quicksand.Interrupted', 'SIGTERM']);
    });

    test.concurrent('what a command leaves running lives on, and its output ends nobody', async () => {
      const box = suite.box();
      const left = await run(box, `(while :; do echo late; sleep 0.01; done) & echo $! >&2`);
      const pid = left.stderr.trim();
      await run(box, 'sleep 0.3');
      expect((await run(box, ['kill', '-0', pid])).end.exitCode).toBe(0);
      expect((await run(box, ['kill', '-9', pid])).end.exitCode).toBe(0);
    });

    test.concurrent('a command whose output nobody reads waits (R8)', async () => {
      const box = suite.box();
      // Much more than the log and the buffers of all connections on the way hold together.
      const stream = await start(box, `seq 1 8000000; echo end > /workspace/.done`);
      await setTimeout(700);
      expect((await run(box, 'test -e /workspace/.done')).end.exitCode).toBe(1);
      expect((await stream.rest()).stdout.endsWith('8000000\n')).toBe(true);
    });

    test.concurrent('more memory than allowed is named, and a neighbour goes on', async () => {
      const box = suite.box();
      const ended = await run(box, ['python3', '-c', 'b = bytearray(3 * 1024 ** 3)']);
      expect([ended.ename, ended.end.signal]).toEqual(['Quicksand.OutOfMemory', 'SIGKILL']);
      expect((await run(box, 'echo on')).stdout).toBe('on\n');
    });

    test.concurrent('a fork bomb meets its limit, ends at the timeout, and leaves nothing', async () => {
      const box = suite.box();
      const ended = await run(box, 'f() { f | f & }; f 2>/dev/null; sleep 1064', { timeout: 1000 });
      expect(ended.ename).toBe('Quicksand.Timeout');
      expect((await run(box, 'pgrep -c . || true')).stdout.trim()).toMatch(/^\d$/);
    });

    test.concurrent('what cannot be run is refused and creates nothing', async () => {
      const box = suite.box();
      const refused: [CommandRequest['command'], Fields, string][] = [
        ['pwd', { cwd: '/nope' }, 'cwd_unusable'],
        [['no-such-program'], {}, 'program_not_found'],
        [['/usr/bin'], {}, 'program_unusable'],
        [['printf', ...Array.from({ length: 30 }, () => 'x'.repeat(100_000))], {}, 'program_unusable'],
        ['', {}, 'invalid_request'],
        ['x'.repeat(200_000), {}, 'invalid_request'],
        ['a\0b', {}, 'invalid_request'],
        ['pwd', { cwd: 'relative' }, 'invalid_request'],
        ['pwd', { timeout: -1 }, 'invalid_request'],
        ['pwd', { env: { 'A=B': 'c' } }, 'invalid_request'],
      ];
      for (const [command, fields, code] of refused)
        await expect(start(box, command, fields), code).rejects.toMatchObject({ code });
      expect(await suite.runningSandboxes()).not.toContain(box.id);
    });

    test.concurrent('a sandbox that is destroyed ends its commands, by name', async () => {
      const box = suite.box();
      const stream = await start(box, 'echo here; sleep 1065');
      await stream.until('here');
      await box.destroy();
      expect((await stream.rest()).ename).toBe('Quicksand.ContextDeleted');
    });
  });
}
