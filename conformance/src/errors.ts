import type { ExecutionEvent } from '@quicksand/protocol';
import { expect, test } from 'vitest';
import type { Suite } from './suite.ts';

/** Code that fails, and fields of its one `error` event. */
const failing: Readonly<Record<string, readonly [string, Partial<Record<keyof ExecutionEvent, unknown>>]>> = {
  'a name that is not there': [
    'x = 1\nundefined_name',
    { ename: 'NameError', evalue: `name 'undefined_name' is not defined`, lineNumber: 2 },
  ],
  'a syntax error': [
    'x = 1\ny = = 2\n',
    { ename: 'SyntaxError', evalue: expect.stringContaining('invalid syntax'), lineNumber: 2 },
  ],
  'an open bracket': [
    `a = 1\nprint('a'`,
    { ename: 'SyntaxError', evalue: expect.stringContaining('never closed'), lineNumber: 2 },
  ],
  'a missing indentation': [
    'for i in range(5):\nprint(i)',
    { ename: 'IndentationError', evalue: expect.stringContaining('expected an indented block'), lineNumber: 2 },
  ],
  'an indentation that is too deep': ['x = 1\n  y = 2', { ename: 'IndentationError', lineNumber: 2 }],
  'tabs and spaces mixed': ['if True:\n        x = 1\n\ty = 2', { ename: 'TabError', lineNumber: 3 }],
  'tabs and spaces mixed below a magic and an empty line': [
    '\n%time 1\nif True:\n        x = 1\n\ty = 2',
    { ename: 'TabError', lineNumber: 5 },
  ],
  'an open string': [`a = 1\nb = 'open\nc = 2`, { ename: 'SyntaxError', lineNumber: 2 }],
  'return outside of a function': ['x = 1\n\nreturn x', { ename: 'SyntaxError', lineNumber: 3 }],
  'an error in a nested function': [
    `def outer():\n    def inner():\n        # here\n        return 1 / 0\n    return inner()\n\nouter()`,
    { ename: 'ZeroDivisionError', evalue: 'division by zero', lineNumber: 4 },
  ],
  'an error behind blank lines and comments': ['\n\n# one\n\n1/0\n', { ename: 'ZeroDivisionError', lineNumber: 5 }],
  'an error after CRLF': ['x = 1\r\ny = 2\r\n1/0\r\n', { ename: 'ZeroDivisionError', lineNumber: 3 }],
  'an error after a shell command and a magic': [
    '!true\n%time x = 1\n1/0',
    { ename: 'ZeroDivisionError', lineNumber: 3 },
  ],
  'an error below %%time': ['%%time\nx = 1\ny = 2\n1/0', { ename: 'ZeroDivisionError', lineNumber: 4 }],
  'an error below %%capture and empty lines': [
    '\n%%capture\n\n1/0',
    {
      ename: 'ZeroDivisionError',
      lineNumber: 4,
      traceback: expect.arrayContaining([expect.stringContaining('File "<cell 1>", line 4, in <module>\n    1/0')]),
    },
  ],
  'an error below %%timeit': ['%%timeit -n1 -r1\nx = 1\n1/0', { ename: 'ZeroDivisionError', lineNumber: 3 }],
  'an error below two cell magics': ['%%time\n%%capture\nx = 1\n1/0', { ename: 'ZeroDivisionError', lineNumber: 4 }],
  'a syntax error below %%time': ['%%time\nx = 1\ny = = 2', { ename: 'SyntaxError', lineNumber: 3 }],
  'a syntax error below %%capture': ['%%capture\nx = 1\nreturn x', { ename: 'SyntaxError', lineNumber: 3 }],
  'an error inside a library': [`import json\nx = 1\njson.loads('{')`, { ename: 'JSONDecodeError', lineNumber: 3 }],
  'an error inside pandas': [
    `import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndf['b']`,
    { ename: 'KeyError', evalue: `'b'`, lineNumber: 3 },
  ],
  'a missing module': ['import no_such_module_here', { ename: 'ModuleNotFoundError', lineNumber: 1 }],
  'a missing file': [
    `open('/workspace/none.csv')`,
    { ename: 'FileNotFoundError', evalue: expect.stringContaining('none.csv'), lineNumber: 1 },
  ],
  'an error in a lambda and a comprehension': [
    `f = lambda n: 1 / n\n[f(n)\n for n in (1, 0)]`,
    { ename: 'ZeroDivisionError', lineNumber: 1 },
  ],
  'an error in a task': [
    `import asyncio\nasync def f():\n    raise KeyError('k')\nawait asyncio.gather(f())`,
    { ename: 'KeyError', lineNumber: 3 },
  ],
  'a class of the code itself': [
    `class TooHot(Exception): pass\nraise TooHot('oven')`,
    { ename: 'TooHot', evalue: 'oven', lineNumber: 2 },
  ],
  'no message': ['assert 1 == 2', { ename: 'AssertionError', evalue: '', lineNumber: 1 }],
  'a message of several lines and characters': [
    `raise ValueError('é\\n\\n  中\\n')`,
    { ename: 'ValueError', evalue: 'é\n\n  中\n' },
  ],
  'a message that looks like an event': [
    `raise ValueError('\\n\\ndata: {}\\n\\n')`,
    { ename: 'ValueError', evalue: '\n\ndata: {}\n\n' },
  ],
  'a group': [
    `raise ExceptionGroup('several', [ValueError('a'), KeyError('b')])`,
    { ename: 'ExceptionGroup', evalue: expect.stringContaining('several'), lineNumber: 1 },
  ],
  'endless recursion': ['def f(): return f()\nf()', { ename: 'RecursionError', lineNumber: 1 }],
  'a KeyboardInterrupt that the code raises itself': [
    'raise KeyboardInterrupt',
    { ename: 'KeyboardInterrupt', lineNumber: 1 },
  ],
  'a SIGINT that a task sends itself in its first step': [
    'import asyncio, os, signal\nasync def f():\n    os.kill(os.getpid(), signal.SIGINT)\ntask = asyncio.ensure_future(f())',
    {
      ename: 'KeyboardInterrupt',
      lineNumber: 3,
      traceback: [
        'Traceback (most recent call last):',
        // Newer Pythons mark the call below its line.
        expect.stringMatching(
          /^ {2}File "<cell 1>", line 3, in f\n {4}os\.kill\(os\.getpid\(\), signal\.SIGINT\)(\n {4}~+\^+)?$/,
        ),
        'KeyboardInterrupt',
      ],
    },
  ],
  'a future that does not come': [
    'from __future__ import braces',
    {
      ename: 'SyntaxError',
      lineNumber: 1,
      // Newer Pythons mark its name, older ones where the line begins.
      traceback: [
        '  File "<cell 1>", line 1',
        '    from __future__ import braces',
        expect.stringMatching(/^ {4} *\^+$/),
        'SyntaxError: not a chance',
      ],
    },
  ],
  'a task that leaves in its first step': [
    'import asyncio\nasync def f():\n    raise SystemExit(3)\ntask = asyncio.ensure_future(f())',
    { ename: 'SystemExit', evalue: '3', lineNumber: 3 },
  ],
  'a SIGINT that the code sends itself': [
    'import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nx = 1',
    { ename: 'KeyboardInterrupt', lineNumber: 2 },
  ],
  'a SIGINT that the code sends itself, whose handler calls the old one': [
    'import os, signal\nold = signal.getsignal(signal.SIGINT)\nsignal.signal(signal.SIGINT, lambda *sent: old(*sent))\nos.kill(os.getpid(), signal.SIGINT)\nx = 1',
    { ename: 'KeyboardInterrupt', lineNumber: 3 },
  ],
  'a signal that the code does not name': [
    'import signal\nsignal.raise_signal()',
    { ename: 'TypeError', lineNumber: 2 },
  ],
  'a time limit that the code sets itself': [
    'import threading, _thread\nthreading.Timer(0.2, _thread.interrupt_main).start()\nwhile True: pass',
    { ename: 'KeyboardInterrupt', lineNumber: 3 },
  ],
  'the name of an error of the host': [
    `raise type('Quicksand.Timeout', (Exception,), {})('fake')`,
    { ename: 'user:Quicksand.Timeout', evalue: 'fake' },
  ],
  'an error while another was handled': [
    `try:\n    1/0\nexcept ZeroDivisionError:\n    {}['k']`,
    { ename: 'KeyError', lineNumber: 4 },
  ],
  input: [
    `name = input('Your name: ')`,
    { ename: expect.stringMatching(/Error$/), evalue: expect.stringMatching(/input/i), lineNumber: 1 },
  ],
  'a password prompt': ['import getpass\ngetpass.getpass()', { ename: expect.stringMatching(/Error$/), lineNumber: 2 }],
};

/** Code that is no Python, and how its traceback goes on after its first line, which names the cell. */
const noPython: Readonly<Record<string, readonly [code: string, line: number, shown: string]>> = {
  'a bracket that is not closed': ['x = (', 1, `    x = (\n        ^\nSyntaxError: '(' was never closed`],
  'a text that is not closed': [
    'a = 1\ns = """b\nc',
    2,
    `    s = """b\n        ^\nSyntaxError: unterminated triple-quoted`,
  ],
  'an operator too many': ['1 +* 2', 1, '    1 +* 2\n       ^\nSyntaxError: invalid syntax'],
  'return outside of functions': [
    'x = 1\nreturn 5',
    2,
    `    return 5\n    ^^^^^^^^\nSyntaxError: 'return' outside function`,
  ],
  'break outside of loops': ['break', 1, `    break\n    ^^^^^\nSyntaxError: 'break' outside loop`],
  'nonlocal outside of functions': [
    'nonlocal q',
    1,
    '    nonlocal q\n    ^^^^^^^^^^\nSyntaxError: nonlocal declaration',
  ],
  'an indentation that fits no other': [
    'def f():\n    return 1\n  return 2',
    3,
    '    return 2\n            ^\nIndentationError: unindent does not match any outer indentation level',
  ],
  'an indentation that fits no other, below a magic and an empty line': [
    '\n%time 1\ndef f():\n    return 1\n  return 2',
    5,
    '    return 2\n',
  ],
  'return below a magic': [
    '%time 1\n\nreturn 5',
    3,
    `    return 5\n    ^^^^^^^^\nSyntaxError: 'return' outside function`,
  ],
};

export function describeErrors(suite: Suite): void {
  suite.topic('errors', () => {
    test.concurrent.for(Object.entries(failing))('%s', async ([, [code, fields]]) => {
      const box = suite.box();
      const run = await box.run(code);
      const { error } = run;
      expect(error).toMatchObject(fields);
      expect(run.end).toMatchObject({ outcome: 'error', state: 'kept' });
      assertPlain(error);
      expect((await box.run('1 + 1')).order).toEqual(['result 2']);
    });

    test.concurrent.for(Object.entries(noPython))(
      '%s: the error shows its line and nothing else',
      async ([, [code, line, shown]]) => {
        const { error } = await suite.box().run(code);
        expect(error).toMatchObject({ lineNumber: line });
        const text = error.traceback?.join('\n') ?? '';
        expect(text.startsWith(`  File "<cell 1>", line ${line}\n${shown}`), text).toBe(true);
      },
    );

    test.concurrent('a function of an earlier execution: its name is in the traceback, the line is that of the call', async () => {
      const box = suite.box();
      await box.run(`# a\n# b\n# c\ndef divide(n):\n    return 1 / n`);
      const { error } = await box.run(`x = 1\ndivide(0)`);
      expect(error).toMatchObject({ ename: 'ZeroDivisionError', lineNumber: 2 });
      expect(error.traceback?.join('\n')).toContain('divide');
      expect(error.traceback?.join('\n')).toContain('return 1 / n');
    });

    test.concurrent('a module of the sandbox: the line is that of the import', async () => {
      const box = suite.box();
      await box.run(`open('/workspace/broken.py', 'w').write('a = 1\\nb = 2\\n1/0\\n');`);
      const { error } = await box.run(`x = 1\nimport broken`);
      expect(error).toMatchObject({ ename: 'ZeroDivisionError', lineNumber: 2 });
      expect(error.traceback?.join('\n')).toContain('broken.py');
    });

    test.concurrent('a module of the sandbox that is no Python', async () => {
      const box = suite.box();
      await box.run(`open('/workspace/broken.py', 'w').write('a = 1\\nb = = 2\\n');`);
      const { error } = await box.run(`x = 1\nimport broken`);
      expect(error).toMatchObject({ ename: 'SyntaxError', lineNumber: 2 });
    });

    test.concurrent('chained errors are all in the traceback', async () => {
      const { error } = await suite
        .box()
        .run(
          `try:\n    try:\n        1/0\n    except ZeroDivisionError as e:\n        raise KeyError('second') from e\nexcept KeyError:\n    raise RuntimeError('third')`,
        );
      expect(error).toMatchObject({ ename: 'RuntimeError', evalue: 'third', lineNumber: 7 });
      const traceback = error.traceback?.join('\n') ?? '';
      expect(traceback).toContain('ZeroDivisionError');
      expect(traceback).toContain('direct cause');
      expect(traceback).toContain(`KeyError: 'second'`);
      expect(traceback).toContain('During handling');
      assertPlain(error);
    });

    const unprintable: Readonly<Record<string, string>> = {
      'a message that raises': `class Bad(Exception):\n    def __str__(self): raise RuntimeError('no')\n    __repr__ = __str__\nraise Bad()`,
      'a message that is no string': `class Bad(Exception):\n    def __str__(self): return 5\nraise Bad()`,
      'a message that exits': `class Bad(Exception):\n    def __str__(self): raise SystemExit(3)\nraise Bad()`,
      'an argument without a repr': `class Odd:\n    def __repr__(self): raise KeyError('no')\nclass Bad(Exception): pass\nraise Bad(Odd())`,
      'a cause that is the error itself': `class Bad(Exception): pass\ne = Bad('x')\ne.__cause__ = e\nraise e`,
      'a traceback in the way': `class Bad(Exception):\n    def with_traceback(self, tb): raise KeyError('no')\nraise Bad('x')`,
      'a message of 5 MB': `class Bad(Exception): pass\nraise Bad('x' * 5_000_000)`,
    };
    test.concurrent.for(Object.entries(unprintable))('%s is still one error', async ([, code]) => {
      const box = suite.box();
      const run = await box.run(code);
      expect(run.error.ename).toBe('Bad');
      expect(run.end).toMatchObject({ outcome: 'error', state: 'kept' });
      expect((await box.run('1 + 1')).order).toEqual(['result 2']);
    });

    test.concurrent('a status that can be compared to nothing is an error', async () => {
      const code = `class Odd:\n    def __eq__(self, other): raise ValueError\nraise SystemExit(Odd())`;
      expect((await suite.box().run(code)).order).toEqual(['error SystemExit']);
    });

    test.concurrent('input says what to do, and does not swallow the next request', async () => {
      const box = suite.box();
      const [first, second] = await Promise.all([box.run(`x = input('a? ')`), box.run(`print('second')`)]);
      const runs = [first, second].sort((a, b) => (a.end.execution_count ?? 0) - (b.end.execution_count ?? 0));
      expect(runs.map(({ end }) => end.execution_count)).toEqual([1, 2]);
      expect(first.error.evalue?.length).toBeGreaterThan(10);
      expect(second.stdout).toBe('second\n');
    });

    test.concurrent('input reads from what code has put in the place of sys.stdin', async () => {
      const box = suite.box();
      const run = await box.run(`import io, sys\nsys.stdin = io.StringIO('a\\nb\\n')\ninput('? ')`);
      expect(run.order).toEqual(['stdout ? ', `result 'a'`]);
      expect((await box.run('import getpass\ngetpass.getpass()')).results).toMatchObject([{ text: `'b'` }]);
      expect((await box.run('input()')).error.ename).toBe('EOFError');
      expect((await box.run('sys.stdin = sys.__stdin__\ninput()')).error.ename).toBe('StdinNotImplementedError');
    });

    test.concurrent('standard input is empty, for the code and for its children', async () => {
      const run = await suite
        .box()
        .run(`import sys, subprocess\nprint(repr(sys.stdin.read()))\nprint(subprocess.run(['cat']).returncode)`);
      expect(run.order).toEqual([`stdout ''\n0\n`]);
    });

    test.concurrent('a debugger that asks for input does not hang', async () => {
      const box = suite.box();
      const run = await box.run(`x = 1\nbreakpoint()\ny = 2`, { timeout: 10_000 });
      expect(run.end.state).toBe('kept');
      expect(['ok', 'error']).toContain(run.end.outcome);
    });

    const exits: Readonly<
      Record<string, readonly [string, Partial<Record<keyof ExecutionEvent, unknown>> | undefined]>
    > = {
      'sys.exit()': ['import sys\nkept = 1\nsys.exit()', undefined],
      'sys.exit(0)': ['import sys\nkept = 1\nsys.exit(0)', undefined],
      'sys.exit(3)': ['import sys\nkept = 1\nsys.exit(3)', { ename: 'SystemExit', evalue: '3', lineNumber: 3 }],
      'sys.exit with a message': [
        `import sys\nkept = 1\nsys.exit('no data')`,
        { ename: 'SystemExit', evalue: 'no data', lineNumber: 3 },
      ],
      'exit()': ['kept = 1\nexit()', undefined],
      'quit()': ['kept = 1\nquit()', undefined],
    };
    test.concurrent.for(Object.entries(exits))('%s ends the code, not the kernel', async ([, [code, error]]) => {
      const box = suite.box();
      const run = await box.run(`${code}\nprint('never')`);
      expect(run.stdout).toBe('');
      expect(run.end.state).toBe('kept');
      if (error) {
        expect(run.error).toMatchObject(error);
        expect(run.end.outcome).toBe('error');
      }
      expect((await box.run('kept')).order).toEqual(['result 1']);
    });

    test.concurrent('an error in a thread is on stderr, and the code goes on', async () => {
      const run = await suite
        .box()
        .run(`import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()\nprint('on')`);
      expect(run.stderr).toContain('ZeroDivisionError');
      expect(run.stdout).toBe('on\n');
      expect(run.end.outcome).toBe('ok');
    });

    test.concurrent('code that takes the streams away gets results and errors nevertheless', async () => {
      const box = suite.box();
      for (const code of [
        'import sys\nsys.stdout = None',
        'import sys\nsys.stderr.close()',
        'import os\nos.close(1)\nos.close(2)',
        'del __builtins__',
      ]) {
        await box.run(code);
        expect((await box.run('1 + 1')).results.map(({ text }) => text)).toEqual(['2']);
        expect((await box.run('1/0')).error.ename).toBe('ZeroDivisionError');
      }
    });
  });
}

/** What is true of every traceback: strings without colour codes or frames of ours, the last of which is `ename: evalue`. */
function assertPlain({ traceback = [], ename = '', evalue = '' }: ExecutionEvent): void {
  const all = traceback.join('\n');
  expect(all).not.toContain('\u001b');
  expect(all).not.toMatch(/quicksand_kernel|IPython[/\\]core/);
  // A name may come with the module that it is from, and a message may lose blank lines at its end.
  const last = traceback.at(-1)?.replace(/^(?!user:|Quicksand)[\w.]+\.(?=\w+(:|$))/, '');
  expect(last?.trimEnd()).toBe((evalue === '' ? ename : `${ename}: ${evalue}`).trimEnd());
}
