"""Warming up: the zygote runs a few pieces of code of our own, so that what Python imports late is imported, then forgets them."""

import contextlib
import gc
import io
import linecache
import sys

from .failure import to_error
from .jsonable import to_jsonable

_LATE_IMPORTS = (
    'bdb', 'code', 'collections.abc', 'concurrent.futures', 'csv', 'dataclasses', 'decimal', 'fractions', 'getpass', 'glob',
    'hashlib', 'html', 'itertools', 'json', 'logging', 'math', 'multiprocessing', 'pickle', 'queue', 're', 'selectors', 'shutil',
    'statistics', 'string', 'subprocess', 'tempfile', 'textwrap', 'threading', 'timeit', 'typing', 'unittest.mock', 'urllib.parse',
    'uuid', 'zoneinfo', 'encodings.idna', 'encodings.ascii', 'encodings.latin_1',
)
_PIECES = {
    'expression': '1+1', 'plain data': '{"a": [1, 2.5, None], "b": {1}}', 'text': 'print("x")\nfor i in range(2):\n    print(i)',
    'error': 'def f():\n    return 1/0\nf()', 'syntax': 'if True\n  x', 'magic': '%timeit -n1 -r1 1', 'await': 'import asyncio\nawait asyncio.sleep(0)',
}
_NUMPY = 'import numpy as np\nnp.random.default_rng(1).normal(size=(4, 4)) @ np.eye(4)\nrepr(np.arange(3.0))'
_PANDAS = 'import pandas as pd\ndf = pd.DataFrame({"a": range(5), "b": list("abcde")})\nprint(df.describe(), df.groupby("b").sum())\ndf'
_MATPLOTLIB = 'import matplotlib.pyplot as plt\nplt.plot([1, 2, 3], label="x"); plt.title("t"); plt.legend()\nplt.show()'


def rehearse(shell):
    """Run it all, leave nothing behind. The zygote must not have forked yet."""
    for name in _LATE_IMPORTS:
        with contextlib.suppress(ImportError):
            __import__(name)
    pieces = list(_PIECES.values())
    for module, code in (('numpy', _NUMPY), ('pandas', _PANDAS), ('matplotlib', _MATPLOTLIB)):
        if module in sys.modules:
            pieces.append(code)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for count, code in enumerate(pieces, 1):
            try:
                shell.run(code, count)
            except Exception as error:
                to_error(error, f'<cell {count}>')
            shell.finish()
    to_jsonable({'a': (1, b'x')})
    _forget(shell)


@contextlib.contextmanager
def leaving_nothing(shell):
    """What runs inside leaves no names, no history and no count."""
    before = dict(shell.user_ns)
    try:
        yield
    finally:
        for name in shell.user_ns.keys() - before.keys():
            del shell.user_ns[name]
        shell.user_ns.update(before)
        shell.user_ns['_oh'].clear()
        _forget_inputs(shell)


def _forget(shell):
    shell.context_loop.forget()
    shell.reset(new_session=True)
    for name in ('__doc__', '__loader__', '__package__', '__spec__'):
        # Every module has them, and `multiprocessing` asks `__main__`.
        shell.user_ns.setdefault(name, None)
    _forget_inputs(shell)
    matplotlib = sys.modules.get('matplotlib')
    for name in ('get_cachedir', 'get_configdir'):
        # Inside a sandbox the folders are others.
        clear = getattr(getattr(matplotlib, name, None), 'cache_clear', None)
        if clear is not None:
            clear()
    fonts = sys.modules.get('matplotlib.font_manager')
    clear = getattr(getattr(fonts, '_get_font', None), 'cache_clear', None)
    if clear is not None:
        # A fork closes them all, one by one.
        clear()
    for name in ('last_type', 'last_value', 'last_traceback'):
        vars(sys).pop(name, None)
    gc.collect()


def _forget_inputs(shell):
    for inputs in (shell.history_manager.input_hist_parsed, shell.history_manager.input_hist_raw):
        inputs[:] = ['']
    shell.execution_count = 1
    shell._code = ''
    for name in [name for name in linecache.cache if name.startswith('<cell')]:
        del linecache.cache[name]
