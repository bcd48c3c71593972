"""The event loop of a context: cells that await run in it, and tasks that other cells start wait for those.

A cell that awaits nothing runs outside of any loop, so that `asyncio.run(…)` works there, as in every program. What is
scheduled for later in such a cell belongs to the context's loop.
"""

import asyncio
import builtins
import gc
import inspect
import os
import selectors
import threading
import warnings
from contextvars import copy_context

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_OF_LOOPS = (_OURS, selectors.__file__, os.path.dirname(asyncio.__file__) + os.sep)
# Loops of the process that this one was forked from. One that nobody holds closes itself, and by that unregisters what the parent waits for.
_of_parents = []


class ContextLoop:
    """One per shell, for the main thread."""

    def __init__(self):
        self._loop = None
        #: Whether the running cell has started something that its end gives a turn.
        self.has_begun = False

    def get(self):
        """The loop; it is made at its first use, and made anew where code has closed it."""
        if self._loop is None or self._loop.is_closed():
            self._loop = asyncio.new_event_loop()
        return self._loop

    def get_idle(self):
        """The same for what is to run here: also made anew where code runs it in a thread."""
        if self.get().is_running() and asyncio._get_running_loop() is not self._loop:
            self._loop = None
        return self.get()

    def install(self):
        """Have asyncio know of it: `get_event_loop()` finds it where code has set no other, also after `asyncio.run`, and
        `create_task()` uses it where no loop runs."""
        with warnings.catch_warnings():
            # Since Python 3.14 policies are on their way out.
            warnings.simplefilter('ignore', DeprecationWarning)
            policy = _policy_with(self, type(asyncio.get_event_loop_policy()))
            asyncio.set_event_loop_policy(policy)
        asyncio.create_task = asyncio.tasks.create_task = _task_creator(self, policy, asyncio.create_task)
        os.register_at_fork(after_in_child=lambda: self._leave_to_parent(policy))

    def _leave_to_parent(self, policy):
        # A forked process shares what its parent's loops wait with.
        _of_parents.extend((self._loop, policy.chosen))
        self._loop = policy.chosen = None
        self.has_begun = False

    def take(self):
        """The loop, for what code that runs outside of it starts there: that takes its first step at the end of the cell, and goes on
        when later code awaits."""
        self.has_begun = True
        return self.get()

    def take_idle(self):
        self.get_idle()
        return self.take()

    def is_own(self, loop):
        return loop is self._loop

    def take_first_steps(self):
        """At the end of a cell that ran outside of the loop."""
        loop = self._loop
        if self.has_begun and loop is not None and not loop.is_closed() and not loop.is_running():
            self.run((), None, None)
        self.has_begun = False

    def run(self, parts, global_names, names):
        """Run compiled code, some of which awaits, in the loop."""
        self.has_begun = False
        loop, failed, left = self.get_idle(), [], []

        async def top_level():
            try:
                for compiled in parts:
                    value = eval(compiled, global_names, names)
                    if compiled.co_flags & inspect.CO_COROUTINE:
                        await value
            except BaseException as error:
                failed.append(error)
            left.append(copy_context())

        task = loop.create_task(top_level())
        try:
            _complete(loop, task)
        except BaseException as interruption:
            # It came while the loop waited, or in another task.
            if not task.done():
                task.cancel()
                _complete(loop, task)
            elif not task.cancelled():
                # It is told as the error of the cell.
                task.exception()
            _show_code(interruption, failed)
            raise interruption
        finally:
            for context in left:
                _take_over(context)
        if failed:
            raise failed.pop()

    def forget(self):
        """As if it had never been used."""
        loop, self._loop = self._loop, None
        self.has_begun = False
        if loop is not None:
            loop.close()


def _complete(loop, task):
    is_waiting = True

    def stop():
        # An interruption may have come before its turn did: then it is for nobody.
        if is_waiting:
            loop.stop()

    # After what is due by then, such as a generator of the code that has to be closed.
    task.add_done_callback(lambda done: loop.call_soon(stop))
    try:
        while not task.done():
            # Code may stop it, or may have done so before.
            loop.run_forever()
    finally:
        is_waiting = False


def _take_over(context):
    """What code has set in the context of its task, as NumPy's `seterr` does, is there for later code, like what code sets that does not await."""
    here = copy_context()
    for variable, value in context.items():
        if variable not in here or here[variable] is not value:
            variable.set(value)


def _show_code(interruption, failed):
    """Make its traceback that of the code which it came in; where it came while all tasks waited, that of the code which `failed` by it."""
    trace = interruption.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OF_LOOPS):
        trace = trace.tb_next
    if trace is None:
        trace = failed[0].__traceback__ if failed else None
        interruption.__context__ = None
    else:
        # It is told as the error of the cell: its task need not tell of it, too.
        for task in gc.get_objects():
            if issubclass(type(task), asyncio.Task) and task._exception is interruption:
                task.exception()
    interruption.__traceback__ = trace


def _is_main():
    return threading.current_thread() is threading.main_thread()


def _policy_with(context_loop, base):
    class Policy(base):
        #: What code has set for the main thread. The base would make a loop of its own, in which nothing ever runs.
        chosen = None

        def set_event_loop(self, loop):
            super().set_event_loop(loop)
            if _is_main():
                self.chosen = loop

        def get_event_loop(self):
            if not _is_main():
                return super().get_event_loop()
            other = self.get_other()
            return context_loop.take() if other is None else other

        def get_other(self):
            chosen = self.chosen
            return None if chosen is None or chosen.is_closed() or context_loop.is_own(chosen) else chosen

    return Policy()


def _task_creator(context_loop, policy, create_in_running_loop):
    def create_task(coro, **options):
        if asyncio._get_running_loop() is None and _is_main():
            loop = policy.get_other()
            return (context_loop.take_idle() if loop is None else loop).create_task(coro, **options)
        return create_in_running_loop(coro, **options)

    create_task.__doc__ = create_in_running_loop.__doc__
    return create_task
