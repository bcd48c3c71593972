import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

export function describeState(suite: Suite): void {
  suite.topic('state', () => {
    test.concurrent('variables, functions, imports and the folder are kept from one execution to the next', async () => {
      const box = suite.box();
      await box.run(
        `import math, os\nx = 20\ndef twice(n): return 2 * n\nos.makedirs('data', exist_ok=True)\nos.chdir('data')`,
      );
      expect((await box.run(`print(os.getcwd())\ntwice(x) + math.floor(2.5)`)).order).toEqual([
        'stdout /workspace/data\n',
        'result 42',
      ]);
    });

    test.concurrent('executions of a context count 1, 2, 3, whatever becomes of them', async () => {
      const box = suite.box();
      const counts: unknown[] = [];
      for (const code of ['1', '1/0', 'x = = 1', '', '# nothing', 'print(1)'].filter((code) => code !== '')) {
        counts.push((await box.run(code)).end.execution_count);
      }
      expect(counts).toEqual([1, 2, 3, 4, 5]);
    });

    test.concurrent('what code did before it failed is kept', async () => {
      const box = suite.box();
      await box.run('x = 1\ny = 2\n1/0\nz = 3');
      expect((await box.run(`(x, y, 'z' in globals())`)).results[0]?.json).toEqual([1, 2, false]);
    });

    test.concurrent('code with a syntax error has no effect', async () => {
      const box = suite.box();
      await box.run('x = 1');
      await box.run('x = 2\nx = = 3');
      expect((await box.run('x')).results[0]?.text).toBe('1');
    });

    test.concurrent('sandboxes share neither variables nor files nor modules', async () => {
      const [a, b] = [suite.box(), suite.box()];
      await a.run(
        `secret = 1\nimport json\njson.dumps = lambda *_: 'patched'\nfor f in ('/workspace/f', '/tmp/f', '/home/user/f'): open(f, 'w').write('a')`,
      );
      const run = await b.run(
        `import os, json\nprint('secret' in globals(), json.dumps([1]), [f for f in ('/workspace/f', '/tmp/f', '/home/user/f') if os.path.exists(f)])`,
      );
      expect(run.stdout).toBe('False [1] []\n');
    });

    test.concurrent('kernels draw different random numbers', async () => {
      const code = `import random, numpy as np, uuid, secrets\n[random.random(), float(np.random.rand()), uuid.uuid4().hex, secrets.token_hex(4), hash(object())][:4]`;
      const draws = await Promise.all(
        [1, 2, 3].map(async () => (await suite.box().run(code)).results[0]?.json as unknown[]),
      );
      for (let at = 0; at < 4; at++) expect(new Set(draws.map((draw) => draw[at])).size).toBe(3);
    });

    test.concurrent('files of the workspace outlive the kernel', async () => {
      const box = suite.box();
      await box.run(`open('kept.txt', 'w').write('kept')\nimport os\nos._exit(0)`);
      expect((await box.run(`open('kept.txt').read()`)).results[0]?.text).toBe(`'kept'`);
    });

    test.concurrent('a sandbox that was destroyed begins anew: no files, no variables', async () => {
      const box = suite.box();
      await box.run(`x = 1\nopen('f', 'w').close()`);
      await box.destroy();
      const run = await box.run(`import os\n(os.listdir('/workspace'), 'x' in globals())`);
      expect(run.results[0]?.json).toEqual([[], false]);
      expect(run.end.execution_count).toBe(1);
    });

    test.concurrent('a program that a model would write: a CSV, a table, a chart', async () => {
      const box = suite.box();
      await box.run(
        `csv = '''city,year,value\nZürich,2023,1.5\nZürich,2024,\nGenève,2024,3'''\nopen('data.csv', 'w', encoding='utf-8').write(csv);`,
      );
      await box.run(
        `import pandas as pd\nimport matplotlib.pyplot as plt\ndf = pd.read_csv('data.csv')\nsummary = df.groupby('city')['value'].agg(['mean', 'count'])`,
      );
      const run = await box.run(
        `print(df.describe())\nsummary.plot(kind='bar')\nplt.ylabel('value')\nplt.show()\nsummary`,
      );
      expect(run.order.map((entry) => entry.split(/[ <]/)[0])).toEqual(['stdout', 'result', 'result']);
      expect(run.results[0]?.png).toBeTruthy();
      expect(run.results[1]?.html).toContain('Zürich');
    });

    test.concurrent('classes, pickles, dataclasses and generators work across executions', async () => {
      const box = suite.box();
      await box.run(
        `import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: int = 0\ndef gen():\n    yield 1\n    yield 2\ng = gen()\nnext(g)\npickle.dump(P(5), open('p.pkl', 'wb'))`,
      );
      expect((await box.run(`(pickle.load(open('p.pkl', 'rb')), next(g))`)).results[0]?.text).toBe('(P(x=5), 2)');
    });
  });
}
