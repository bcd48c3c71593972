import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

/** Code, and the results that it shows; of each, the fields named must be as they are here. */
const shown: Readonly<Record<string, readonly [string, readonly Record<string, unknown>[]]>> = {
  'a number': ['1 + 1', [{ text: '2' }]],
  'a string': [`'a' + "b"`, [{ text: `'ab'` }]],
  'a boolean': ['1 == 1', [{ text: 'True' }]],
  'a float': ['0.5', [{ text: '0.5' }]],
  'a float that JSON has not': [`float('nan')`, [{ text: 'nan' }]],
  'a list': ['[1, [2, None]]', [{ text: '[1, [2, None]]', json: [1, [2, null]] }]],
  'a tuple': ['(1, 2)', [{ text: '(1, 2)', json: [1, 2] }]],
  None: ['None', []],
  'a call that returns None': ['[].append(1)', []],
  'an assignment': ['x = 5', []],
  'an expression that is not the last': ['1\nx = 2', []],
  'an expression with a semicolon': ['1 + 1;', []],
  'an expression behind a semicolon': ['x = 3; x * 2', [{ text: '6' }]],
  'an expression over several lines': ['(1 +\n 2\n)', [{ text: '3' }]],
  'an expression and a comment': ['2 * 3  # six\n# nothing more', [{ text: '6' }]],
  'an expression without a line end, after CRLF': ['x = 1\r\nx + 1', [{ text: '2' }]],
  'only a comment': ['# nothing', []],
  'only white space': [' \n\t\n', []],
  'what display shows, then the last expression': [`display('a')\n'b'`, [{ text: `'a'` }, { text: `'b'` }]],
  'display of several objects': [`display(1, 'b', [2])`, [{ text: '1' }, { text: `'b'` }, { text: '[2]', json: [2] }]],
  HTML: [`from IPython.display import HTML\nHTML('<b>é</b>')`, [{ html: '<b>é</b>' }]],
  Markdown: [`from IPython.display import display, Markdown\ndisplay(Markdown('# a'))`, [{ markdown: '# a' }]],
  Latex: [`from IPython.display import Latex\nLatex('$x^2$')`, [{ latex: '$x^2$' }]],
  Math: [`from IPython.display import Math\nMath('x^2')`, [{ latex: '$\\displaystyle x^2$' }]],
  SVG: [
    `from IPython.display import SVG\nSVG('<svg xmlns="http://www.w3.org/2000/svg"></svg>')`,
    [{ svg: expect.stringContaining('<svg') }],
  ],
  GIF: [
    `from IPython.display import Image\nImage(b'GIF89a', format='gif')`,
    [{ html: '<img src="data:image/gif;base64,R0lGODlh">' }],
  ],
  Javascript: [`from IPython.display import Javascript\nJavascript('alert(1)')`, [{ javascript: 'alert(1)' }]],
  JSON: [`from IPython.display import JSON\nJSON({'a': [1, None]})`, [{ json: { a: [1, null] } }]],
  'a class that draws itself': [
    `class Card:\n    def _repr_html_(self): return '<i>card</i>'\n    def __repr__(self): return 'Card()'\nCard()`,
    [{ text: 'Card()', html: '<i>card</i>' }],
  ],
  'a class with a mime bundle': [
    `class Both:\n    def _repr_mimebundle_(self, include=None, exclude=None): return {'text/plain': 'both', 'text/markdown': '*both*'}\nBoth()`,
    [{ text: 'both', markdown: '*both*' }],
  ],
  'raw formats': [`display({'text/plain': 'p', 'text/html': '<p>'}, raw=True)`, [{ text: 'p', html: '<p>' }]],
  'a table': [
    `import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', 'ÿ']})`,
    [{ text: expect.stringContaining('ÿ'), html: expect.stringMatching(/<table[\s\S]*ÿ/) }],
  ],
  'a column': [`import pandas as pd\npd.Series([1, 2], name='n')`, [{ text: expect.stringContaining('Name: n') }]],
  'an array': [`import numpy as np\nnp.arange(3)`, [{ text: 'array([0, 1, 2])' }]],
  'top-level await': [
    `import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 7\nawait f()`,
    [{ text: '7' }],
  ],
  'async for': [`async def g():\n    yield 1\n    yield 2\n[n async for n in g()]`, [{ json: [1, 2] }]],
  'non-ASCII names': [`größe = 3\n名 = größe + 1\n名`, [{ text: '4' }]],
  tabs: [`if True:\n\tx = 5\n\tx\nx`, [{ text: '5' }]],
  'a byte order mark': ['\uFEFF1 + 2', [{ text: '3' }]],
  'a future import': [`from __future__ import annotations\ndef f(a: Unknown): return 1\nf(0)`, [{ text: '1' }]],
  'a doc test prompt': ['>>> 1 + 2', [{ text: '3' }]],
  'a main guard': [`def main(): print('in')\nif __name__ == '__main__': main()`, []],
};

/** Last expressions, and what their `json` must be. */
const asJson: Readonly<Record<string, readonly [string, unknown]>> = {
  'NaN and infinities': [`{'a': float('nan'), 'b': [float('inf'), -float('inf')]}`, { a: null, b: [null, null] }],
  sets: [`{'s': {1}, 'f': frozenset([2])}`, { s: [1], f: [2] }],
  dates: [
    `import datetime as d\n{'d': d.date(2024, 2, 29), 't': d.datetime(2024, 2, 29, 1, 2, 3), 'z': d.datetime(2024, 1, 1, tzinfo=d.timezone.utc)}`,
    { d: '2024-02-29', t: '2024-02-29T01:02:03', z: '2024-01-01T00:00:00+00:00' },
  ],
  'numpy values': [
    `import numpy as np\n{'i': np.int64(3), 'f': np.float32(0.5), 'n': np.nan, 'b': np.bool_(True), 'a': np.array([[1, 2], [3, 4]])}`,
    {
      i: 3,
      f: 0.5,
      n: null,
      b: true,
      a: [
        [1, 2],
        [3, 4],
      ],
    },
  ],
  'pandas time stamps': [`import pandas as pd\n[pd.Timestamp('2024-01-02')]`, ['2024-01-02T00:00:00']],
  'keys of other types': [
    `{1: 'a', None: 'b', True and 2.5: 'c', (1, 2): 'd'}`,
    { 1: 'a', null: 'b', '2.5': 'c', '(1, 2)': 'd' },
  ],
  'deep nesting': [`{'a': [{'b': ({'c': [1]},)}]}`, { a: [{ b: [{ c: [1] }] }] }],
  'the largest whole numbers': [`[2 ** 53 - 1, 1 - 2 ** 53]`, [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  'whole numbers that most readers of JSON would change': [
    `{'id': 1234567890123456789, 'n': [2 ** 53, -2 ** 53, 10 ** 30]}`,
    { id: '1234567890123456789', n: ['9007199254740992', '-9007199254740992', `1${'0'.repeat(30)}`] },
  ],
};

/** Last expressions that must not fail the run, whatever becomes of them. */
const harmless: Readonly<Record<string, string>> = {
  'a dictionary that holds itself': `d = {}\nd['d'] = d\nd`,
  'very deep nesting': `d = []\nfor _ in range(5000): d = [d]\n[d, 1]`,
  'an enormous number': `[10 ** 4000]`,
  'bytes and objects': `{'b': b'\\xff', 'o': object(), 'c': 1j, 't': int, 'f': print, 'p': __import__('pathlib').Path('/tmp'), 'd': __import__('decimal').Decimal('1.1')}`,
  'NaT and NA': `import pandas as pd\n[pd.NaT, pd.NA]`,
  'an array of objects': `import numpy as np\n{'a': np.array([object(), None])}`,
  'an element whose repr fails': `class Bad:\n    def __repr__(self): raise RuntimeError('no')\n{'a': Bad()}`,
  'a dictionary of a million numbers': `{i: i for i in range(1_000_000)}`,
};

const pngStart = 'iVBORw0KGgo';

export function describeResults(suite: Suite): void {
  suite.topic('results', () => {
    test.concurrent.for(Object.entries(shown))('%s', async ([, [code, results]]) => {
      const run = await suite.box().run(code);
      expect(run.end.outcome, JSON.stringify(run.summary)).toBe('ok');
      expect(run.results).toMatchObject(results);
      expect(run.results).toHaveLength(results.length);
    });

    test.concurrent.for(Object.entries(asJson))('%s as JSON', async ([, [code, json]]) => {
      const run = await suite.box().run(code);
      expect(run.end.outcome).toBe('ok');
      expect(run.results).toHaveLength(1);
      expect(run.results[0]?.json).toEqual(json);
    });

    test.concurrent.for(Object.entries(harmless))('%s does not fail the run', async ([, code]) => {
      const box = suite.box();
      const run = await box.run(code);
      expect(run.end).toMatchObject({ outcome: 'ok', state: 'kept' });
      expect((await box.run('1 + 1')).results[0]?.text).toBe('2');
    });

    test.concurrent('an object whose repr fails says so, and breaks nothing', async () => {
      const box = suite.box();
      const run = await box.run(`class Bad:\n    def __repr__(self): raise RuntimeError('no repr')\nBad()`);
      expect(JSON.stringify(run.events)).toContain('no repr');
      expect(JSON.stringify(run.events)).not.toContain('site-packages');
      expect((await box.run('1 + 1')).results[0]?.text).toBe('2');
    });

    test.concurrent('the last result is `_`, the one before `__`', async () => {
      const box = suite.box();
      await box.run('40');
      await box.run('2');
      expect((await box.run('_ + __')).results[0]?.text).toBe('42');
    });

    test.concurrent('a result larger than a frame arrives whole', async () => {
      const [result] = (await suite.box().run(`'x' * 5_000_000`)).results;
      expect(result?.text?.length).toBe(5_000_002);
      expect(result?.truncated).toBeUndefined();
    });

    test.concurrent('a result that is too large is cut and marked, and the rest of it arrives', async () => {
      const box = suite.box();
      const run = await box.run(
        `class Large:\n    def _repr_html_(self): return 'x' * 80_000_000\n    def __repr__(self): return 'Large()'\ndisplay(Large())\nprint('after')`,
      );
      expect(run.order).toEqual(['result Large()', 'stdout after\n']);
      expect(run.results[0]).toMatchObject({ text: 'Large()', truncated: ['html'] });
      expect(run.results[0]?.html).toBeUndefined();
      expect(run.end).toMatchObject({ outcome: 'ok', state: 'kept' });
    });

    test.concurrent('a result whose every format is too large is an event that names them', async () => {
      const run = await suite.box().run(`class Large:\n    def __repr__(self): return 'x' * 80_000_000\nLarge()`);
      expect(run.end).toMatchObject({ outcome: 'ok', state: 'kept' });
      expect(run.results).toHaveLength(1);
      expect(run.results[0]?.truncated).toEqual(['text']);
    });
  });

  suite.topic('figures', () => {
    test.concurrent('a figure that was never shown is shown at the end', async () => {
      const run = await suite
        .box()
        .run(`import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.title('é')\nprint('drawn')`);
      expect(run.results).toHaveLength(1);
      expect(run.results[0]?.png?.startsWith(pngStart)).toBe(true);
      expect(run.results[0]?.png).toMatch(/^[A-Za-z0-9+/]+=*$/);
      expect(run.order[0]).toBe('stdout drawn\n');
    });

    test.concurrent('figures that are shown come in order, once each', async () => {
      const run = await suite
        .box()
        .run(
          `import matplotlib.pyplot as plt\nfor n in range(2):\n    plt.figure()\n    plt.plot([n, 1])\n    print(n)\n    plt.show()\nprint('end')`,
        );
      expect(run.order.map((entry) => entry.replace(/<Figure.*/, 'Figure'))).toEqual([
        'stdout 0\n',
        'result Figure',
        'stdout 1\n',
        'result Figure',
        'stdout end\n',
      ]);
      for (const { png } of run.results) expect(png?.startsWith(pngStart)).toBe(true);
    });

    test.concurrent('two figures left open are two results', async () => {
      const run = await suite
        .box()
        .run(
          `import matplotlib.pyplot as plt\nfor n in range(2):\n    fig, ax = plt.subplots()\n    ax.bar([1, 2], [n, 2])`,
        );
      expect(run.results.map(({ png }) => png?.startsWith(pngStart))).toEqual([true, true]);
    });

    test.concurrent('a plot by pandas is a picture', async () => {
      const run = await suite.box().run(`import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot();`);
      expect(run.results.filter(({ png }) => png?.startsWith(pngStart))).toHaveLength(1);
    });

    test.concurrent('%matplotlib inline, matplotlib.use and a style change nothing', async () => {
      const run = await suite
        .box()
        .run(
          `%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.style.use('ggplot')\nplt.plot([1, 2])\nplt.tight_layout()\nplt.show()`,
        );
      expect(run.end.outcome).toBe('ok');
      expect(run.results).toHaveLength(1);
    });

    test.concurrent('a figure that was saved and closed is not shown', async () => {
      const run = await suite
        .box()
        .run(
          `import matplotlib.pyplot as plt, os\nplt.plot([1, 2])\nplt.savefig('chart.png')\nplt.close()\nprint(os.path.getsize('/workspace/chart.png') > 1000)`,
        );
      expect(run.order).toEqual(['stdout True\n']);
    });

    test.concurrent('a figure of code that fails does not appear in the next execution', async () => {
      const box = suite.box();
      const run = await box.run(`import matplotlib.pyplot as plt\nplt.plot([1, 2])\n1/0`);
      expect(run.error.ename).toBe('ZeroDivisionError');
      expect((await box.run('1 + 1')).order).toEqual(['result 2']);
    });

    test.concurrent('bytes of a picture are base64 without line breaks', async () => {
      const run = await suite
        .box()
        .run(
          `import base64\nfrom IPython.display import Image, display\ndata = base64.b64decode('${onePixel}')\ndisplay(Image(data=data, format='png'))`,
        );
      expect(run.results).toMatchObject([{ png: onePixel }]);
    });
  });

  suite.topic('magics', () => {
    test.concurrent('%timeit', async () => {
      const run = await suite.box().run('%timeit -n 10 -r 2 sum(range(10))');
      expect(run.end.outcome).toBe('ok');
      expect(run.text).toMatch(/per loop/);
    });
    test.concurrent('%%time', async () => {
      const run = await suite.box().run('%%time\nx = 1\nprint(x)');
      expect(run.stdout).toMatch(/^1\n[\s\S]*Wall time/);
    });
    test.concurrent('!command with a variable, and its output as a list', async () => {
      const run = await suite.box().run(`name = 'a file'\n!touch "{name}"\nfiles = !ls\nfiles`);
      expect(run.results[0]?.text).toContain('a file');
      expect(run.results[0]?.json).toEqual(['a file']);
    });
    test.concurrent('!command that fails is no error', async () => {
      const run = await suite.box().run(`!exit 3\nprint(_exit_code)`);
      expect(run.order).toEqual(['stdout 3\n']);
    });
    test.concurrent('!command has the shell of the commands of the API', async () => {
      const box = suite.box();
      const run = await box.run(
        `open('named', 'w').write('NAME=world');\n!source ./named; [[ $$NAME == w* ]] && echo hello $$NAME\n!for ((i = 0; i < 2; i++)); do echo $$i; done`,
      );
      expect(run.order).toEqual(['stdout hello world\n0\n1\n']);
      const captured = await box.run(`said = ![[ a == a ]] && echo yes; exit 3\nsaid, _exit_code`);
      expect(captured.results[0]?.json).toEqual([['yes'], 3]);
    });
    test.concurrent('%%bash writes to both streams', async () => {
      const run = await suite.box().run(`%%bash\necho a\necho b >&2\necho c`);
      expect([run.stdout, run.stderr, run.end.outcome]).toEqual(['a\nc\n', 'b\n', 'ok']);
    });
    test.concurrent('%%bash that fails is an error', async () => {
      const run = await suite.box().run(`%%bash\necho a\nexit 3`);
      expect(run.stdout).toBe('a\n');
      expect(run.error.ename).toBe('CalledProcessError');
    });
    test.concurrent('%%writefile and %run', async () => {
      const box = suite.box();
      await box.run(`%%writefile mod.py\nvalue = 5\nprint('in the file')`);
      expect((await box.run(`%run mod.py\nvalue`)).order).toEqual(['stdout in the file\n', 'result 5']);
    });
    test.concurrent('an unknown magic is an error, and nothing else', async () => {
      const box = suite.box();
      const run = await box.run('%no_such_magic');
      expect(run.end.state).toBe('kept');
      expect(`${run.text}${JSON.stringify(run.errors)}`).toContain('no_such_magic');
    });
    test.concurrent('help on an object is text and does not wait for a pager', async () => {
      const run = await suite.box().run(`help(len)\nlen?`);
      expect(run.end.outcome).toBe('ok');
      expect(JSON.stringify(run.events)).toContain('number of items');
    });
  });
}

const onePixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
