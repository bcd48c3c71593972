"""The event loop of a context: cells that await run in it, and tasks that other cells start wait for those.

A cell that awaits nothing runs outside of any loop, so that `asyncio.run(…)` works there, as in every program. What is
scheduled for later in such a cell belongs to the context's loop.
"""

import asyncio
import builtins
import inspect
import threading
import warnings

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


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

    def install(self):
        """Have asyncio know of it: `get_event_loop()` finds it where code has set no other, also after `asyncio.run`, and
        `create_task()` uses it where no loop runs."""
        with warnings.catch_warnings():
            # Since Python 3.14 policies are on their way out.
            warnings.simplefilter('ignore', DeprecationWarning)
            asyncio.set_event_loop_policy(_policy_with(self, type(asyncio.get_event_loop_policy())))
        asyncio.create_task = asyncio.tasks.create_task = _task_creator(self, asyncio.create_task)

    def take(self):
        """The loop, for what code that runs outside of it starts there: that takes its first step at the end of the cell, and goes on
        when later code awaits."""
        self.has_begun = True
        return self.get()

    def take_first_steps(self):
        """At the end of a cell that ran outside of the loop."""
        if self.has_begun and self._loop is not None and not self._loop.is_closed():
            self.run((), None, None)
        self.has_begun = False

    def run(self, parts, global_names, names):
        """Run compiled code, some of which awaits, in the loop."""
        self.has_begun = False
        loop, failed = self.get(), []

        async def top_level():
            try:
                for compiled in parts:
                    value = eval(compiled, global_names, names)
                    if compiled.co_flags & inspect.CO_COROUTINE:
                        await value
            except BaseException as error:
                failed.append(error)

        task = loop.create_task(top_level())
        try:
            loop.run_until_complete(task)
        except BaseException as interruption:
            # It came while the loop waited. Where the code was shows in the traceback of its cancellation.
            if not task.done():
                task.cancel()
                loop.run_until_complete(task)
            if failed:
                interruption.__traceback__ = failed[0].__traceback__
            interruption.__context__ = None
            raise interruption
        if failed:
            raise failed[0]

    def forget(self):
        """As if it had never been used."""
        loop, self._loop = self._loop, None
        self.has_begun = False
        if loop is not None:
            loop.close()


def _is_main():
    return threading.current_thread() is threading.main_thread()


def _policy_with(context_loop, base):
    class Policy(base):
        def get_event_loop(self):
            try:
                loop = super().get_event_loop()
                if not loop.is_closed() or not _is_main():
                    return loop
            except RuntimeError:
                if not _is_main():
                    raise
            return context_loop.take()

    policy = Policy()
    # Else it would make a loop of its own, once, in which nothing ever runs.
    policy.set_event_loop(None)
    return policy


def _task_creator(context_loop, create_in_running_loop):
    def create_task(coro, **options):
        if asyncio._get_running_loop() is None and _is_main():
            return context_loop.take().create_task(coro, **options)
        return create_in_running_loop(coro, **options)

    create_task.__doc__ = create_in_running_loop.__doc__
    return create_task
