"""IPython's events, of which an interruption is no error that is printed: it ends the code."""

import builtins

from IPython.core.events import EventManager

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


class Events(EventManager):
    """Those of one shell, with the callbacks of IPython, of its extensions and of user code."""

    def trigger(self, event, *args, **kwargs):
        """Call whoever listens to `event`. What they raise is shown, and the next one is called; IPython takes an interruption for such an error, and what
        was interrupted went on."""
        for callback in self.callbacks[event][:]:
            try:
                callback(*args, **kwargs)
            except Exception:
                if self.print_on_error:
                    print(f'Error in callback {callback} (for {event}), with arguments args {args},kwargs {kwargs}:')
                self.shell.showtraceback()
