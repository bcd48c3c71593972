"""What an execution is: state, results, errors, and one `done` whatever the code does (R3)."""

import base64
import os
import time
import unittest

from host import shared_host
from quicksand_kernel import frames


def resident(pid):
    with open(f'/proc/{pid}/statm', encoding='ascii') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


class ExecutionTest(unittest.TestCase):
    def setUp(self):
        self.kernel = shared_host().spawn()
        self.addCleanup(self.kernel.kill)

    def error(self, code, **more):
        errors = self.kernel.execute(code, **more).errors
        self.assertEqual(len(errors), 1, code)
        return errors[0]

    def result(self, code):
        results = self.kernel.execute(code).results
        self.assertEqual(len(results), 1, code)
        return results[0]

    def test_state_results_and_magics(self):
        self.kernel.execute('x = 20')
        self.assertEqual(self.result('x * 2 + 2'), {'text': '42'})
        self.assertEqual(self.result('(Out[2], In[2], _)'), {'text': "(42, 'x * 2 + 2', 42)", 'json': [42, 'x * 2 + 2', 42]})
        for code in ('x;', 'x; # quiet', 'None', 'y = 5', '', '# nothing', 'for i in range(2): i', 'x\ry = 5'):
            self.assertEqual(self.kernel.execute(code).events, [], code)
        self.assertEqual(self.result('1; "2: two"')['text'], "'2: two'")
        self.assertIn('per loop', self.kernel.execute('%timeit -n1 -r1 1').stdout)
        self.assertEqual(self.kernel.execute('%%bash\necho hi; echo err >&2').stdout, 'hi\n')
        self.assertEqual(self.result('a = !echo one\na[0]')['text'], "'one'")
        self.assertEqual(self.result('import asyncio\nawait asyncio.sleep(0.01)\nawait asyncio.sleep(0, 7)')['text'], '7')
        self.assertEqual(self.result('asyncio.run(asyncio.sleep(0, 8))')['text'], '8')
        self.assertEqual(self.result('\n\n  z = 1\n  z')['text'], '1')

    def test_a_rehearsal_leaves_and_tells_nothing(self):
        code = 'sorted(globals()), In, Out, get_ipython().execution_count'
        plain = self.result(code)
        other = shared_host().spawn()
        self.addCleanup(other.kill)
        other.connection.sendall(frames.encode_frame(frames.REHEARSE, 0))
        run = other.execute(code)
        self.assertEqual(run.events, [('result', plain)])
        self.assertEqual(other.others, [])

    def test_the_value_of_a_cell_goes_with_its_end_where_nothing_else_is_to_be_shown(self):
        more = 'get_ipython().has_more_to_show()'
        self.assertEqual(self.result(more)['text'], 'False')
        self.assertEqual(self.result(f'import matplotlib.pyplot as plt\nfigure = plt.figure()\nfound = {more}\nplt.close(figure)\nfound, {more}')['json'], [True, False])
        self.assertEqual(self.result(f'get_ipython().events.register("post_execute", lambda: print("hook"))\n{more}')['text'], 'True')

    def test_who_watches_the_number_of_the_execution_is_told(self):
        for name in ('"execution_count"', 'traitlets.All'):
            kernel = shared_host().spawn()
            self.addCleanup(kernel.kill)
            kernel.execute(f'import traitlets\nget_ipython().observe(lambda change: print(change.name, change.new), {name})')
            self.assertEqual(kernel.execute('pass').stdout, 'execution_count 3\n')

    def test_display_gives_all_formats_of_one_object(self):
        self.assertLessEqual({'text', 'html'}, self.result('import pandas as pd\ndisplay(pd.DataFrame({"a": [1]}))').keys())
        code = 'class R:\n    def _repr_html_(self): return "<b>"\n    def _repr_latex_(self): return "$x$"\n    def _repr_markdown_(self): return "*m*"\n    def _repr_svg_(self): return "<svg/>"\nR()'
        shown = self.result(code)
        self.assertEqual([shown[name] for name in ('html', 'latex', 'markdown', 'svg')], ['<b>', '$x$', '*m*', '<svg/>'])

    def test_memory_that_was_freed_is_given_back_when_nothing_is_to_be_done(self):
        run = self.kernel.execute(
            'import os\nblocks = [bytes(60_000) for _ in range(1000)]\nlast = blocks.pop()\ndel blocks\n'
            '[int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")]')
        before = run.results[0]['json'][0]
        limit = time.monotonic() + 20
        while (held := resident(self.kernel.pid)) > before - 40_000_000:
            self.assertLess(time.monotonic(), limit, (before, held))
            time.sleep(0.05)
        self.assertEqual(self.kernel.execute('len(last)').results[0]['text'], '60000')

    def test_plain_data_is_json_too(self):
        code = (
            'import datetime, numpy as np\nd = {"nan": float("nan"), "inf": float("inf"), "set": {1}, "date": datetime.date(2024, 1, 2), 1: True,\n'
            ' "np": np.float64(1.5), "array": np.arange(3), "bytes": b"abc", "raw": b"\\xff", "o": object, "s": "\\ud800"}\nd["self"] = d\nd')
        found = self.result(code)['json']
        self.assertEqual(found, {
            'nan': None, 'inf': None, 'set': [1], 'date': '2024-01-02', '1': True, 'np': 1.5, 'array': [0, 1, 2], 'bytes': 'abc', 'raw': '/w==',
            'o': "<class 'object'>", 's': '\ufffd', 'self': '…'})
        deep = self.result('x = []\nfor _ in range(5000): x = [x]\nimport sys\ndisplay({"text/plain": "deep", "application/json": x}, raw=True)')
        self.assertEqual(deep['text'], 'deep')
        self.assertEqual(self.result('list(range(10**6))')['truncated'], ['json'])

    def test_a_format_that_fails_does_not_fail_the_run(self):
        run = self.kernel.execute('class B:\n    def _repr_html_(self): raise ValueError("bad html")\n    def __repr__(self): return "B!"\nB()')
        self.assertEqual((run.results, run.errors), ([{'text': 'B!'}], []))
        self.assertIn('bad html', run.stderr)
        run = self.kernel.execute('class C:\n    def __repr__(self): raise ValueError("no repr")\nC()')
        self.assertTrue(run.done)

    def test_figures_are_shown_once(self):
        for code in ('import matplotlib.pyplot as plt\nplt.plot([1, 2]);', 'plt.plot([1]); plt.show()', 'fig, ax = plt.subplots()\nax.plot([1, 2])\nfig',
                     'fig, ax = plt.subplots()\ndisplay(fig)\nNone'):
            with self.subTest(code):
                figures = [result for result in self.kernel.execute(code).results if 'png' in result]
                self.assertEqual(len(figures), 1)
                self.assertTrue(base64.b64decode(figures[0]['png'], validate=True).startswith(b'\x89PNG'))
                self.assertIn('640x480', figures[0]['text'])
        run = self.kernel.execute('plt.plot([1, 2])\n1/0')
        self.assertEqual([kind for kind, _ in run.events], ['result', 'error'])
        self.assertEqual(len(self.kernel.execute('plt.figure(); plt.figure();').results), 2)
        # What was closed in one execution is no reason to draw in the next.
        self.assertEqual(self.kernel.execute('plt.figure(); plt.close();').results, [])
        self.assertEqual(self.kernel.execute('plt.ioff(); plt.figure();').results, [])
        # Nor is what shows them a reason for an error.
        self.kernel.execute('import matplotlib_inline.backend_inline as backend\nbackend.show = print')
        self.assertEqual(self.kernel.execute('1').errors, [])

    def test_large_results_come_in_pieces_and_larger_ones_are_cut(self):
        self.assertEqual(len(self.result('from IPython.display import HTML\nHTML("x" * 5_000_000)')['html']), 5_000_000)
        self.assertEqual(self.result('HTML("x" * 70_000_000)')['truncated'], ['html'])

    def test_errors_name_the_line(self):
        error = self.error('def f():\n    return 1/0\n\nf()')
        self.assertEqual((error['ename'], error['evalue'], error['lineNumber']), ('ZeroDivisionError', 'division by zero', 2))
        self.assertEqual(error['traceback'][-1], 'ZeroDivisionError: division by zero')
        self.assertEqual(len(error['traceback']), 4)
        error = self.error('f()')
        self.assertEqual(error['lineNumber'], 1)
        self.assertIn('File "<cell 1>", line 2, in f\n    return 1/0', error['traceback'][2])
        for code, line in (('x = 1\nif True\n    y', 2), ('for i in range(5):\nprint(i)', 2), ('\n\n\n1/0', 4), ('%matplotlib inline\n\n1/0', 3),
                           ('import json\njson.loads("{")', 2), ('x = 1\neval("1+")', 2), ('import asyncio\n\nawait asyncio.sleep(0)\n1/0', 4),
                           ('return 5', 1)):
            with self.subTest(code):
                error = self.error(code)
                self.assertEqual(error['lineNumber'], line)
                self.assertNotIn('quicksand_kernel', str(error))
                self.assertNotIn('IPython/core', str(error))
        self.assertEqual(self.error('for i in range(5):\nprint(i)')['ename'], 'IndentationError')

    def test_chains_groups_and_notes(self):
        error = self.error('try:\n    1/0\nexcept Exception as e:\n    raise ValueError("outer") from e')
        self.assertIn('ZeroDivisionError: division by zero', error['traceback'])
        self.assertEqual(error['traceback'][-1], 'ValueError: outer')
        error = self.error('e = ValueError("v")\ne.add_note("a note")\nraise e')
        self.assertEqual(error['traceback'][-1], 'ValueError: v\na note')
        error = self.error('raise ExceptionGroup("many", [ValueError("a"), TypeError("b")])')
        self.assertIn('TypeError: b', '\n'.join(error['traceback']))
        self.assertEqual(self.error('try: raise ExceptionGroup("one", [ValueError("a")])\nexcept* ValueError: raise KeyError("b")')['lineNumber'], 2)
        self.assertEqual(self.error('%%time\n1/0')['ename'], 'ZeroDivisionError')
        self.assertEqual(self.error('%nosuchmagic')['ename'], 'UsageError')

    def test_strange_errors_are_errors(self):
        self.assertEqual(self.error('def r(): r()\nr()')['ename'], 'RecursionError')
        self.assertEqual(self.error('x = [0] * 10**15')['ename'], 'MemoryError')
        self.assertIn('__str__ raised', self.error('class E(Exception):\n    def __str__(self): raise KeyError\nraise E')['evalue'])
        error = self.error('raise ValueError("é" * 5_000_000)')
        self.assertLessEqual(len(error['evalue'].encode()), 64 * 1024)
        self.assertIn('cut', error['evalue'])
        self.assertLessEqual(len('\n'.join(error['traceback']).encode()), 256 * 1024)
        self.assertEqual(self.error('class B(BaseException): pass\nraise B("base")')['ename'], 'B')
        self.assertEqual(self.error('raise KeyboardInterrupt')['ename'], 'KeyboardInterrupt')

    def test_exit_ends_the_execution_only(self):
        for code in ('exit', 'quit()', 'import sys; sys.exit()', 'import sys; sys.exit(0)'):
            self.assertEqual(self.kernel.execute(code).events, [], code)
        self.assertEqual(self.error('import sys; sys.exit(3)')['evalue'], '3')
        self.assertEqual(self.error('import sys; sys.exit("message")')['ename'], 'SystemExit')

    def test_input_fails_at_once(self):
        self.assertIn('envVars', self.error('input("name?")')['evalue'])
        self.assertEqual(self.error('import getpass; getpass.getpass()')['ename'], 'StdinNotImplementedError')

    def test_environment_of_an_execution(self):
        self.kernel.execute('import os; os.environ["KEPT"] = "1"; os.environ["A"] = "old"')
        run = self.kernel.execute('os.environ["B"] = "changed"\nprint(os.environ["A"], os.environ["B"])\n!echo $A\n1/0', env_vars={'A': 'new', 'B': 'b'})
        self.assertEqual(run.stdout, 'new changed\nnew\n')
        self.assertEqual(self.result('(os.environ["A"], os.environ.get("B"), os.environ["KEPT"])')['json'], ['old', None, '1'])
        self.assertEqual(self.error('1', env_vars={'BAD=': 'x'})['ename'], 'ValueError')

    def test_nothing_wedges_it(self):
        for code in (
            'import sys; sys.modules.clear()', 'import builtins; builtins.__dict__.clear()', 'import builtins; builtins.len = builtins.isinstance = None',
            'import builtins; builtins.any = builtins.all = builtins.map = builtins.exec = None',
            'import sys\ndef t(*a): raise ValueError\nsys.settrace(t)', 'import sys; sys.setrecursionlimit(60)', 'import os; os.close(1); os.close(2); os.close(0)',
            'import os; os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")', 'import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)',
            'get_ipython().display_formatter = None', 'import linecache, traceback; linecache.cache = traceback.TracebackException = None',
            'import sys; sys.displayhook = None; sys.excepthook = None', 'import os; os.environ = {}', 'import json; json.dumps = None',
            'import sys; sys.path = None', 'globals().clear()', 'import asyncio; asyncio.set_event_loop(None)',
            'import os; os.access = os.get_inheritable = None',
        ):
            with self.subTest(code):
                kernel = shared_host().spawn()
                kernel.execute(code)
                run = kernel.execute('print("alive")')
                self.assertTrue(run.done)
                self.assertEqual(kernel.execute('print("alive")').stdout, 'alive\n', (run.events, code))
                kernel.kill()

    def test_what_code_makes_of_builtins_lasts_until_it_puts_it_back(self):
        self.kernel.execute('import builtins\nreal = print\nbuiltins.print = lambda *args: real("!", *args)\nbuiltins.more = 1')
        self.assertEqual(self.kernel.execute('print(more)').stdout, '! 1\n')
        self.assertEqual(self.kernel.execute('x = = 1').errors[0]['ename'], 'SyntaxError')
        self.assertEqual(self.kernel.execute('print(more)\n1 / 0').stdout, '! 1\n')
        self.kernel.execute('builtins.print = real\ndel builtins.more')
        self.assertEqual(self.kernel.execute('print("more" in vars(builtins))').stdout, 'False\n')

    def test_a_handler_that_raises_all_the_time_does_not_wedge_it(self):
        code = 'import signal, time\ndef h(*a): raise OSError("alarm")\nsignal.signal(signal.SIGALRM, h); signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)'
        self.kernel.execute(code)
        for _ in range(50):
            self.assertTrue(self.kernel.execute('print("x")\n1').done)

    def test_the_last_error_is_known_to_code_without_the_frames_of_the_kernel(self):
        told = self.error('def f():\n    1 / 0\nf()')
        self.assertEqual(self.kernel.execute('import traceback\ntraceback.print_last()').stderr, '\n'.join(told['traceback']) + '\n')

    def test_frames_and_modules_of_the_kernel_have_the_names_of_files_inside(self):
        code = ('import sys\nnames, frame = [], sys._getframe()\nwhile frame:\n    names.append(frame.f_code.co_filename); frame = frame.f_back\n'
                'for name, module in sys.modules.items():\n'
                '    if name.partition(".")[0] == "quicksand_kernel": names += [module.__file__, module.__cached__, module.__spec__.origin, module.__spec__.cached, module.__loader__.path, *getattr(module, "__path__", ())]\n'
                '[name for name in names if name and not name.startswith(("/opt/quicksand/", "<"))]')
        self.assertEqual(self.result(code)['json'], [])

    def test_what_the_frames_of_an_error_hold_is_freed_when_the_next_one_comes(self):
        self.kernel.execute(
            'import asyncio, gc\n'
            'gc.disable()\n'
            'class Held:\n'
            '    def __del__(self): print("freed")\n'
            'def fail():\n'
            '    held = Held(); 1 / 0\n'
            'async def fail_later():\n'
            '    held = Held(); await asyncio.sleep(0); 1 / 0')
        for code in ('fail()', 'await fail_later()', 'try: fail()\nexcept Exception as error: raise ValueError from error'):
            with self.subTest(code):
                self.error(code)
                self.assertEqual(self.kernel.execute('1 / 0').stdout, 'freed\n')

    def test_a_warning_of_what_an_error_had_held_names_no_file_of_the_kernel(self):
        self.error('import asyncio\nasync def job(): pass\nasync def outer(): asyncio.run(job())\nawait outer()')
        told = self.kernel.execute('1 / 0').stderr
        self.assertEqual(told.split('\n')[0], "sys:1: RuntimeWarning: coroutine 'job' was never awaited")
        self.assertNotIn('quicksand', told)

    def test_the_main_module_is_the_users(self):
        code = 'import pickle, sys\nclass P:\n    x = 1\n(pickle.loads(pickle.dumps(P())).x, __name__, sys.argv, sys.path[0], sys.modules["__main__"].P is P)'
        self.assertEqual(self.result(code)['json'], [1, '__main__', [''], '', True])

    def test_what_stands_in_for_functions_of_python_goes_through_pickle(self):
        code = ('import os, pickle, signal, _thread\n'
                '[pickle.loads(pickle.dumps(f)) is f for f in (os._exit, os.abort, os.write, signal.raise_signal, _thread.interrupt_main, input)]')
        self.assertEqual(self.result(code)['json'], [True] * 6)
        code = 'from concurrent.futures import ProcessPoolExecutor\nwith ProcessPoolExecutor(1) as pool: pool.submit(os._exit, 3).result()'
        self.assertEqual(self.error(code)['ename'], 'BrokenProcessPool')

    def test_kernels_draw_different_numbers(self):
        code = 'import random, numpy, tempfile, os\n(random.random(), numpy.random.rand(), next(tempfile._get_candidate_names()))'
        other = shared_host().spawn()
        self.addCleanup(other.kill)
        for one, two in zip(self.result(code)['json'], other.execute(code).results[0]['json'], strict=True):
            self.assertNotEqual(one, two)


if __name__ == '__main__':
    unittest.main()
