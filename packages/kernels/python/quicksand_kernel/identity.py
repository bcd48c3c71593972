"""Which execution the running code belongs to (R6).

The identity is a context variable: an asyncio task copies it by itself, a thread and a pool's work item are made to.
"""

import builtins
import _thread
import asyncio
import concurrent.futures.thread as pool
import functools
import threading
from contextvars import Context, ContextVar, copy_context

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

#: The number of the execution that started the running code; None in threads that C code made.
EXECUTION = ContextVar('quicksand_execution', default=None)

#: Starts a thread without telling anybody.
start_plain_thread = _thread.start_new_thread


def carry_identity(on_second_flow):
    """Make threads, pool work and event loops carry the identity of the code that started them.

    `on_second_flow` is called, often, before code can run that is not the main flow of the running execution.
    """
    real_submit = pool.ThreadPoolExecutor.submit
    real_start_joinable_thread = getattr(_thread, 'start_joinable_thread', None)
    real_set_running_loop = asyncio.events._set_running_loop

    def start_new_thread(function, args, kwargs={}, /):
        on_second_flow()
        return start_plain_thread(copy_context().run, (function, *args), kwargs)

    def start_joinable_thread(function, handle=None, daemon=True):
        # Since Python 3.13 this is what `Thread` uses.
        on_second_flow()
        # Since 3.14 it has a context of its own, which is empty; before, the name is free.
        own = getattr(getattr(function, '__self__', None), '_context', None)
        if type(own) is Context:
            own.run(EXECUTION.set, EXECUTION.get())
        return real_start_joinable_thread(functools.partial(copy_context().run, function), handle, daemon)

    @functools.wraps(real_submit)
    def submit(self, fn, /, *args, **kwargs):
        return real_submit(self, copy_context().run, fn, *args, **kwargs)

    def set_running_loop(loop):
        if loop is not None:
            on_second_flow()
        real_set_running_loop(loop)

    _thread.start_new_thread = _thread.start_new = start_new_thread
    if hasattr(_thread, 'start_joinable_thread'):
        _thread.start_joinable_thread = threading._start_joinable_thread = start_joinable_thread
    else:
        threading._start_new_thread = start_new_thread
    pool.ThreadPoolExecutor.submit = submit
    asyncio.events._set_running_loop = asyncio._set_running_loop = set_running_loop
