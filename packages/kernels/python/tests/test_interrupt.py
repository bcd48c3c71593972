"""An interrupt stops the running execution, keeps the state, and never touches the next one."""

import sys
import time
import unittest

from host import shared_host
from quicksand_kernel import frames
from quicksand_kernel.failure import to_error


class InterruptTest(unittest.TestCase):
    def setUp(self):
        self.kernel = shared_host().spawn()
        self.addCleanup(self.kernel.kill)

    def interrupt(self, code, begun=None, seconds=0.15):
        """Interrupts code some time after it has written `begun`, by which it says that it is on its way. It would go on for longer than anybody waits here."""
        if begun is None:
            begun, code = 'on\n', f'print("on")\n{code}'
        run = self.kernel.start(code)
        self.kernel.until(lambda: begun in run.stdout)
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.kernel.pump(0.02)
        self.assertFalse(run.done, run.events)
        self.kernel.interrupt()
        self.kernel.until(lambda: run.done)
        self.assertIn('interrupted', [kind for kind, _ in run.events])
        return run

    def test_it_stops_whatever_runs(self):
        self.kernel.execute('x = 42')
        for code in ('import time; time.sleep(600)', 'while True: pass', 'while True:\n    try:\n        time.sleep(600)\n    except Exception: pass',
                     'import asyncio\nawait asyncio.sleep(600)', 'import asyncio, time\nasyncio.get_event_loop().call_soon(time.sleep, 600)\nawait asyncio.sleep(600)', 'import subprocess\nsubprocess.run(["sleep", "600"])', '!sleep 600',
                     'while True: print("x")', 'import threading\nthreading.Event().wait()', 'print(sum(i for i in range(10**12)))',
                     'import sys\nclass Stuck:\n    def flush(self):\n        while True: pass\nsys.stdout = sys.stderr = Stuck()',
                     'class Endless(Exception):\n    def __str__(self):\n        while True: pass\nraise Endless'):
            with self.subTest(code):
                run = self.interrupt(code)
                self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])
                self.assertIn('lineNumber', run.errors[0])
        self.assertEqual(self.kernel.execute('x').results[0]['text'], '42')
        self.assertEqual(self.kernel.execute('await asyncio.sleep(0, 3)').results[0]['text'], '3')

    def test_code_behind_a_command_that_an_interrupt_ends_does_not_run(self):
        run = self.kernel.start('!yes | head -c 10000000\nprint("not reached")')
        self.kernel.until(lambda: 'y' in run.stdout)
        # Its signal comes later than its frame, and the command may end by itself in between; this one ends when all of it is read.
        self.kernel.connection.sendall(frames.encode_frame(frames.INTERRUPT, self.kernel.count))
        self.kernel.until(lambda: run.done)
        self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])
        self.assertNotIn('not reached', run.stdout)

    def test_one_that_comes_before_its_execution_has_begun_waits_for_it(self):
        # As for a kernel of the pool on a busy machine: nothing of this was read when the timeout had passed.
        self.kernel.host.tell({'op': 'signal', 'key': self.kernel.key, 'signal': 'SIGSTOP', 'group': False})
        self.kernel.connection.sendall(frames.encode_frame(frames.REHEARSE, 0))
        run = self.kernel.start('while True: pass')
        self.kernel.interrupt()
        self.kernel.host.tell({'op': 'signal', 'key': self.kernel.key, 'signal': 'SIGCONT', 'group': False})
        self.kernel.until(lambda: run.done)
        self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])

    def test_one_in_a_callback_ends_the_code(self):
        self.kernel.execute('events = get_ipython().events\ndef listen(*about):\n    events.unregister(event, listen)\n    print("on")\n    while True: pass')
        for event in ('pre_execute', 'pre_run_cell', 'post_execute', 'post_run_cell'):
            with self.subTest(event):
                is_before, code = event.startswith('pre'), f'event = {event!r}\nevents.register(event, listen)\nprint("code")'
                if is_before:
                    self.kernel.execute(code)
                run = self.kernel.start(code)
                self.kernel.until(lambda: 'on\n' in run.stdout)
                self.kernel.interrupt()
                self.kernel.until(lambda: run.done)
                self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])
                self.assertEqual(run.stdout, 'on\n' if is_before else 'code\non\n')

    def test_output_is_whole_at_an_interrupt(self):
        for code in ('i = 0\nwhile True:\n    print(i); i += 1', 'i = 0\nwhile True:\n    print(i, flush=True); i += 1'):
            numbers = self.interrupt(code, '0\n', 0.1).stdout.split()
            self.assertEqual(numbers, [str(i) for i in range(len(numbers))])

    def test_output_is_whole_when_an_interrupt_comes_while_a_buffer_is_written(self):
        code = (
            'import ctypes, signal, sys, time\n'
            'stray = ctypes.CDLL(None)["raise"]\n'
            'def wait(frame, event, arg):\n'
            '    if i < 3000 or frame.f_code.co_qualname != "_Raw.write":\n'
            '        return\n'
            '    until = time.monotonic() + 0.2\n'
            '    while time.monotonic() < until:\n'
            '        stray(signal.SIGINT)\n'
            '        time.sleep(0.01)\n'
            'i, line = 0, "x" * 500\n'
            'sys.settrace(wait)\n'
            'while True:\n'
            '    print(i, line); i += 1')
        run = self.interrupt(code, '\n3000 ')
        numbers = run.stdout.split()[::2]
        self.assertEqual(numbers, [str(i) for i in range(len(numbers))])
        self.assertLess(int(self.kernel.execute('i').results[0]['text']) - len(numbers), 2)

    def test_a_forked_child_has_a_keyboard_interrupt_of_its_own(self):
        code = (
            'import os, signal, time\n'
            'ready, told = os.pipe()\n'
            'child = os.fork()\n'
            'if child == 0:\n'
            '    try:\n'
            '        os.write(told, b"x"); time.sleep(600)\n'
            '    except KeyboardInterrupt:\n'
            '        %s\n'
            'os.read(ready, 1)\n'
            # Python may miss a signal that comes just before it begins to sleep.
            'while open(f"/proc/{child}/stat").read().rpartition(") ")[2][0] != "S": pass\n'
            'os.kill(child, signal.SIGINT)\n'
            '[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]')
        caught = self.kernel.execute(code % 'print("caught"); raise SystemExit(3)')
        self.assertEqual((caught.stdout, caught.stderr, caught.results[0]['json']), ('caught\n', '', [3]))
        printed = self.kernel.execute(code % 'import traceback; print(traceback.format_exc(), flush=True); raise SystemExit(3)')
        self.assertRegex(printed.stdout, r'^Traceback .*\n  File "<cell 2>", line 6.*\n.*\n(.*\^\n)?KeyboardInterrupt\n\n$')
        # It is no kernel: what it leaves to others is no error of the code.
        thrown = self.kernel.execute(code % 'raise')
        self.assertEqual((thrown.stdout, thrown.stderr, thrown.results[0]['json']), ('', '', [130]))

    def test_an_interrupt_that_comes_while_a_child_is_forked_is_neither_lost_nor_told_as_ignored(self):
        code = 'import os\nwhile True:\n    child = os.fork()\n    if child == 0: os._exit(0)\n    os.waitpid(child, 0)'
        for _ in range(10):
            run = self.interrupt(code, seconds=0.05)
            self.assertEqual(([error['ename'] for error in run.errors], run.stderr), (['KeyboardInterrupt'], ''))

    def test_an_interrupt_that_comes_right_before_a_fork_is_neither_lost_nor_told_as_ignored(self):
        # In C, as all between what the code registers and what the kernel does before a fork.
        code = (
            'import functools, os, signal, time\n'
            'os.register_at_fork(before=functools.partial(os.killpg, os.getpgrp(), signal.SIGINT))\n'
            'if os.fork() == 0: os._exit(0)\n'
            'time.sleep(600)')
        run = self.kernel.execute(code)
        self.assertEqual(([error['ename'] for error in run.errors], run.stderr), (['KeyboardInterrupt'], ''))

    def test_one_between_the_steps_of_tasks_loses_none_that_is_due(self):
        self.kernel.execute('import asyncio\nasync def turn():\n    while True: await asyncio.sleep(0)')
        for code in ('await turn()', 'asyncio.run(turn())'):
            for _ in range(40):
                run = self.interrupt(code, seconds=0.005)
                self.assertEqual(([error['ename'] for error in run.errors], run.stderr), (['KeyboardInterrupt'], ''))

    def test_one_that_python_would_forget_comes_once_more(self):
        code = (
            'import time\n'
            'class Slow:\n'
            '    def __del__(self): print("on"); time.sleep(600)\n'
            'Slow()\n'
            'while True: pass')
        run = self.interrupt(code, 'on\n')
        self.assertEqual(([error['ename'] for error in run.errors], run.stderr), (['KeyboardInterrupt'], ''))
        # So it is where Python looks for the line of a mistake, and forgets what its hooks raise.
        for _ in range(40):
            run = self.interrupt('import ast\nwhile True:\n    try: ast.parse("%")\n    except SyntaxError: pass', seconds=0.005)
            self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])
        # And where it prints what it forgets.
        run = self.interrupt(
            'import sys, time\n'
            'class Slow:\n'
            '    def write(self, text): time.sleep(0.1)\n'
            '    def flush(self): pass\n'
            'class Loud:\n'
            '    def __del__(self): raise ValueError\n'
            'print("on")\n'
            'sys.stderr = Slow()\n'
            'Loud()\n'
            'while True: pass', 'on\n', 0.05)
        self.assertEqual([error['ename'] for error in run.errors], ['KeyboardInterrupt'])
        # What the code itself raises there is what it is in Python.
        run = self.kernel.execute('class Loud:\n    def __del__(self): raise KeyboardInterrupt\nLoud()\nprint("on")')
        self.assertEqual((run.stdout, run.errors), ('on\n', []))
        self.assertIn('Exception ignored in', run.stderr)

    def test_figures_that_are_left_open_are_neither_drawn_after_an_interrupt_nor_keep_it_from_ending_the_code(self):
        figure = (
            'import matplotlib.pyplot as plt, time\n'
            'class Endless(plt.Line2D):\n'
            '    def draw(self, renderer):\n'
            '        print("drawn")\n'
            '        while True: pass\n'
            'plt.figure().add_artist(Endless([], []))\n')
        while_drawn = self.interrupt(figure, 'drawn\n')
        before = self.interrupt(f'{figure}print("left open")\ntime.sleep(600)', 'left open\n')
        for run, stdout in ((while_drawn, 'drawn\n'), (before, 'left open\n')):
            self.assertEqual((run.stdout, run.stderr, [error['ename'] for error in run.errors]), (stdout, '', ['KeyboardInterrupt']))
        self.assertEqual([result['text'] for result in self.kernel.execute('1').results], ['1'])

    def test_code_that_does_nothing_but_show_is_interrupted_between_two_frames(self):
        code = (
            'import sys, time\n'
            'def wait(frame, event, arg):\n'
            '    if frame.f_code.co_qualname == "Channel._send": time.sleep(0.02)\n'
            'print("on")\n'
            'sys.settrace(wait)\n'
            'while True: display(1)')
        self.assertEqual([error['ename'] for error in self.interrupt(code, 'on\n').errors], ['KeyboardInterrupt'])

    def test_a_child_that_is_forked_when_the_interrupt_has_come_ends_at_once(self):
        code = (
            'import os, time\n'
            'try:\n'
            '    print("on")\n'
            '    while True:\n'
            '        if os.fork() == 0: time.sleep(600)\n'
            '        time.sleep(0.02)\n'
            'except KeyboardInterrupt:\n'
            '    print(os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1]))')
        run = self.kernel.start(code)
        self.kernel.until(lambda: 'on\n' in run.stdout)
        # Its signal comes later than its frame, and is for the processes that were there before.
        self.kernel.connection.sendall(frames.encode_frame(frames.INTERRUPT, self.kernel.count))
        self.kernel.until(lambda: run.done)
        self.assertEqual((run.stdout, run.errors), ('on\n130\n', []))

    def test_a_handler_of_the_user_lasts_for_its_execution(self):
        code = 'import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_DFL)\ntry:\n    print("on")\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print("caught")'
        run = self.interrupt(code, 'on\n')
        self.assertEqual((run.stdout, run.errors), ('on\ncaught\n', []))
        self.kernel.execute('signal.signal(signal.SIGINT, signal.SIG_IGN)')
        self.assertEqual(len(self.interrupt('time.sleep(600)').errors), 1)

    def test_a_handler_of_the_user_that_raises_while_a_frame_is_sent_holds_nothing_back(self):
        code = (
            'import signal\n'
            'def handler(*_): raise TimeoutError\n'
            'signal.signal(signal.SIGALRM, handler)\n'
            'for _ in range(200):\n'
            '    try:\n'
            '        signal.setitimer(signal.ITIMER_REAL, 0.001)\n'
            '        for _ in range(300): display(1)\n'
            '    except TimeoutError: pass\n'
            'print(signal.pthread_sigmask(signal.SIG_BLOCK, ()))')
        self.assertEqual(self.kernel.execute(code).stdout, 'set()\n')
        self.assertEqual(len(self.interrupt('while True: pass').errors), 1)

    def test_between_executions_it_does_nothing(self):
        self.kernel.execute('1')
        self.kernel.interrupt()
        self.kernel.until(lambda: ('interrupted', b'') in self.kernel.run.events)
        self.assertEqual(self.kernel.execute('import time\ntime.sleep(0.05)\n2').results[0]['text'], '2')

    def test_together_with_its_execution_it_is_not_lost(self):
        for _ in range(20):
            run = self.kernel.start('while True: pass')
            self.kernel.interrupt()
            self.kernel.until(lambda: run.done)
            self.kernel.until(lambda: ('interrupted', b'') in run.events)
            self.assertEqual(run.errors[0]['ename'], 'KeyboardInterrupt')

    def test_a_signal_without_its_frame_does_nothing(self):
        run = self.kernel.execute('import ctypes, signal\nctypes.CDLL(None)["raise"](signal.SIGINT)\n5')
        self.assertEqual(run.results[0]['text'], '5')

    def test_a_signal_that_the_code_sends_itself_is_a_keyboard_interrupt(self):
        self.kernel.execute('import os, signal, threading, _thread\nx = 42')
        for code in ('os.kill(os.getpid(), signal.SIGINT)', 'os.kill(0, signal.SIGINT)', 'os.killpg(os.getpgrp(), signal.SIGINT)',
                     'signal.raise_signal(signal.SIGINT)', 'signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)',
                     'threading.Timer(0.1, _thread.interrupt_main).start()\n    while True: pass',
                     'threading.Timer(0.1, _thread.interrupt_main).start()\n    while True: print("x")'):
            with self.subTest(code):
                run = self.kernel.execute(f'for _ in range(2):\n  try:\n    {code}\n  except KeyboardInterrupt:\n    print("caught")')
                self.assertEqual((run.stdout.count('caught'), run.errors), (2, []))
                self.assertEqual(self.kernel.execute(code.replace('\n    ', '\n')).errors[0]['ename'], 'KeyboardInterrupt')
        # So is one whose handler calls the old one; a call that sends none is no signal.
        code = ('old = signal.getsignal(signal.SIGINT)\nsignal.signal(signal.SIGINT, lambda *sent: (print("cleanup"), old(*sent)))\n'
                'try:\n    signal.raise_signal()\nexcept TypeError:\n    print("none")\nos.kill(os.getpid(), signal.SIGINT)')
        run = self.kernel.execute(code)
        self.assertEqual((run.stdout, [error['ename'] for error in run.errors]), ('none\ncleanup\n', ['KeyboardInterrupt']))
        # One that nobody was left to hear does not come in the next execution.
        self.kernel.execute('signal.signal(signal.SIGINT, signal.SIG_IGN)\nsignal.raise_signal(signal.SIGINT)')
        self.assertEqual(self.kernel.execute('import ctypes\nctypes.CDLL(None)["raise"](signal.SIGINT)\nx').results[0]['text'], '42')


class PlaceTest(unittest.TestCase):
    def test_what_comes_before_the_first_statement_is_at_the_first_line(self):
        # Where code begins, Python looks for signals; what looks on here raises an error there, and has no frame of its own.
        code = compile('\n\n1', '<cell 1>', 'exec')
        try:
            sys.settrace(len)
            exec(code)
        except TypeError as raised:
            error = raised
        self.assertEqual(to_error(error, '<cell 1>')['lineNumber'], 1)


if __name__ == '__main__':
    unittest.main()
