import { type ExecResult, type Sandbox, getSandbox } from '@quicksand/sdk';
import { expect, test } from 'vitest';
import { type WheelParts, toWheelCommand } from './make-wheel.ts';
import type { Suite } from './suite.ts';

const toy = (version: string): WheelParts => ({
  name: 'toy',
  version,
  files: {
    'toy/__init__.py': `version = '${version}'\n\ndef main():\n    print('toy', version)\n`,
    script: 'toy = toy:main',
  },
});

/** pip and npm need a second or two of a processor each. */
const slow = { timeout: 60_000 };

export function describePackages(suite: Suite): void {
  const open = (): Sandbox => {
    const { fetcher, token } = suite.target;
    return getSandbox(fetcher, suite.box().id, { ...(token !== undefined && { token }) });
  };
  const run = async (sandbox: Sandbox, command: Parameters<Sandbox['exec']>[0]): Promise<ExecResult> => {
    const result = await sandbox.exec(command);
    expect(result.exitCode, `${result.stdout}${result.stderr}`).toBe(0);
    return result;
  };
  const make = async (sandbox: Sandbox, ...wheels: WheelParts[]): Promise<void> => {
    for (const wheel of wheels) await run(sandbox, toWheelCommand('/workspace/wheels', wheel));
  };
  const print = async (sandbox: Sandbox, code: string, options: object = {}): Promise<string> => {
    const { logs, error } = await sandbox.runCode(code, options);
    expect(error?.traceback).toBeUndefined();
    return logs.stdout.join('');
  };

  suite.topic('packages', () => {
    test.concurrent(
      '!pip install of a file: importable in the same cell, in contexts that run, in programs; replaced and removed by pip',
      slow,
      async () => {
        const sandbox = open();
        const other = await sandbox.createCodeContext();
        expect(await print(sandbox, `try: import toy\nexcept ImportError: print('none')`, { context: other })).toBe(
          'none\n',
        );
        await make(sandbox, toy('1.0'), toy('2.0'));
        const installed = await print(sandbox, '!pip install ./wheels/toy-1.0-*.whl\nimport toy; print(toy.version)');
        expect(installed).toMatch(/Successfully installed toy-1.0\n1.0\n$/);
        expect(await print(sandbox, 'import toy; print(toy.version)', { context: other })).toBe('1.0\n');
        expect(
          (await run(sandbox, 'toy; python -c "import toy; toy.main()"; python3 -c "import toy; toy.main()"')).stdout,
        ).toBe('toy 1.0\n'.repeat(3));
        const { stdout } = await run(sandbox, 'python3 -m pip install ./wheels/toy-2.0-*.whl && toy && pip list');
        expect(stdout).toMatch(/Successfully uninstalled toy-1.0\n.*\ntoy 2.0\n/s);
        expect(stdout).toMatch(/^numpy +\d/m);
        const child = `import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'import toy; toy.main()'], capture_output=True, text=True).stdout)`;
        expect(await print(sandbox, child)).toBe('toy 2.0\n\n');
        const removed = `%pip uninstall -y toy\nimport importlib.util\nprint(importlib.util.find_spec('nope'), __import__('shutil').which('toy'))`;
        expect(await print(sandbox, removed)).toMatch(/Successfully uninstalled toy-2.0\n.*None None\n$/s);
      },
    );

    test.concurrent(
      'an index inside the sandbox, with what a package requires; no other sandbox has it',
      slow,
      async () => {
        const [sandbox, other] = [open(), open()];
        await make(sandbox, toy('1.0'), {
          name: 'needs',
          version: '1',
          requires: ['toy>=1'],
          files: { 'needs.py': 'import toy' },
        });
        await run(
          sandbox,
          'mkdir -p simple/toy simple/needs && mv wheels/toy-* simple/toy && mv wheels/needs-* simple/needs',
        );
        const index = await sandbox.startProcess('python3 -m http.server 8300 --bind 127.0.0.1');
        await index.waitForPort(8300, { interval: 20 });
        await run(sandbox, 'pip install --index-url http://127.0.0.1:8300/simple needs');
        expect(await print(sandbox, 'import needs; print(needs.toy.version)')).toBe('1.0\n');
        expect((await other.exec('python -c "import toy"')).exitCode).toBe(1);
        const environment = `import numpy, os; open(os.path.dirname(numpy.__file__) + '/x', 'w')`;
        expect((await sandbox.exec(['python', '-c', environment])).stderr).toContain('Read-only file system');
      },
    );

    test.concurrent('without a network pip and npm fail soon, and say why', slow, async () => {
      const sandbox = open();
      for (const command of ['pip install left-pad', 'npm install left-pad']) {
        const { exitCode, stdout, stderr, duration } = await sandbox.exec(command);
        expect(exitCode).toBe(1);
        expect(stdout + stderr).toContain('this-sandbox-has-no-network');
        expect(duration).toBeLessThan(20_000);
      }
    });

    test.concurrent(
      'another version of a preloaded module: a running context says that it cannot have it, and a new one has it',
      slow,
      async () => {
        const sandbox = open();
        await make(sandbox, {
          name: 'numpy',
          version: '99.0',
          files: { 'numpy/__init__.py': `__version__ = '99.0'\n` },
        });
        const show = 'import numpy; print(numpy.__version__)';
        const before = await print(sandbox, show);
        const installed = await sandbox.runCode(`!pip install -q --no-deps wheels/numpy-99.0-*.whl\n${show}`);
        expect(installed.logs.stdout.join('')).toBe(before);
        expect(installed.logs.stderr.join('')).toMatch(
          /this context has loaded another version of it already: numpy\./,
        );
        const fresh = await sandbox.createCodeContext();
        const first = await sandbox.runCode(show, { context: fresh });
        expect([first.logs.stdout.join(''), first.logs.stderr.join('')]).toEqual(['99.0\n', '']);
        // It is a kernel like any other.
        const failed = await sandbox.runCode(`print('a')\n!echo b\n1/0`, { context: fresh });
        expect(failed.logs.stdout.join('')).toBe('a\nb\n');
        expect(failed.error).toMatchObject({ name: 'ZeroDivisionError', lineNumber: 3 });
        expect(failed.executionCount).toBe(2);
        await run(sandbox, 'pip uninstall -y -q numpy');
        expect(await print(sandbox, show, { context: await sandbox.createCodeContext() })).toBe(before);
      },
    );

    test.concurrent('a command installs it before the first code runs: the first context has it', slow, async () => {
      const sandbox = open();
      await make(sandbox, { name: 'pandas', version: '99.0', files: { 'pandas.py': `__version__ = '99.0'\n` } });
      await run(sandbox, 'pip install -q --no-deps wheels/pandas-99.0-*.whl');
      expect(await print(sandbox, 'import pandas; print(pandas.__version__)')).toBe('99.0\n');
    });

    test.concurrent('a folder that a .pth file names, as editable installs do, is found by a context that runs', async () => {
      const sandbox = open();
      const other = await sandbox.createCodeContext();
      const install = `!mkdir -p own "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
!echo 'v = 5' > own/mine.py; echo /workspace/own > "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/own.pth"
import mine; print(mine.v)`;
      expect(await print(sandbox, install)).toBe('5\n');
      expect(await print(sandbox, 'import mine; print(mine.v)', { context: other })).toBe('5\n');
      expect((await run(sandbox, 'python -c "import mine; print(mine.v)"')).stdout).toBe('5\n');
    });

    test.concurrent('packages that the kernel cannot start with are named, and can be removed', slow, async () => {
      const sandbox = open();
      await make(sandbox, { name: 'traitlets', version: '99.0', files: { 'traitlets.py': 'nothing = 1\n' } });
      await run(sandbox, 'pip install -q --no-deps wheels/traitlets-99.0-*.whl');
      await expect(sandbox.createCodeContext()).rejects.toMatchObject({
        code: 'packages_unusable',
        message: expect.stringContaining('traitlets'),
      });
      await run(sandbox, 'pip uninstall -y -q traitlets');
      expect(await print(sandbox, 'print(1)')).toBe('1\n');
    });

    test.concurrent('npm install of a file, for a folder and for all', slow, async () => {
      const sandbox = open();
      const files = {
        'package.json': JSON.stringify({ name: 'left', version: '1.0.0', main: 'i.js', bin: { left: 'i.js' } }),
        'i.js': `#!/usr/bin/env node\nmodule.exports = 7;\nif (require.main === module) console.log('left');\n`,
      };
      const write = `import json, os, sys\nos.makedirs('left')\nfor name, text in json.loads(sys.argv[1]).items(): open('left/' + name, 'w').write(text)`;
      await run(sandbox, ['python3', '-c', write, JSON.stringify(files)]);
      const javascript = { language: 'javascript' } as const;
      const before = await sandbox.runCode(
        `try { require('left') } catch (error) { console.log(error.code) }`,
        javascript,
      );
      expect(before.logs.stdout.join('')).toBe('MODULE_NOT_FOUND\n');
      await run(sandbox, 'npm pack ./left && npm install ./left-1.0.0.tgz && npm install -g ./left-1.0.0.tgz');
      expect((await run(sandbox, `node -e 'console.log(require("left"))'; left`)).stdout).toBe('7\nleft\n');
      // In code, too, in a context that runs already.
      const { results, error } = await sandbox.runCode(`import left from 'left'; [left, require('left')]`, javascript);
      expect([error?.traceback, results[0]?.json]).toEqual([undefined, [7, 7]]);
    });
  });
}
