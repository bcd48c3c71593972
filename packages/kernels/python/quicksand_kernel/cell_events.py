"""IPython's events `pre_run_cell` and `post_run_cell`, which `%autoreload` and others listen to. Nobody does in most contexts:
then a cell pays for two looks."""

import builtins

from IPython.core.events import EventManager
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


class InterruptibleEvents(EventManager):
    """IPython's events. An interruption ends the callbacks of one, and the code: IPython would tell of it, and go on to the next."""

    def trigger(self, event, *args, **kwargs):
        for callback in self.callbacks[event][:]:
            try:
                callback(*args, **kwargs)
            except Exception:
                print(f'Error in callback {callback} (for {event}), with arguments args {args},kwargs {kwargs}:')
                self.shell.showtraceback()


class CellEvents:
    """One per shell; `events` are the shell's."""

    def __init__(self, shell, events):
        self._shell = shell
        self._events = events
        self._listeners = events.callbacks['pre_run_cell'], events.callbacks['post_run_cell']
        self._result = None
        self._has_begun = False

    def before(self, code, count):
        """Before `code`, the cell of this number, is compiled."""
        self._has_begun = False
        if self._listeners[0] or self._listeners[1]:
            self._result = self._shell.displayhook.exec_result = self._describe(code, count)
            self._events.trigger('pre_run_cell', self._result.info)

    def begin(self):
        """It has been compiled, and begins."""
        self._has_begun = True

    def after(self, code, count, error):
        """It has ended, with `error` or None."""
        if not self._listeners[1] and self._result is None:
            return
        # Who began to listen in this cell hears of its end.
        result, self._result = self._result or self._describe(code, count), None
        self._shell.displayhook.exec_result = None
        if self._has_begun:
            result.error_in_exec = error
        else:
            result.error_before_exec = error
        self._events.trigger('post_run_cell', result)

    def has_listeners(self):
        """Whether the end of a cell may take time."""
        return self._result is not None or bool(self._listeners[1])

    def _describe(self, code, count):
        result = ExecutionResult(ExecutionInfo(code, True, False, True, None))
        result.execution_count = count
        try:
            result.info.transformed_cell = self._shell.transform_cell(code)
        except Exception:
            # As IPython tells of code that it cannot transform.
            result.info.transformed_cell = code
        return result
