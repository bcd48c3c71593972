import { expect, test } from 'vitest';
import type { Suite } from '../suite.ts';
import { openScriptBox, sharedScriptBox } from './script-box.ts';

// Faults that the best-known implementation of this API has with JavaScript, read in its public source: each named, and each not ours.

export function describeScriptPeerFaults(suite: Suite): void {
  suite.topic('JavaScript: faults of the peer that are not ours', () => {
    const shared = sharedScriptBox(suite);

    test.concurrent('const may be declared again', async () => {
      for (const n of [1, 2]) expect((await shared().run(`const again = ${n}; again`)).results[0]?.text).toBe(`${n}`);
    });

    test.concurrent('fetch is there', async () => {
      expect((await shared().run(`await (await fetch('data:,fetched')).text()`)).results[0]?.text).toBe(`'fetched'`);
    });

    test.concurrent('import works', async () => {
      expect((await shared().run(`import { sep } from 'node:path'; sep`)).results[0]?.text).toBe(`'/'`);
    });

    test.concurrent('a syntax error is no success, and lineNumber is set', async () => {
      const run = await shared().run('let fine = 1\nlet = = 2');
      expect(run.error).toMatchObject({ ename: 'SyntaxError', lineNumber: 2 });
      expect(run.end.outcome).toBe('error');
    });

    test.concurrent('subprocess output does not land on the protocol', async () => {
      const code = `require('node:child_process').execSync(\`echo '{"type":"result"}'\`, { stdio: 'inherit' }); 1`;
      expect((await shared().run(code)).order).toEqual(['stdout {"type":"result"}\n', 'result 1']);
    });

    test.concurrent('timeout and envVars have an effect, and after a timeout the next run gets its own answer', async () => {
      const js = openScriptBox(suite);
      expect((await js.run('while (true);', { timeout: 200 })).end.outcome).toBe('timeout');
      expect((await js.run('process.env.A', { envVars: { A: 'x' } })).results[0]?.text).toBe(`'x'`);
    });

    test.concurrent('the end of the kernel does not hang the call', async () => {
      expect((await openScriptBox(suite).run('process.exit()')).error.ename).toBe('Quicksand.KernelExited');
    });

    test.concurrent('NaN or a set in an object does not fail the run', async () => {
      expect((await shared().run('({ a: NaN, b: new Set([1]) })')).results[0]?.json).toEqual({ a: null, b: [1] });
    });

    test.concurrent('user code does not run as root', async () => {
      expect((await shared().run('[process.getuid(), process.getgid()]')).results[0]?.json).toEqual([1000, 1000]);
    });

    test.concurrent('the environment of the host is not there', async () => {
      const names = (await shared().run('Object.keys(process.env)')).results[0]?.json as string[];
      // Where npm finds the folder for what is installed for the sandbox alone.
      expect(names.filter((name) => name !== 'NPM_CONFIG_GLOBALCONFIG').join()).not.toMatch(
        /TOKEN|SECRET|KEY|SSH|npm_|NODE|VITEST|QUICKSAND|PYTHONPATH/i,
      );
    });
  });
}
