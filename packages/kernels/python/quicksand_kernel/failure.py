"""An exception as the payload of an `error` frame. Whatever the exception is, nothing is raised but a KeyboardInterrupt, which stops code of it."""

import builtins
import linecache
import os
import traceback
from types import TracebackType

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MOST_FRAMES = 400
_MOST_VALUE, _MOST_TRACEBACK = 64 * 1024, 256 * 1024

try:
    import IPython
    _IPYTHON = os.path.dirname(os.path.abspath(IPython.__file__))
    _HIDDEN = (_OURS, os.path.join(_IPYTHON, 'core', ''), os.path.join(_IPYTHON, 'lib', 'pretty.py'))
except ImportError:
    _HIDDEN = (_OURS,)


def to_error(error, cell):
    """`{ename, evalue, traceback, lineNumber?}`; `cell` is the file name that the submitted code was compiled with."""
    ename = _name_of(error)
    evalue = _cut(_value_of(error), _MOST_VALUE)
    payload = {'ename': ename, 'evalue': evalue}
    line = None
    try:
        line = line_in(error, cell)
        forget_frames(error, set())
        lines = _format(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        lines = []
    message = f'{ename}: {evalue}' if evalue else ename
    if not lines or isinstance(error, BaseExceptionGroup):
        lines.append(message)
    lines[-1] = _without_module(lines[-1], ename)
    payload['traceback'] = _bounded(lines)
    if line is not None:
        payload['lineNumber'] = line
    return payload


def line_in(error, cell):
    """The line of `cell` where `error` came from, or None."""
    if isinstance(error, SyntaxError) and error.filename == cell and isinstance(error.lineno, int):
        return max(error.lineno, 1)
    line = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == cell:
            # What is raised before the first statement, as an interruption may be, is at line 0.
            line = max(trace.tb_lineno or 1, 1)
        trace = trace.tb_next
    if line is None and isinstance(error, BaseExceptionGroup):
        # `except*` makes one that comes from nowhere.
        line = next(filter(None, (line_in(member, cell) for member in error.exceptions)), None)
    return line


def forget_frames(error, seen):
    """Take the kernel's and IPython's own frames out of the traceback of `error` and of the errors behind it."""
    if error is None or id(error) in seen or len(seen) > 100:
        return
    seen.add(id(error))
    try:
        error.__traceback__ = _without_ours(error.__traceback__)
    except Exception:
        pass
    forget_frames(error.__cause__, seen)
    forget_frames(error.__context__, seen)
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            forget_frames(member, seen)


def _without_ours(trace):
    kept = []
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(_HIDDEN):
            kept.append(trace)
        trace = trace.tb_next
    if len(kept) > _MOST_FRAMES:
        kept = kept[:_MOST_FRAMES // 2] + kept[-_MOST_FRAMES // 2:]
    chain = None
    for trace in reversed(kept):
        chain = TracebackType(chain, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)
    return chain


def _format(error):
    if type(error).__name__ == 'UsageError' and type(error).__module__ == 'IPython.core.error':
        return [f'UsageError: {error}']
    told = traceback.TracebackException.from_exception(error)
    lines = [line.rstrip('\n') for line in told.format()]
    if isinstance(error, BaseExceptionGroup):
        return lines
    # Notes follow the message; the last entry is the one that begins with `Type: message`.
    last = [line.rstrip('\n') for line in told.format_exception_only()]
    notes = getattr(error, '__notes__', None)
    count = 1 + (len(last) - _message_at(last, told) - 1 if notes else 0)
    return lines[:-count] + ['\n'.join(lines[-count:])] if count > 1 else lines


def _without_module(line, ename):
    """The last entry begins with `ename`, whatever module the type is from."""
    head, colon, rest = line.partition(':')
    ours = '\n' not in head and head != ename and head.endswith('.' + ename)
    return ename + colon + rest if ours else line


def _message_at(last, told):
    name = told.exc_type.__qualname__
    for at, line in enumerate(last):
        if not line.startswith(' ') and line.split(':', 1)[0].rpartition('.')[2] == name.rpartition('.')[2]:
            return at
    return len(last) - 1


def _name_of(error):
    try:
        return str(type(error).__name__)
    except BaseException:
        return 'Exception'


def _value_of(error):
    try:
        # Its str() repeats the place, which has a field of its own.
        return str(error.msg) if isinstance(error, SyntaxError) and error.msg else str(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as second:
        return f'<its message cannot be shown: __str__ raised {_name_of(second)}>'


def _cut(text, most):
    if len(text) <= most // 4 or len(text.encode('utf-8', 'replace')) <= most:
        return text
    return text.encode('utf-8', 'replace')[:most - 60].decode('utf-8', 'ignore') + f'… (cut, {len(text)} characters in all)'


def _bounded(lines):
    lines = [_cut(line, _MOST_VALUE) for line in lines]
    sizes = [len(line.encode('utf-8', 'replace')) + 1 for line in lines]
    if sum(sizes) <= _MOST_TRACEBACK:
        return lines
    head, tail, left = [], [], _MOST_TRACEBACK - sizes[-1] - 100
    low, high = 0, len(lines) - 2
    while low <= high:
        side, at = (head, low) if low <= len(lines) - 2 - high else (tail, high)
        left -= sizes[at]
        if left < 0:
            break
        side.append(lines[at])
        low, high = (low + 1, high) if side is head else (low, high - 1)
    return head + [f'  … (cut, {high - low + 1} entries left out)'] + tail[::-1] + [lines[-1]]


def remember_source(name, source):
    """Let tracebacks, now and in later executions, find the lines of `source` under `name`."""
    if not isinstance(linecache.cache, dict):
        linecache.cache = {}
    linecache.cache[name] = (len(source), None, [line + '\n' for line in source.split('\n')], name)
