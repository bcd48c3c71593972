import type { ExecutionEvent } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

/** Tables, and what their `json` must be. */
const tables: Readonly<Record<string, readonly [string, unknown]>> = {
  'numbers, texts, dates and what is missing': [
    `pd.DataFrame({'n': [1.5, None], 't': ['x', None], 'd': pd.to_datetime(['2024-02-29', None]), 'i': pd.array([1, None], dtype='Int64')}, index=['p', 'q'])`,
    {
      columns: ['n', 't', 'd', 'i'],
      dtypes: ['float64', expect.any(String), expect.stringContaining('datetime64'), 'Int64'],
      index: ['p', 'q'],
      rows: [
        [1.5, 'x', '2024-02-29T00:00:00', 1],
        [null, null, null, null],
      ],
      shape: [2, 4],
    },
  ],
  'several levels': [
    `pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([('a', 1), ('a', 2)]), index=pd.MultiIndex.from_tuples([('x', 5)]))`,
    {
      columns: [
        ['a', 1],
        ['a', 2],
      ],
      dtypes: ['int64', 'int64'],
      index: [['x', 5]],
      rows: [[1, 2]],
      shape: [1, 2],
    },
  ],
  'columns of one name': [
    `pd.DataFrame([[1, 2]], columns=['a', 'a'])`,
    { columns: ['a', 'a'], dtypes: ['int64', 'int64'], index: [0], rows: [[1, 2]], shape: [1, 2] },
  ],
  'a column': [
    `pd.Series([True, False], name='n')`,
    { columns: ['n'], dtypes: ['bool'], index: [0, 1], rows: [[true], [false]], shape: [2, 1] },
  ],
  'types of columns': [
    `pd.DataFrame({'a': [1], 'b': ['x'], 'c': pd.Categorical(['y'])}).dtypes.astype(object)`,
    {
      ...{ columns: [null], dtypes: ['object'], index: ['a', 'b', 'c'] },
      ...{ rows: [['int64'], [expect.stringMatching(/^(str|object)$/)], ['category']], shape: [3, 1] },
    },
  ],
  'numbers that most readers of JSON would change': [
    `pd.DataFrame({'id': [2 ** 53 + 1, 5]}, index=[2 ** 60, 1])`,
    {
      ...{ columns: ['id'], dtypes: ['int64'], index: ['1152921504606846976', 1] },
      ...{ rows: [['9007199254740993'], [5]], shape: [2, 1] },
    },
  ],
  'dates as names of columns': [
    `pd.DataFrame([[1, 2]], columns=pd.to_datetime(['2024-01-01 00:00', '2024-02-01 10:30']))`,
    {
      ...{ columns: ['2024-01-01T00:00:00', '2024-02-01T10:30:00'], dtypes: ['int64', 'int64'] },
      ...{ index: [0], rows: [[1, 2]], shape: [1, 2] },
    },
  ],
  nanoseconds: [
    `pd.Series(pd.to_datetime([1_700_000_000_123_456_789, None], unit='ns'), name='t')`,
    {
      ...{ columns: ['t'], dtypes: ['datetime64[ns]'], index: [0, 1] },
      ...{ rows: [['2023-11-14T22:13:20.123456789'], [null]], shape: [2, 1] },
    },
  ],
  nothing: [`pd.DataFrame()`, { columns: [], dtypes: [], index: [], rows: [], shape: [0, 0] }],
  'a styled table': [
    `pd.DataFrame({'a': [1]}).style.highlight_max()`,
    { columns: ['a'], dtypes: ['int64'], index: [0], rows: [[1]], shape: [1, 1] },
  ],
};

/** Rows and columns that are there. */
function sizeOf(event: ExecutionEvent | undefined): [number, number] {
  const { rows, columns } = Object(event?.json) as { rows: unknown[]; columns: unknown[] };
  return [rows.length, columns.length];
}

export function describeShown(suite: Suite): void {
  suite.topic('tables', () => {
    test.concurrent.for(Object.entries(tables))('%s', async ([, [code, json]]) => {
      const [result] = (await suite.box().run(`import pandas as pd\n${code}`)).results;
      expect(result?.json).toEqual(json);
      expect(result?.html).toContain('<table');
      expect(result?.text).toBeTruthy();
    });

    test.concurrent('a large table is cut and says so', async () => {
      const box = suite.box();
      const [long] = (await box.run(`import pandas as pd, numpy as np\npd.DataFrame({'a': range(100_000)})`)).results;
      expect(long?.json).toMatchObject({ shape: [100_000, 1], truncated: true });
      expect(sizeOf(long)).toEqual([1000, 1]);
      const [wide] = (await box.run(`pd.DataFrame(np.zeros((500, 500)))`)).results;
      expect(sizeOf(wide)).toEqual([200, 100]);
    });

    test.concurrent('rows whose cells are enormous do not fail the run', async () => {
      const run = await suite.box().run(`import pandas as pd\npd.DataFrame({'a': ['x' * 100_000] * 100})`);
      expect(run.end.outcome).toBe('ok');
      expect(run.results).toMatchObject([{ truncated: ['json'], html: expect.stringContaining('<table') }]);
    });
  });

  suite.topic('displays that change', () => {
    test.concurrent('update_display is a result with the same display_id', async () => {
      const run = await suite
        .box()
        .run(
          `from IPython.display import display, update_display\nhandle = display(1, display_id='counter')\nhandle.update(2)\nupdate_display(3, display_id='counter')\ndisplay(4)`,
        );
      expect(run.results.map(({ text, metadata }) => [text, metadata])).toEqual([
        ['1', { display_id: 'counter' }],
        ['2', { display_id: 'counter' }],
        ['3', { display_id: 'counter' }],
        ['4', undefined],
      ]);
    });

    test.concurrent('clear_output marks what comes next, whatever it is', async () => {
      const run = await suite
        .box()
        .run(
          `from IPython.display import clear_output, display\nprint('a')\nclear_output(wait=True)\nprint('b')\nclear_output()\ndisplay(1)\nclear_output()`,
        );
      // The pieces that text comes in do not matter: the first of them carries the mark.
      const seen: [string, string | undefined, boolean | undefined][] = [];
      for (const { type, text, clear } of run.events) {
        const last = seen.at(-1);
        if (last && type === 'stdout' && last[0] === type && !clear) last[1] = `${last[1]}${text}`;
        else seen.push([type, text, clear]);
      }
      expect(seen).toEqual([
        ['stdout', 'a\n', undefined],
        ['stdout', 'b\n', true],
        ['result', '1', true],
        ['execution_complete', undefined, true],
      ]);
    });

    test.concurrent('the redraws of a progress bar are few events', async () => {
      const run = await suite
        .box()
        .run(`from tqdm import tqdm\nfor n in tqdm(range(2000), mininterval=0, miniters=1): pass`);
      expect(run.stderr.split('\r').length).toBeGreaterThan(2000);
      expect(run.stderr).toContain('2000/2000');
      expect(run.events.length).toBeLessThan(200);
    });
  });

  suite.topic('charts', () => {
    test.concurrent('a figure is one event with a picture and a chart', async () => {
      const run = await suite.box().run(`import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4])\nplt.show()`);
      expect(run.results).toMatchObject([
        {
          png: expect.stringMatching(/^iVBORw0KGgo/),
          chart: { type: 'line', library: 'matplotlib', data: { series: [{ kind: 'line', x: [1, 2], y: [3, 4] }] } },
        },
      ]);
    });

    test.concurrent('without charts there is the picture alone', async () => {
      const code = `import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\nimport plotly.express as px\npx.bar(y=[1])`;
      const run = await suite.box().run(code, { charts: false });
      expect(run.results.map((result) => Object.keys(result).toSorted())).toEqual([
        ['png', 'text', 'timestamp', 'type'],
        ['html', 'timestamp', 'type'],
      ]);
    });

    test.concurrent('what cannot be read is no chart, and the picture arrives', async () => {
      const run = await suite
        .box()
        .run(
          `import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.gca().get_legend = lambda: 1 / 0\nplt.show()\nprint('after')`,
        );
      expect(run.end.outcome).toBe('ok');
      expect(run.results).toHaveLength(1);
      expect(run.results[0]).toMatchObject({ png: expect.stringMatching(/^iVBORw0KGgo/) });
      expect(run.results[0]?.chart).toBeUndefined();
      expect(run.stderr).toBe('');
    });

    test.concurrent('a figure that was noted can be copied, pickled and drawn by another process', async () => {
      const run = await suite
        .box()
        .run(
          `import matplotlib.pyplot as plt, pickle, copy, subprocess, sys\nplt.hist([1, 2, 2])\nplt.boxplot([1, 2])\nwith open('figure', 'wb') as file: pickle.dump(plt.gcf(), file)\nplt.close()\ncode = 'import pickle; print(len(pickle.load(open("figure", "rb")).axes[0].patches))'\nprint(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True))`,
        );
      expect(run.stdout).toContain(String.raw`stdout='10\n'`);
    });

    test.concurrent('a picture by Pillow comes once, SVG and LaTeX as they are', async () => {
      const box = suite.box();
      const [picture] = (await box.run(`from PIL import Image\nImage.new('RGB', (2, 2), 'red')`)).results;
      expect(picture?.png).toMatch(/^iVBORw0KGgo/);
      expect(picture?.jpeg).toBeUndefined();
      // What comes from a printer can be no PNG.
      expect((await box.run(`Image.new('CMYK', (2, 2))`)).results[0]?.jpeg).toMatch(/^\/9j\//);
      const [formula] = (await box.run(`import sympy\nsympy.Symbol('x') ** 2`)).results;
      expect(formula).toMatchObject({ text: 'x**2', latex: expect.stringContaining('x^{2}') });
      const [sound] = (await box.run(`from IPython.display import Audio\nAudio([0, 1, 0, -1], rate=8000)`)).results;
      expect(sound?.html).toMatch(/<audio[\s\S]*base64/);
    });
  });
}
