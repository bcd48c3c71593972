"""Text and raw output: live, in order, whole, with its execution (R1, R2, R4, R5, R6)."""

import os
import sys
import time
import unittest

from host import shared_host


class OutputTest(unittest.TestCase):
    def setUp(self):
        self.kernel = shared_host().spawn()
        self.addCleanup(self.kernel.kill)

    def live(self, *steps):
        """Runs code in steps, pairs of code and the text that it writes: each begins when the text of the one before has come."""
        gate = self.kernel.code_gate
        run = self.kernel.start(''.join(f'{code}\n{gate(number)}' for number, (code, _) in enumerate(steps)))
        written = ''
        for number, (_, text) in enumerate(steps):
            written += text
            self.kernel.until(lambda: len(run.output) >= len(written))
            self.assertEqual(run.output, written)
            self.kernel.open_gate(number)
        self.kernel.until(lambda: run.done)
        self.assertEqual(run.output, written)
        return run

    def test_each_print_comes_when_it_is_made(self):
        run = self.live(*((f'print("Count: {i}")', f'Count: {i}\n') for i in range(5)))
        self.assertEqual({kind for kind, _ in run.events}, {'stdout'})

    def test_partial_lines_and_progress_bars_are_live(self):
        self.live(('print("a", end="")', 'a'), ('print("b\\r", end="")', 'b\r'))

    def test_streams_keep_their_order(self):
        code = 'import sys\nfor i in range(300):\n    print(i, end=" ", file=(sys.stdout, sys.stderr)[i % 3 == 0])'
        self.assertEqual(self.kernel.execute(code).output.split(), [str(i) for i in range(300)])
        code = 'import sys\nfor i in range(3000):\n    print(i, file=(sys.stdout, sys.stderr)[i // 100 % 2])'
        self.assertEqual(self.kernel.execute(code).output.split(), [str(i) for i in range(3000)])

    def test_a_burst_is_whole_and_joined(self):
        run = self.kernel.execute('for i in range(100000): print(i)')
        self.assertEqual(run.stdout, ''.join(f'{i}\n' for i in range(100000)))
        self.assertLess(len(run.events), 1000)

    def test_a_large_text_is_whole_and_in_its_place(self):
        code = (
            'import sys, threading\n'
            'for text in ("x" * 200_000, "x\\n" * 100_000, "x" * 200_000 + "\\n", "é" + "x" * 200_000):\n'
            '    print("before", end=" ")\n'
            '    print("error", end=" ", file=sys.stderr)\n'
            '    print(text, end="")\n'
            '    print("after")\n')
        texts = ('x' * 200_000, 'x\n' * 100_000, 'x' * 200_000 + '\n', 'é' + 'x' * 200_000)
        expected = ''.join(f'before error {text}after\n' for text in texts)
        self.assertEqual(self.kernel.execute(code).output, expected)
        # With a second thread, each write asks whose it is.
        self.assertEqual(self.kernel.execute('threading.Thread(target=print).start()\n' + code).output.lstrip('\n'), expected)
        self.live(('print("x" * 200_000, end="")', 'x' * 200_000), ('print("end")', 'end\n'))

    def test_a_burst_that_pauses_is_not_held_back(self):
        self.live(('for i in range(500): print(i)', ''.join(f'{i}\n' for i in range(500))), ('print("end")', 'end\n'))

    def test_children_and_text_keep_their_order(self):
        code = (
            'import os, subprocess, sys\n'
            'for i in range(10):\n'
            '    print("text", i, end=";")\n'
            '    subprocess.run(["echo", f"run {i}"])\n'
            '    print("err", i, file=sys.stderr)\n'
            '    os.system(f"echo system {i} >&2")\n'
            '    os.write(1, b"write\\n")\n')
        expected = ''.join(f'text {i};run {i}\nerr {i}\nsystem {i}\nwrite\n' for i in range(10))
        self.assertEqual(self.kernel.execute(code).output, expected)

    def test_mocks_of_the_code_hear_of_its_own_calls_alone(self):
        code = (
            'import os\n'
            'from unittest import mock\n'
            'with mock.patch("time.sleep") as sleep, mock.patch("time.monotonic") as now, mock.patch("select.poll") as poll, mock.patch("os.read") as read:\n'
            '    for i in range(20): print(i); os.system("echo child; echo error >&2")\n'
            '[mocked.call_count for mocked in (sleep, now, poll, read)]')
        self.assertEqual(self.kernel.execute(code).results[0]['json'], [0, 0, 0, 0])

    def test_writes_to_one_descriptor_need_no_barrier(self):
        run = self.kernel.execute('import os\nfor i in range(300): os.write(1, b"%d\\n" % i)')
        self.assertEqual(run.stdout, ''.join(f'{i}\n' for i in range(300)))
        self.assertLessEqual(self.kernel.barriers, 1)
        run = self.kernel.execute('for i in range(100): os.write(1 + i % 2, b"%d\\n" % i)')
        self.assertEqual(run.output, ''.join(f'{i}\n' for i in range(100)))

    def test_the_order_does_not_depend_on_when_the_host_reads(self):
        written = f'{shared_host().folder}/work0/written'
        run = self.kernel.start(
            'import os\nfor i in range(20):\n    os.write(2, b"a"); os.system("printf b"); print("c", end=""); os.system("printf d >&2"); os.write(1, b"e")\n'
            'open("written", "w").close()')
        # It waits for no reader, and nobody reads until all of it was written.
        limit = time.monotonic() + 20
        while not os.path.exists(written):
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.01)
        self.kernel.until(lambda: run.done)
        self.assertEqual(run.output, 'abcde' * 20)

    def test_c_code_and_late_raw_output_come_before_the_end(self):
        run = self.kernel.execute('import ctypes\nctypes.CDLL(None).printf(b"from C\\n")\nNone')
        self.assertEqual(run.stdout, 'from C\n')
        run = self.kernel.execute('!seq 20000')
        self.assertEqual(run.stdout.split(), [str(i) for i in range(1, 20001)])

    def test_shell_output_is_live(self):
        run = self.kernel.start(f'!echo a; {self.kernel.gate("shell")}; echo b\n_exit_code')
        self.kernel.until(lambda: run.events)
        self.assertEqual(run.events, [('raw stdout', b'a\n')])
        self.kernel.open_gate('shell')
        self.kernel.until(lambda: run.done)
        self.assertEqual(run.order, [('raw stdout', b'a\nb\n'), ('result', {'text': '0'})])

    def test_characters_are_never_cut(self):
        code = (
            'import sys, time\nfor byte in "€😀é".encode():\n    sys.stdout.buffer.write(bytes([byte])); sys.stdout.buffer.flush()\n'
            'print("😀" * 200001)\nsys.stdout.buffer.write(b"\\xff!\\xe2\\x82");')
        run = self.kernel.execute(code)
        self.assertEqual(run.stdout, '€😀é' + '😀' * 200001 + '\n\ufffd!\ufffd')
        self.assertLessEqual(max(len(value.encode()) for _, value in run.events), 64 * 1024)
        self.assertEqual(self.kernel.execute('print("\\ud800x")').stdout, '\\ud800x\n')

    def test_the_streams_are_what_programs_expect(self):
        code = 'import sys\n(sys.stdout.encoding, sys.stdout.isatty(), sys.stdout.fileno(), sys.stderr.fileno(), sys.stdin.read(), sys.stdout.name)'
        self.assertEqual(self.kernel.execute(code).results[0]['text'], "('utf-8', False, 1, 2, '', '<stdout>')")
        self.assertEqual(self.kernel.execute('import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer)\nprint("wrapped")\nsys.stdout.flush()').stdout, 'wrapped\n')

    def test_text_in_a_stream_of_the_code_is_its_own_whatever_another_one_does(self):
        code = (
            'import sys\n'
            'class Broken:\n'
            '    def flush(self): raise ValueError\n'
            'sys.stdout, sys.stderr = Broken(), open("/dev/stderr", "w")\n'
            'print("own", file=sys.stderr)')
        self.assertEqual(self.kernel.execute(code).stderr, 'own\n')

    def test_replaced_or_closed_streams_are_back(self):
        for code in ('import sys, io; sys.stdout = io.StringIO()', 'import sys; sys.stdout.close()', 'import sys; sys.stdout.detach()',
                     'import sys; del sys.stdout, sys.stderr', 'import os; os.close(1); os.close(2)', 'import sys; sys.stdout = None'):
            with self.subTest(code):
                self.kernel.execute(code)
                run = self.kernel.execute('print("here")\n!echo raw')
                self.assertEqual(run.output, 'here\nraw\n')

    def test_a_thread_writes_as_the_execution_that_started_it(self):
        first = self.kernel.execute(
            'import threading, sys\ngo, said = threading.Event(), threading.Event()\n'
            'def work():\n    print("now"); said.set(); go.wait(); print("late"); sys.stderr.write("part")\n'
            't = threading.Thread(target=work); t.start(); said.wait();')
        self.assertEqual(first.stdout, 'now\n')
        second = self.kernel.execute('print("mine"); go.set(); t.join(); print("still mine")')
        self.assertEqual(second.output, 'mine\nstill mine\n')
        self.assertEqual([who for who, _ in self.kernel.others], [1] * len(self.kernel.others))
        self.assertEqual(''.join(text for _, text in self.kernel.others), 'late\npart')

    def test_a_thread_may_have_attributes_of_any_name(self):
        code = (
            'import threading\nclass Named(threading.Thread):\n    def __init__(self):\n        super().__init__()\n        self.%s = {"a": 1}\n'
            '    def run(self):\n        print("ran")\nthread = Named(); thread.start(); thread.join()')
        self.assertEqual(self.kernel.execute(code % ('context' if sys.version_info >= (3, 14) else '_context')).stdout, 'ran\n')

    def test_pools_and_tasks_carry_identity(self):
        self.kernel.execute('from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\npool.submit(print, "one").result()')
        self.assertEqual(self.kernel.execute('pool.submit(print, "two").result()').stdout, 'two\n')
        self.kernel.execute('import asyncio\ngo = asyncio.Event()\nasync def late():\n    await go.wait(); print("task of 3")\nt = asyncio.create_task(late())\nawait asyncio.sleep(0)')
        self.assertEqual(self.kernel.execute('go.set(); await t; print("four")').stdout, 'four\n')
        self.assertEqual(self.kernel.others, [(3, 'task of 3'), (3, '\n')])

    def test_many_threads_lose_nothing(self):
        code = ('import sys, threading\ndef work(n):\n    for i in range(500): sys.stdout.write(f"{n}:{i}\\n")\n'
                'ts = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n[t.start() for t in ts]; [t.join() for t in ts]; None')
        lines = self.kernel.execute(code).stdout.split()
        for n in range(4):
            self.assertEqual([line for line in lines if line.startswith(f'{n}:')], [f'{n}:{i}' for i in range(500)])

    def test_forked_children_write_raw(self):
        run = self.kernel.execute(
            'import os, sys\nprint("before", end=" ")\npid = os.fork()\nif pid == 0:\n    print("child"); sys.stdout.flush(); os._exit(0)\n'
            'os.waitpid(pid, 0); print("after")')
        self.assertEqual(run.order, [('stdout', 'before '), ('raw stdout', b'child\n'), ('stdout', 'after\n')])
        run = self.kernel.execute('import os\npid = os.fork()\nif pid == 0:\n    1/0\nos.waitpid(pid, 0)[1]')
        self.assertEqual(run.results[0]['text'], '256')
        self.assertRegex(run.stderr, r'^Traceback[^\n]*\n  File "<cell \d+>", line 4, in <module>\n(.*\n)*ZeroDivisionError: division by zero\n$')
        self.assertNotIn('quicksand_kernel', run.stderr)
        self.assertEqual(run.errors, [])

    def test_multiprocessing(self):
        run = self.kernel.execute(
            'import multiprocessing as mp\ndef f(x):\n    print("in", x, flush=True); return x * x\n'
            'with mp.get_context("fork").Pool(2) as pool:\n    r = pool.map(f, range(4))\nr')
        self.assertEqual(run.results[0]['json'], [0, 1, 4, 9])
        self.assertEqual(sorted(run.stdout.split('\n')), ['', 'in 0', 'in 1', 'in 2', 'in 3'])
        self.assertEqual(self.kernel.execute('1').results[0]['text'], '1')

    def test_a_full_pipe_does_not_block_the_kernel_for_ever(self):
        run = self.kernel.execute('import os\nfor i in range(200): os.write(1, b"x" * 8192)\nprint("end")')
        self.assertEqual(len(run.stdout), 200 * 8192 + 4)
        self.assertTrue(run.stdout.endswith('xend\n'))


if __name__ == '__main__':
    unittest.main()
