import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdtemp, mkdtempDisposable, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultDataFolder } from '@quicksand/host';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

// The built command, as `npx quicksand` starts it.
const bin = fileURLToPath(new URL('../bin/quicksand.js', import.meta.url));

// Nearly every test starts hosts, and each of them loads all that code may need.
vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quicksand-cli-'));
  // Workspaces of these tests stay apart from those of the machine's user.
  await chmod(folder, 0o711);
  await copyFile(join(defaultDataFolder(), 'environment.json'), join(folder, 'environment.json'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], home: string = folder): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [bin, ...args], { cwd: folder, env: { ...process.env, QUICKSAND_HOME: home } });
}

async function quicksand(args: readonly string[], input = ''): Promise<Ended> {
  const child = start(args);
  child.stdin.end(input);
  const status = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: await status, stdout, stderr };
}

describe('run', () => {
  test('passes stdout and stderr through, each to its own, in order', async () => {
    const code =
      'import subprocess, sys\nprint("a")\nsubprocess.run(["echo", "b"])\nprint("c", file=sys.stderr)\n1 + 1';
    expect(await quicksand(['run', '-'], code)).toEqual({ status: 0, stdout: 'a\nb\n2\n', stderr: 'c\n' });
  });

  const typescript = 'enum N { Seven = 7 }\nconsole.log(N.Seven * N.Seven)';
  test.each([
    ['square.js', 'const n = 7\nconsole.log(n * n)'],
    ['square.mts', typescript],
  ])('%s runs by its name', async (name, code) => {
    await writeFile(join(folder, name), code);
    expect(await quicksand(['run', name])).toEqual({ status: 0, stdout: '49\n', stderr: '' });
  });

  test('what has no name runs in the language that is told', async () => {
    const ended = await quicksand(['run', '-', '--language', 'ts'], typescript);
    expect(ended).toEqual({ status: 0, stdout: '49\n', stderr: '' });
  });

  test('says where the code failed, and exits with 1', async () => {
    await writeFile(join(folder, 'failing.py'), 'print("before")\n1 / 0\n');
    const { status, stdout, stderr } = await quicksand(['run', 'failing.py']);
    expect([status, stdout]).toEqual([1, 'before\n']);
    expect(stderr).toMatch(/line 2.*ZeroDivisionError: division by zero\n$/s);
  });

  test('saves pictures under the name of the file', async () => {
    await writeFile(
      join(folder, 'plot.py'),
      'import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nplt.plot([3])',
    );
    const { status, stderr } = await quicksand(['run', 'plot.py', '--pictures', 'pictures']);
    expect(status).toBe(0);
    expect(await readdir(join(folder, 'pictures'))).toEqual(['plot-1.png', 'plot-2.png']);
    expect(stderr).toContain('saved pictures/plot-1.png');
    expect((await readFile(join(folder, 'pictures/plot-1.png'))).subarray(1, 4).toString()).toBe('PNG');
  });

  test('--json prints the events, one a line', async () => {
    const { stdout } = await quicksand(['run', '-', '--json'], 'print("x")');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type)).toEqual(['stdout', 'execution_complete']);
  });

  test('sys.exit ends it as it ends Python', async () => {
    const exit = (value: string) => quicksand(['run', '-'], `import sys\nprint("out")\nsys.exit(${value})`);
    expect(await exit('4')).toMatchObject({ status: 4, stdout: 'out\n', stderr: '' });
    expect(await exit('"no good"')).toMatchObject({ status: 1, stdout: 'out\n', stderr: 'no good\n' });
    expect(await exit('')).toMatchObject({ status: 0, stdout: 'out\n', stderr: '' });
  });

  test('ends the code, and its host, when nobody reads what it says', async () => {
    const child = start(['run', '-']);
    child.stdin.end('import sys\nwhile True: print("x" * 1000, file=sys.stderr)');
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    child.stderr.once('data', () => child.stderr.destroy());
    expect(await exited).toBe(130);
  });

  test('--timeout stops the code by name', async () => {
    const { status, stderr } = await quicksand(['run', '-', '--timeout', '300'], 'while True: pass');
    expect(status).toBe(1);
    expect(stderr).toContain('Quicksand.Timeout');
  });

  test.each([
    [['run', 'missing.py'], 'cannot read missing.py'],
    [['run', '-', '--timeout', 'soon'], 'whole number'],
    [['run', '-', '--language', 'ruby'], 'Allowed choices'],
    [['fly'], 'unknown command'],
  ])('%j is refused with what to do', async (args, said) => {
    const { status, stdout, stderr } = await quicksand(args, '1');
    expect(status).toBeGreaterThan(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(said);
  });
});

describe('serve', () => {
  test('refuses an address that others can reach without a token', async () => {
    const { status, stderr } = await quicksand(['serve', '--host', '0.0.0.0']);
    expect(status).toBe(2);
    expect(stderr).toContain('no token is given');
  });

  test('makes a token, asks for it, and at SIGTERM tells running code by name before it exits, whatever follows', async () => {
    const child = start(['serve', '--port', '0']);
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    let said = '';
    const url = await new Promise<string>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /listening on (\S+)\n/.exec(said)?.[1];
        if (found) resolve(found);
      });
    });
    const token = /^token: (\S+)$/m.exec(said)?.[1];
    expect((await fetch(`${url}/v1/sandboxes`)).status).toBe(401);
    const response = await fetch(`${url}/v1/sandboxes/cli-test/executions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify({ code: 'import time\nprint("begun")\ntime.sleep(60)' }),
    });
    let stream = '';
    const decoder = new TextDecoder();
    for await (const bytes of response.body as ReadableStream<Uint8Array>) {
      const chunk = decoder.decode(bytes, { stream: true });
      const isFirst = (text: string): boolean => !stream.includes(text) && (stream + chunk).includes(text);
      if (isFirst('begun')) {
        // Nobody reads any more what it says.
        child.stderr.destroy();
        child.kill('SIGTERM');
      }
      if (isFirst('HostClosing')) for (const again of ['SIGTERM', 'SIGINT'] as const) child.kill(again);
      stream += chunk;
    }
    expect(stream).toMatch(/"ename":"Quicksand.HostClosing".*"type":"execution_complete"/s);
    expect(await closed).toBe(0);
  });

  test.each([
    [['serve', '--port', '0'], 'SIGTERM', 0],
    [['run', '-'], 'SIGINT', 130],
  ] as const)('%j ends at %s while it starts, also where the start hangs', async (args, signal, status) => {
    await using own = await mkdtempDisposable(join(tmpdir(), 'quicksand-cli-'));
    const python = join(own.path, 'python');
    await writeFile(python, `#!/bin/sh\n: > ${own.path}/started\nexec sleep 600\n`, { mode: 0o755 });
    const environment = JSON.parse(await readFile(join(folder, 'environment.json'), 'utf8')) as object;
    await writeFile(join(own.path, 'environment.json'), JSON.stringify({ ...environment, python }));
    const child = start(args, own.path);
    child.stdin.end('1');
    const closed = once(child, 'close');
    while (!(await readdir(own.path)).includes('started')) await setTimeout(10);
    child.kill(signal);
    expect(await closed).toEqual([status, null]);
  });
});
