"""The loop of a context in a process of its own: what a fork of it finds, and what code does to it."""

import subprocess
import sys
import unittest

from host import FOLDER

_START = '''
import asyncio, contextlib, io, os, sys, threading, types, warnings
warnings.simplefilter("error")
package = types.ModuleType("quicksand_kernel")
package.__path__ = [os.path.join(sys.argv[1], "quicksand_kernel")]
sys.modules["quicksand_kernel"] = package
from quicksand_kernel.context_loop import ContextLoop
context = ContextLoop()
context.install()
async def job(): return 7
def awaiting(code):
    import ast
    names = dict(globals())
    context.run([compile(code, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)], names, names)
def forked(function):
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function()
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
'''


def run(code):
    ended = subprocess.run([sys.executable, '-c', _START + code, FOLDER], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return ended.stdout, ended.stderr


class ContextLoopTest(unittest.TestCase):
    def test_a_fork_uses_its_own_loop_and_has_tasks_begin(self):
        code = (
            'def kernel():\n'
            '    task = asyncio.ensure_future(job())\n'
            '    print(asyncio.get_event_loop() is context.get(), task.get_loop() is context.get())\n'
            '    context.take_first_steps()\n'
            '    print(task.result())\n'
            'forked(kernel)')
        self.assertEqual(run(code), ('True True\n7\n', ''))

    def test_a_fork_of_code_leaves_the_loops_to_its_parent(self):
        code = (
            'own = asyncio.new_event_loop()\n'
            'for loop in (asyncio.get_event_loop(), own):\n'
            '    if loop is own: asyncio.set_event_loop(own)\n'
            '    task = asyncio.ensure_future(job())\n'
            '    def child():\n'
            '        context.take_first_steps()\n'
            '        print(asyncio.get_event_loop() is loop, task.done())\n'
            '        print(asyncio.get_event_loop().run_until_complete(job()))\n'
            '    forked(child)\n'
            '    print(loop.run_until_complete(asyncio.wait_for(task, None)))\n'
            '    done = loop.run_in_executor(None, lambda: 8)\n'
            '    print(loop.run_until_complete(done))\n'
            'own.close()\n'
            'context.forget()')
        self.assertEqual(run(code), ('False False\n7\n7\n8\n' * 2, ''))

    def test_one_that_runs_in_a_thread_is_left_there(self):
        code = (
            'loop = asyncio.get_event_loop()\n'
            'thread = threading.Thread(target=loop.run_forever)\n'
            'thread.start()\n'
            'print(asyncio.run_coroutine_threadsafe(job(), asyncio.get_event_loop()).result())\n'
            'context.take_first_steps()\n'
            'awaiting("print(await job(), asyncio.get_running_loop() is loop)")\n'
            'loop.call_soon_threadsafe(loop.stop)\n'
            'thread.join()\n'
            'loop.close()\n'
            'context.forget()')
        self.assertEqual(run(code), ('7\n7 False\n', ''))

    def test_code_that_stops_it_does_not_end_what_awaits(self):
        code = (
            'loop = asyncio.get_event_loop()\n'
            'loop.call_soon(loop.stop)\n'
            'awaiting("loop.stop(); await asyncio.sleep(0.01); print(await job())")\n'
            'print(loop.run_until_complete(job()))\n'
            'context.forget()')
        self.assertEqual(run(code), ('7\n7\n', ''))

    def test_what_is_interrupted_behind_the_end_of_code_does_not_stop_later_code(self):
        code = (
            'async def numbers():\n'
            '    try: yield 1\n'
            '    finally: raise KeyboardInterrupt\n'
            'try:\n'
            '    awaiting("async for number in numbers(): break")\n'
            'except KeyboardInterrupt:\n'
            '    print("interrupted")\n'
            'print(context.get().run_until_complete(asyncio.sleep(0.01, 7)))\n'
            'context.forget()')
        self.assertEqual(run(code)[0], 'interrupted\n7\n')

    def test_a_loop_that_code_has_set_is_the_one_of_its_tasks(self):
        code = (
            'loop = asyncio.new_event_loop()\n'
            'asyncio.set_event_loop(loop)\n'
            'print(loop.run_until_complete(asyncio.create_task(job())))\n'
            'loop.close()\n'
            'task = asyncio.create_task(job())\n'
            'context.take_first_steps()\n'
            'print(task.result())\n'
            'context.forget()')
        self.assertEqual(run(code), ('7\n7\n', ''))

    def test_what_a_first_step_raises_is_told_once(self):
        code = (
            'import traceback\n'
            'async def leave(): raise SystemExit(3)\n'
            'task = asyncio.ensure_future(leave())\n'
            'try:\n'
            '    context.take_first_steps()\n'
            'except SystemExit as error:\n'
            '    print(error.code, [frame.name for frame in traceback.extract_tb(error.__traceback__)])\n'
            'del task\n'
            'context.forget()')
        self.assertEqual(run(code), ("3 ['<module>', 'take_first_steps', 'run', 'leave']\n", ''))


if __name__ == '__main__':
    unittest.main()
