import {
  type ExecEvent,
  type LogEvent,
  type Process,
  type Sandbox,
  SandboxError,
  getSandbox,
  parseSSEStream,
} from '@quicksand/sdk';
import { expect, test } from 'vitest';
import type { Box } from './box.ts';
import { openShellGate, waitAtShellGate } from './command-run.ts';
import { createFlakyFetcher } from './flaky-fetcher.ts';
import type { Suite } from './suite.ts';
import { timeOutBehind } from './time-out-behind.ts';

export function describeSdkCommands(suite: Suite): void {
  const open = (box: Box, fetcher = suite.target.fetcher): Sandbox => {
    const { token } = suite.target;
    return getSandbox(fetcher, box.id, { ...(token !== undefined && { token }) });
  };
  const openGate = (box: Box): Promise<void> => openShellGate(suite.client, box);
  const leftOf = async (sandbox: Sandbox, name: string): Promise<string> =>
    (await sandbox.exec(['sh', '-c', 'pgrep -fc "$0" || true', `[${name[0]}]${name.slice(1)}`])).stdout.trim();

  suite.topic('commands through the sdk', () => {
    test.concurrent('exec collects what a command writes, and how it ended', async () => {
      const sandbox = open(suite.box());
      const line = 'echo out; echo err >&2; exit 3';
      const result = await sandbox.exec(line);
      expect(result).toEqual({
        success: false,
        exitCode: 3,
        stdout: 'out\n',
        stderr: 'err\n',
        command: line,
        duration: expect.any(Number),
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      });
      expect(await sandbox.exec('true')).toMatchObject({ success: true, exitCode: 0, stdout: '', stderr: '' });
      expect(await sandbox.exec('kill -SEGV $$')).toMatchObject({ exitCode: 139, signal: 'SIGSEGV' });
    });

    test.concurrent('cwd, env and stdin have their effect; a list is seen by no shell', async () => {
      const sandbox = open(suite.box());
      const { stdout } = await sandbox.exec('echo "$PWD $A [$B]"; cat', {
        cwd: '/tmp',
        env: { A: 'a b', B: undefined },
        stdin: 'ïn',
      });
      expect(stdout).toBe('/tmp a b []\nïn');
      const name = `$(id) '"\n-rf`;
      expect((await sandbox.exec(['printf', '%s', name])).stdout).toBe(name);
    });

    test.concurrent('onOutput is called while the command runs, onComplete with the result', async () => {
      const box = suite.box();
      const calls: string[] = [];
      const onOutput = async (stream: string, data: string): Promise<void> => {
        if (data === 'here\n') await openGate(box); // a call that came only at the end would never come
        calls.push(`${stream} ${data}`); // the next call has waited for this one
      };
      const result = await open(box).exec(`echo here; ${waitAtShellGate}; echo after >&2`, {
        onOutput: onOutput as (stream: string, data: string) => void,
        onComplete: ({ stdout }) => calls.push(`complete ${stdout}`),
        onError: () => calls.push('error'),
      });
      expect(calls).toEqual(['stdout here\n', 'stderr after\n', 'complete here\n']);
      expect(result.success).toBe(true);
      await open(box).exec('echo x', { stream: false, onOutput: () => calls.push('x') });
      expect(calls).toHaveLength(3);
    });

    test.concurrent('a timeout ends the command with all that it started, and rejects by name', async () => {
      let sandbox = open(suite.box());
      const errors: Error[] = [];
      const { error } = await timeOutBehind('before\n', async (timeout) => {
        sandbox = open(suite.box());
        errors.length = 0;
        const line = 'echo before; (setsid sleep 1081 &) ; sleep 1081';
        const call = sandbox.exec(line, { timeout, onError: (error) => errors.push(error) });
        const error: unknown = await call.catch((error: unknown) => error);
        return { error, stdout: SandboxError.is(error) ? String(error.details?.['stdout']) : '' };
      });
      expect(error).toMatchObject({
        code: 'command_timeout',
        details: { stdout: 'before\n', ename: 'Quicksand.Timeout' },
      });
      expect(errors.map((error) => SandboxError.is(error) && error.code)).toEqual(['command_timeout']);
      expect(await leftOf(sandbox, 'sleep 1081')).toBe('0');
    });

    test.concurrent('a signal, and a callback that throws, end the command and reject with their reason', async () => {
      const sandbox = open(suite.box());
      const reason = new Error('enough');
      const abort = new AbortController();
      const line = 'echo begun; sleep 1082';
      await expect(sandbox.exec(line, { signal: abort.signal, onOutput: () => abort.abort(reason) })).rejects.toBe(
        reason,
      );
      await expect(sandbox.exec(line, { signal: abort.signal })).rejects.toBe(reason);
      const thrown = sandbox.exec(line, {
        onOutput: () => {
          throw reason;
        },
      });
      await expect(thrown).rejects.toBe(reason);
      while ((await leftOf(sandbox, 'sleep 1082')) !== '0');
    });

    test.concurrent('a limit that a command met is part of its result', async () => {
      const result = await open(suite.box()).exec(['python3', '-c', 'b = bytearray(3 * 1024 ** 3)']);
      expect(result).toMatchObject({ exitCode: 137, signal: 'SIGKILL', error: { name: 'Quicksand.OutOfMemory' } });
    });

    test.concurrent('exec resumes by itself when its connection breaks', async () => {
      const box = suite.box();
      const flaky = createFlakyFetcher(suite.target.fetcher);
      const { stdout } = await open(box, flaky).exec('for i in $(seq 40); do echo $i; sleep 0.01; done');
      expect(stdout).toBe(Array.from({ length: 40 }, (_, n) => `${n + 1}\n`).join(''));
      expect(flaky.cuts).toBeGreaterThan(1);
    });

    test.concurrent('execStream gives events as they happen; cancelling it ends the command', async () => {
      const box = suite.box();
      const sandbox = open(box);
      const events: ExecEvent[] = [];
      for await (const event of parseSSEStream<ExecEvent>(
        await sandbox.execStream(`echo a; ${waitAtShellGate}; exit 2`),
      )) {
        events.push(event);
        if (event.data === 'a\n') await openGate(box);
      }
      expect(events.map(({ type }) => type)).toEqual(['start', 'stdout', 'complete']);
      expect(events[2]).toMatchObject({ exitCode: 2 });
      for await (const event of parseSSEStream<ExecEvent>(await sandbox.execStream('echo a; sleep 1083')))
        if (event.type === 'stdout') break;
      while ((await leftOf(sandbox, 'sleep 1083')) !== '0');
    });

    test.concurrent('a command with a name can be signalled', async () => {
      const sandbox = open(suite.box());
      const stream = await sandbox.execStream(`trap 'echo int; exit 7' INT; echo a; while :; do sleep 0.02; done`, {
        commandId: 'c',
      });
      const seen: ExecEvent[] = [];
      for await (const event of parseSSEStream<ExecEvent>(stream)) {
        seen.push(event);
        if (event.data === 'a\n') await sandbox.killCommand('c', 'SIGINT');
      }
      expect(seen.slice(-2)).toMatchObject([{ data: 'int\n' }, { type: 'complete', exitCode: 7 }]);
      await expect(sandbox.killCommand('none')).rejects.toMatchObject({ code: 'command_not_found' });
    });

    test.concurrent('options that cannot be honoured, and commands that cannot be run, are refused by name', async () => {
      const sandbox = open(suite.box());
      const refused: [Promise<unknown>, string][] = [
        [sandbox.exec('ls', { encoding: 'latin1' }), 'unsupported'],
        [sandbox.exec('ls', { origin: 'internal' }), 'unsupported'],
        [sandbox.execStream('ls', { sessionId: 's' }), 'unsupported'],
        [sandbox.execStream('ls', { bufferSize: 1 }), 'unsupported'],
        [sandbox.startProcess('ls', { sessionId: 's' }), 'unsupported'],
        [sandbox.exec('ls', { cwd: '/nope' }), 'cwd_unusable'],
        [sandbox.exec(['nope']), 'program_not_found'],
        [sandbox.exec(''), 'invalid_request'],
        [sandbox.exec('ls', { timeout: 0 }), 'invalid_request'],
        [sandbox.startProcess(['nope']), 'program_not_found'],
      ];
      await Promise.all(refused.map(([call, code]) => expect(call, code).rejects.toMatchObject({ code })));
    });
  });

  describeSdkProcesses(suite, { open, openGate });
}

interface Ways {
  open(box: Box): Sandbox;
  openGate(box: Box): Promise<void>;
}

function describeSdkProcesses(suite: Suite, { open, openGate }: Ways): void {
  suite.topic('processes through the sdk', () => {
    test.concurrent('a process calls back, is found, and tells its end', async () => {
      const box = suite.box();
      const sandbox = open(box);
      const calls: string[] = [];
      const exited = Promise.withResolvers<number | null>();
      const process = await sandbox.startProcess(`echo here; ${waitAtShellGate}; echo late >&2; exit 3`, {
        processId: 'p',
        onStart: ({ id }) => calls.push(`start ${id}`),
        onOutput: (stream, data) => calls.push(`${stream} ${data}`),
        onExit: exited.resolve,
      });
      expect(process).toMatchObject({
        id: 'p',
        status: 'running',
        pid: expect.any(Number),
        startTime: expect.any(Date),
      });
      expect(await process.getStatus()).toBe('running');
      expect((await process.waitForLog('her')).line).toBe('here');
      expect((await sandbox.listProcesses()).map(({ id }) => id)).toEqual(['p']);
      await openGate(box);
      expect(await process.waitForExit()).toEqual({ exitCode: 3 });
      expect(await exited.promise).toBe(3);
      expect(calls).toEqual(['start p', 'stdout here\n', 'stderr late\n']);
      const found = await sandbox.getProcess('p');
      expect(found).toMatchObject({ status: 'failed', exitCode: 3, endTime: expect.any(Date) });
      expect(await found?.getLogs()).toEqual({ stdout: 'here\n', stderr: 'late\n' });
      expect(await sandbox.getProcessLogs('p')).toMatchObject({ processId: 'p', stdout: 'here\n' });
      expect(await sandbox.getProcess('none')).toBeNull();
      expect(await sandbox.cleanupCompletedProcesses()).toBe(1);
      expect(await sandbox.getProcess('p')).toBeNull();
      expect(await process.getStatus()).toBe('error');
    });

    test.concurrent('waitForLog: whole lines over pieces, expressions, prompts; its timeout and the end of the process', async () => {
      const box = suite.box();
      const sandbox = open(box);
      const process = await sandbox.startProcess(
        `printf 'Epo'; sleep 0.05; printf 'ch 12 done\\nnext'; printf 'prompt> ' >&2; ${waitAtShellGate}`,
      );
      const found = await process.waitForLog(/Epoch (\d+) done$/gy);
      expect([found.line, found.match?.[1]]).toEqual(['Epoch 12 done', '12']);
      expect((await process.waitForLog('prompt>')).line).toBe('prompt> ');
      await expect(process.waitForLog('never', 100)).rejects.toMatchObject({ code: 'process_timeout' });
      await expect(process.waitForExit(100)).rejects.toMatchObject({ code: 'process_timeout' });
      const ended = { code: 'process_exited', details: { exitCode: 0 } };
      await Promise.all([expect(process.waitForLog('never')).rejects.toMatchObject(ended), openGate(box)]);
    });

    test.concurrent('waitForPort: a server that starts late; its status; its timeout; the end of the process', async () => {
      const box = suite.box();
      const sandbox = open(box);
      const server: Process = await sandbox.startProcess(
        `${waitAtShellGate}; exec python3 -u -m http.server 8200 --bind 127.0.0.1`,
      );
      await expect(server.waitForPort(8200, { timeout: 60 })).rejects.toMatchObject({ code: 'process_timeout' });
      await Promise.all([server.waitForPort(8200, { interval: 20 }), openGate(box)]);
      await server.waitForPort(8200, { mode: 'tcp', timeout: 20_000 });
      await server.waitForPort(8200, { path: '/none', status: 404 });
      // What asks is no program of the sandbox's own.
      await sandbox.exec(
        'mkdir -p .local/bin && printf "#!/bin/sh\\nexit 1\\n" > .local/bin/python3 && chmod +x .local/bin/*',
      );
      expect((await sandbox.exec('python3 --version')).exitCode).toBe(1);
      await server.waitForPort(8200);
      await expect(
        server.waitForPort(8200, { path: '/none', status: { min: 200, max: 299 }, interval: 20, timeout: 300 }),
      ).rejects.toMatchObject({ code: 'process_timeout' });
      await server.kill();
      await expect(server.waitForPort(8200)).rejects.toMatchObject({ code: 'process_exited' });
    });

    test.concurrent('signals and ends', async () => {
      const sandbox = open(suite.box());
      const process = await sandbox.startProcess(`trap 'echo usr' USR1; echo here; while :; do sleep 0.02; done`);
      await process.waitForLog('here');
      await process.kill('SIGUSR1');
      await process.waitForLog('usr');
      await expect(process.kill('SIGNOT')).rejects.toMatchObject({ code: 'invalid_request' });
      await sandbox.startProcess('sleep 1084');
      expect(await sandbox.killAllProcesses()).toBe(2);
      expect(await process.getStatus()).toBe('killed');
      expect((await process.waitForExit()).exitCode).toBeGreaterThan(128);
      await expect(sandbox.killProcess('none')).rejects.toMatchObject({ code: 'process_not_found' });
    });

    test.concurrent('a timeout of a process is told to onError', async () => {
      const told = Promise.withResolvers<Error>();
      await open(suite.box()).startProcess('sleep 1085', { timeout: 100, onError: told.resolve });
      expect(await told.promise).toMatchObject({ code: 'command_timeout' });
    });

    test.concurrent('streamProcessLogs: what is there and what comes; aborting it leaves the process alone', async () => {
      const box = suite.box();
      const sandbox = open(box);
      await sandbox.startProcess(`echo a; ${waitAtShellGate}; echo b`, { processId: 'p' });
      const reason = new Error('enough');
      const abort = new AbortController();
      const read = async (): Promise<void> => {
        const stream = await sandbox.streamProcessLogs('p', { signal: abort.signal });
        for await (const event of parseSSEStream<LogEvent>(stream)) if (event.data === 'a\n') abort.abort(reason);
      };
      await expect(read()).rejects.toBe(reason);
      const whole = await sandbox.streamProcessLogs('p');
      await openGate(box);
      const events: LogEvent[] = [];
      for await (const event of parseSSEStream<LogEvent>(whole)) events.push(event);
      expect(events.map(({ type, data }) => `${type} ${data}`)).toEqual(['stdout a\n', 'stdout b\n', 'exit ']);
      expect(events[2]).toMatchObject({ exitCode: 0, processId: 'p' });
    });
  });

  suite.topic('environment through the sdk', () => {
    const codes = {
      python: `import os\nprint(os.environ.get('A', '-'), os.environ.get('B', '-'))`,
      javascript: `console.log(process.env.A ?? '-', process.env.B ?? '-')`,
    } as const;
    const languages = ['python', 'javascript'] as const;
    test.concurrent.for(languages)(
      'the execution wins over the context, and that over the sandbox, in commands and in %s alike',
      async (language) => {
        const sandbox = open(suite.box());
        const context = await sandbox.createCodeContext({ language, envVars: { A: 'context' } });
        await sandbox.setEnvVars({ A: 'sandbox', B: 'sandbox' });
        const show = async (options: object): Promise<string> =>
          (await sandbox.runCode(codes[language], { language, ...options })).logs.stdout.join('');
        expect(await show({})).toBe('sandbox sandbox\n');
        expect(await show({ context })).toBe('context sandbox\n');
        expect(await show({ context, envVars: { A: 'execution' } })).toBe('execution sandbox\n');
        expect(await show({ context })).toBe('context sandbox\n');
        expect((await sandbox.exec('echo $A $B')).stdout).toBe('sandbox sandbox\n');
        expect((await sandbox.exec('echo $A $B', { env: { A: 'command' } })).stdout).toBe('command sandbox\n');
        const process = await sandbox.startProcess('echo $A $B', { env: { B: 'process' } });
        await process.waitForLog('sandbox process');
        await sandbox.setEnvVars({ A: undefined });
        expect((await sandbox.exec('echo "[$A]" $B')).stdout).toBe('[] sandbox\n');
        expect(await show({})).toBe('- sandbox\n');
      },
    );
  });
}
