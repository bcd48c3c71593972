"""The main loop of a kernel: one execution after another, each with exactly one `done` (R3), whatever the code did."""

import builtins
import getpass
import json
import os
from os import _exit, abort as _os_abort, get_inheritable
import signal
import socket
import sys
import tempfile
import warnings
from operator import is_
from time import tzset

from IPython.core.error import StdinNotImplementedError

from . import frames
from .channel import Channel, encode_json
from .children import Children
from .failure import to_error
from .identity import carry_identity
from .immortal import forget_names
from .installed import Installed
from .interrupt import InterruptGate
from .linux import flush_c_streams, give_back_memory
from .place import take_place
from .rehearsal import leaving_nothing
from .seeds import Seeds
from .stand_in import stand_in
from .text import TextStreams

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_NO_INPUT = (
    '{} cannot be answered: nobody sits at a keyboard here. Put the value into the code, pass it with envVars '
    'and read os.environ, or read it from a file.'
)
_read_input, _read_password = builtins.input, getpass.getpass
_LOWEST_LIMIT = 1000
_OUTPUTS = ('stdout', 'stderr')
#: How long nothing is to be done before memory that was freed is given back: code that comes at once needs it again.
_REST_SECONDS = 1
#: `json.loads` looks for an encoding first, and for spaces before and after it.
_decode = json.JSONDecoder().raw_decode
# What the error before had held goes with it: where Python warns of that, as of a coroutine that nobody awaited, it names this file, as at its own end.
_TELL_LAST = compile('sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__', 'sys', 'exec')
_REHEARSAL = json.dumps({'code': 'print(1)\n1', 'executionCount': 0, 'marker': '0' * 32, 'envVars': {}, 'charts': True}).encode()


@stand_in(_read_input, 'builtins')
def _refuse_input(prompt='', /):
    if sys.stdin is not sys.__stdin__:
        # Code has put something there to read from.
        return _read_input(prompt)
    raise StdinNotImplementedError(_NO_INPUT.format('input()'))


def _refuse_getpass(prompt='Password: ', stream=None):
    if sys.stdin is not sys.__stdin__:
        return _read_password(prompt, stream)
    raise StdinNotImplementedError(_NO_INPUT.format('getpass()'))


class Pristine:
    """What builtins and sys.modules are before any user code; made in the zygote, since a copy in the fork would touch
    the pages of every module, which costs 2 ms."""

    def __init__(self):
        builtins.input = _refuse_input
        getpass.getpass = _refuse_getpass
        self.builtins = dict(builtins.__dict__)
        self.modules = dict(sys.modules)


def prepare_template(folder):
    """What every process of Python code here has in common, done before the first fork: a fork copies each page that it writes to.
    `folder` is ours, and not visible inside."""
    os.environ.clear()
    sys.argv[:] = ['']
    sys.path[:] = [''] + [path for path in sys.path if path not in ('', '/', folder)]
    tempfile._name_sequence = tempfile.tempdir = None


class Kernel:
    """Runs what the host sends over the channel, until the host closes it. Made before the process that it serves in is forked."""

    def __init__(self, shell, pristine, originals):
        self._shell = shell
        self._originals = originals
        self._streams = TextStreams()
        self._channel = Channel()
        self._gate = InterruptGate(self._channel.take_interrupts, self._streams.arm, self._streams.is_writing)
        self._channel.gate = self._gate
        self._children = Children(self._streams, self._channel)
        self._installed = Installed()
        self._environ = os.environ
        self._saved = {}
        self._builtins = builtins.__dict__
        self._own_builtins = pristine.builtins
        self._user_builtins = {}
        self._has_entered = False
        self._modules = pristine.modules
        self._limit = sys.getrecursionlimit()
        self._signals = self._channel.signals
        self._seeds = Seeds()
        self._is_own = False
        shell.emit = self._emit
        shell.emit_last = self._emit_last
        shell.enter = self._enter
        shell.look_for_packages = self._installed.look
        shell.check_interrupt = self._gate.check
        shell.settle_hooks()
        carry_identity(self._streams.become_aware)
        # Since Python 3.12 it would be told of each fork once anything was printed, for the thread that flushes is one; so nobody is told of others.
        warnings.filterwarnings('ignore', r'This process \(pid=\d+\) is multi-threaded, use of fork', DeprecationWarning)

    def make_own(self, env):
        """Make a fresh fork a process of its own, once: environment and seeds. Its sandbox need not be complete."""
        if self._is_own:
            return
        self._is_own = True
        # Not `update`, which asks first what it was given.
        for name, value in env.items():
            os.environ[name] = value
        self._seeds.renew()
        if 'matplotlib' not in sys.modules:
            os.environ.setdefault('MPLBACKEND', 'module://matplotlib_inline.backend_inline')

    def serve(self, key, channel_fd, pipes, env):
        """Say that we are ready, then serve for ever. `channel_fd` is connected; `pipes` are the kernel's own ends of the raw pipes."""
        self._channel.open(channel_fd, pipes)
        self._gate.settle_in()
        # Held from here on, but while user code runs; the flusher's thread inherits it.
        self._signals.hold()
        self._streams.start(self._channel)
        self._channel.send_json(frames.READY, 0, {'key': key})
        # All that only running code needs comes with the first frame: it touches some 200 pages, which a context that nobody uses goes without.
        self._channel.wait()
        self._originals.begin()
        self.make_own(env)
        take_place(self._shell)
        tzset()
        sys.stdin = sys.__stdin__ = open(0, encoding='utf-8', errors='replace', closefd=False)
        # A fork has forgotten it.
        sys.setswitchinterval(0.001)
        self._installed.join()
        self._children.watch()
        self._watch_ends()
        at_rest = True
        while True:
            try:
                frame = self._channel.next(None if at_rest else _REST_SECONDS)
                at_rest = frame is None
                if at_rest:
                    give_back_memory()
                    if self._originals.are_copied() and self._streams.is_still():
                        forget_names()
                        self._originals.give_back(self._streams.is_still)
                    continue
                kind, execution, payload = frame
                if kind == frames.INTERRUPT:
                    # The host has ended the processes of an interrupted execution.
                    _attempt(self._children.reap_unowned)
                    self._channel.send(frames.INTERRUPTED, execution)
                elif kind == frames.EXECUTE:
                    self._execute(execution, payload)
                elif kind == frames.REHEARSE:
                    self._rehearse()
            except frames.Malformed:
                _exit(1)
            except BaseException:
                # A signal handler of the user, most likely; the next frame is as good as the last.
                continue

    def _rehearse(self):
        # Does what the first code will do, so that the memory that it shares with the zygote is its own by then. What it says nobody hears.
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        fd, self._channel.fd = self._channel.fd, ours.fileno()
        try:
            with leaving_nothing(self._shell):
                self._execute(0, _REHEARSAL)
        finally:
            self._channel.fd = fd
            ours.close()
            theirs.close()

    def _execute(self, execution, payload):
        request, _ = _decode(payload.decode())
        error = None
        try:
            self._begin(execution, request)
            error = self._guarded(self._shell.run, request['code'], request['executionCount'])
            if error is not None and self._shell.custom_exceptions:
                error = self._guarded(self._shell.hand_over, error)
            if error is not None or not self._shell.is_finished:
                self._restore_builtins()
                after = self._guarded(self._shell.finish, error)
                error = error or after
            error = self._flush_replaced() or error
        except BaseException as own:
            error = own
        if self._children.forked:
            self._leave_child(error, request)
        _attempt(self._tidy)
        told = _attempt(self._describe, error, request)
        # Its frames lead to this one: it would hold itself, and all that they hold, for as long as Python does not look.
        error = after = None
        _attempt(self._streams.end)
        if told is not None:
            _attempt(self._channel.send, frames.ERROR, execution, told)
        _attempt(flush_c_streams)
        _attempt(self._children.set_apart)
        self._gate.end()
        self._channel.send(frames.DONE, execution)

    def _begin(self, execution, request):
        self._channel.begin(execution, request['marker'])
        self._streams.begin(execution)
        self._streams.install()
        self._gate.install()
        self._gate.begin()
        self._reopen_descriptors()
        self._saved = {}
        for name, value in request.get('env', {}).items():
            if value is None:
                self._environ.pop(name, None)
            else:
                self._environ[name] = value
        for name, value in request['envVars'].items():
            self._saved[name] = self._environ.get(name)
            self._environ[name] = value
        if 'TZ' in self._saved or 'TZ' in request.get('env', ()):
            tzset()
        self._shell.charts = request['charts']
        sys.setrecursionlimit(self._limit)

    def _enter(self):
        self._installed.look()
        # What the user made of builtins is there for user code, and for nothing else.
        self._builtins.update(self._user_builtins)
        self._has_entered = True

    def _restore_builtins(self):
        own, changed = self._own_builtins, {}
        if not _is_same(self._builtins, own):
            changed = {name: value for name, value in self._builtins.items() if own.get(name) is not value}
            self._builtins.update(own)
        if self._has_entered:
            # What the code has put back is as it was.
            self._has_entered = False
            self._user_builtins = changed
        else:
            self._user_builtins.update(changed)

    def _guarded(self, step, *args):
        gate, raised = self._gate, []
        try:
            try:
                self._signals.let_through()
                gate.open()
                step(*args)
            except BaseException as error:
                raised.append(error)
            gate.shut()
            # A handler that is due runs here at the latest: none can raise in the kernel's own work.
            self._signals.hold()
        except BaseException as error:
            self._signals.hold()
            gate.shut()
            raised = raised or [error]
        return raised.pop() if raised else None

    def _tidy(self):
        self._restore_builtins()
        sys.settrace(None)
        sys.setprofile(None)
        if 'sys' not in sys.modules or 'builtins' not in sys.modules:
            sys.modules.update(self._modules)
        limit = sys.getrecursionlimit()
        self._limit = max(limit, 200)
        if limit < _LOWEST_LIMIT:
            sys.setrecursionlimit(_LOWEST_LIMIT)
        saved, self._saved = self._saved, {}
        for name, value in saved.items():
            if value is None:
                self._environ.pop(name, None)
            else:
                self._environ[name] = value
        if 'TZ' in saved:
            tzset()

    def _flush_replaced(self):
        """What code has put in the place of our streams may hold text of it, as a file does (R4). Gives the interruption of it; one that cannot is let be."""
        for name in _OUTPUTS:
            stream = sys.__dict__.get(name)
            if stream is None or stream is self._streams.stdout or stream is self._streams.stderr:
                continue
            error = self._guarded(_flush, stream)
            if isinstance(error, KeyboardInterrupt):
                return error
        return None

    def _describe(self, error, request):
        """The payload of its frame; None where there is nothing to tell. Its `__str__` is code, which may print, never end, and be interrupted as all other."""
        if error is None or isinstance(error, SystemExit) and _is_success(error.code):
            return None
        exec(_TELL_LAST, {'__name__': 'sys', 'sys': sys, 'error': error})
        told = []

        def tell():
            told.append(_to_payload(error, request))
            # Without our frames: code may print it.
            sys.last_traceback = error.__traceback__

        interruption = self._guarded(tell)
        return encode_json(told[0] if told else _to_payload(interruption, request))

    def _watch_ends(self):
        # Text of a burst is not lost with the process (R4).
        @stand_in(_exit, 'os')
        def leave(status):
            _attempt(self._streams.flush)
            _exit(status)

        @stand_in(_os_abort, 'os')
        def abort():
            _attempt(self._streams.flush)
            _os_abort()

        os._exit, os.abort = leave, abort

    def _emit(self, kind, payload):
        late = self._streams.owner()
        if late is None:
            self._streams.flush()
        if self._children.forked:
            return
        self._channel.send(kind, late or self._channel.current, payload)
        self._streams.obey_interrupt()

    def _emit_last(self, kind, payload):
        # One write, and one event loop turn of the host, for the result and the end that follows it.
        if self._streams.owner() is None and not self._children.forked and not self._shell.has_more_to_show():
            self._streams.flush()
            self._channel.hold(kind, self._channel.current, payload)
        else:
            self._emit(kind, payload)

    def _reopen_descriptors(self):
        # What a program closed is there again for the children of the next one; what it replaced stays.
        for fd, source in ((1, self._channel.pipes[0]), (2, self._channel.pipes[1])):
            try:
                get_inheritable(fd)
            except OSError:
                os.dup2(source, fd)

    def _leave_child(self, error, request):
        # os.fork() in user code, and the child ran to the end of the code: it must not become a second kernel.
        code = 0
        if isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
        elif isinstance(error, KeyboardInterrupt):
            # Its parent was interrupted, too, and tells where.
            code = 128 + signal.SIGINT
        elif error is not None:
            code = 1
            _attempt(lambda: print(*_to_payload(error, request)['traceback'], sep='\n', file=sys.stderr))
        _attempt(self._streams.flush)
        _exit(code & 255)


def _flush(stream):
    stream.flush()


def _is_success(code):
    # It may be anything, and comparable to nothing.
    return code is None or isinstance(code, int) and code == 0


def _to_payload(error, request):
    return to_error(error, f'<cell {request["executionCount"]}>')


def _is_same(one, other):
    # By identity alone: equality would run code of the user. Names are interned.
    return len(one) == len(other) and all(map(is_, one, other)) and all(map(is_, one.values(), other.values()))


def _attempt(step, *args):
    # A signal handler of the user may raise in the middle of our own work.
    for _ in range(3):
        try:
            return step(*args)
        except BaseException:
            continue
