"""What cells are compiled with: IPython's compiler, whose errors say where they are and show that line, and nothing of us."""

import builtins
import linecache

from IPython.core.compilerop import CachingCompiler

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


class CellCompiler(CachingCompiler):
    """One per shell."""

    def __init__(self):
        super().__init__()
        # Those of a terminal wait for more where code ends too early; nothing more comes here, and Python itself says what is missing.
        self.reset_compiler_flags()

    def __call__(self, source, filename, symbol, **kwargs):
        try:
            return super().__call__(source, filename, symbol, **kwargs)
        except SyntaxError as error:
            # A tree has no text: what is found when it is compiled comes without its line.
            if error.text is None and error.filename and error.lineno:
                error.text = linecache.getline(error.filename, error.lineno) or None
            raise error.with_traceback(None)
