"""Text before raw (R2): whatever is about to write to descriptors 1 and 2 does so behind our text.

And a forked child is no kernel: it loses the channel, and its text goes where a child's text goes.
"""

import builtins
import functools
import gc
import os
import sys
import _posixsubprocess
from _thread import get_ident
from os import _exit, listdir, sysconf
from signal import SIGINT
from time import CLOCK_BOOTTIME, clock_gettime_ns, sleep

from .stand_in import stand_in

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_STARTS = frozenset(('subprocess.Popen', 'os.system', 'os.posix_spawn', 'os.exec'))
_SIGNALS = frozenset(('os.kill', 'os.killpg', 'signal.pthread_kill'))
# What may end the process before anything of ours runs again: text of a burst is not lost with it (R4).
_ENDS = frozenset((*_SIGNALS, 'ctypes.string_at', 'ctypes.wstring_at', 'ctypes.call_function', 'ctypes.dlsym'))
_HEARD = _STARTS | _ENDS | {'open'}
#: Of the clock that Linux tells the start of a process by, in nanoseconds.
_TICK = 10 ** 9 // sysconf('SC_CLK_TCK')
_OUTPUTS = frozenset((1, 2, '/dev/stdout', '/dev/stderr', '/dev/fd/1', '/dev/fd/2', '/proc/self/fd/1', '/proc/self/fd/2'))


class Children:
    """`forked` is True in a child that os.fork made of this kernel."""

    def __init__(self, streams, channel):
        self.forked = self._has_started = self._is_interrupted = False
        self._streams, self._channel = streams, channel

    def watch(self):
        """Hooks that stay for the life of the process; call it once."""
        hear = self._audit_hook()
        sys.addaudithook(hear)
        self._channel.gate.hooks = (hear.__code__, self._before_fork.__code__, self._after_in_parent.__code__)
        os.register_at_fork(before=self._before_fork, after_in_parent=self._after_in_parent, after_in_child=self._after_in_child)
        self._channel.gate.watch_own_signals()
        self._watch_starts()
        self._watch_writes()

    def give_way(self, fd=None):
        """What is about to be written to descriptors 1 and 2, or to `fd` alone, comes after the text, and after what earlier children wrote."""
        if not self.forked and self._streams.current is not None:
            self._streams.calm()
            self._channel.fence(fd)

    def set_apart(self):
        """At the end of an execution: what it leaves running has begun in an earlier tick than the next one will, by which the host tells whose it is."""
        if not self._has_started:
            return
        self._has_started = False
        # Not of its children alone: one that has left its parent is another's child.
        youngest = max((int(fields[19]) for _, fields in _processes() if fields[0] != b'Z'), default=0)
        tick, passed = divmod(clock_gettime_ns(CLOCK_BOOTTIME), _TICK)
        if youngest >= tick:
            sleep((_TICK - passed) / 1e9)

    def reap_unowned(self):
        """Reap the children that have ended and that no `Popen` object waits for: each counts against the limit of processes."""
        ended = _ended_children()
        if not ended:
            return
        waited_for = {vars(thing).get('pid') for thing in gc.get_objects() if type(thing).__name__ == 'Popen'}
        for pid in ended - waited_for:
            os.waitpid(pid, os.WNOHANG)

    def _audit_hook(self):
        heard, on_audit = _HEARD, self._on_audit

        # Python asks a hook for an attribute each time, which a method answers with an error that is made and thrown away: three times as
        # long as all the rest, for each `id()` of the code, too.
        def hear(event, args):
            if event in heard:
                on_audit(event, args)

        return hear

    def _on_audit(self, event, args):
        if event in _STARTS:
            self._before_start()
        elif event in _ENDS:
            self._streams.calm()
            if event in _SIGNALS and not self.forked:
                self._channel.gate.hear(event, args)
        else:
            path = args[0]
            if path.__class__ in (int, str) and path in _OUTPUTS:
                self.give_way()

    def _before_start(self):
        self._has_started = True
        self.give_way()
        if not self.forked:
            self._channel.gate.check()

    def _watch_starts(self):
        real = _posixsubprocess.fork_exec

        @functools.wraps(real)
        def fork_exec(*args):
            self._before_start()
            return real(*args)

        # `subprocess` has the real one, and tells audit hooks; `multiprocessing`, which looks it up each time, does not.
        _posixsubprocess.fork_exec = fork_exec

    def _watch_writes(self):
        real = os.write

        @stand_in(real, 'os')
        def write(fd, data, /):
            if fd == 1 or fd == 2:
                self.give_way(fd)
            return real(fd, data)

        # The raw writer and the channel imported the real one by name.
        os.write = write

    # What is raised in such a hook is printed and forgotten. Of all hooks ours is the first before a fork, and the last after it.

    def _before_fork(self):
        gate = self._channel.gate
        if get_ident() == gate.main:
            gate.depth += 1
        try:
            self.give_way()
            self._is_interrupted = not self.forked and gate.has_come()
        finally:
            # Nobody else may be inside the buffers while they are copied.
            self._streams.lock.acquire()

    def _after_in_parent(self):
        self._has_started = True
        self._streams.lock.release()
        gate = self._channel.gate
        if get_ident() == gate.main:
            # Python looks for signals no more before os.fork returns.
            gate.depth -= 1

    def _after_in_child(self):
        if self.forked:
            self._streams.lock.release()
            return
        if self._is_interrupted:
            # The host, which lists the processes when it interrupts them, did not find this one.
            _exit(128 + SIGINT)
        self.forked = True
        for fd in (self._channel.fd, *self._channel.pipes):
            try:
                os.close(fd)
            except OSError:
                pass
        self._streams.become_plain()
        self._channel.gate.become_plain()


def _ended_children():
    own = os.getpid()
    return {pid for pid, fields in _processes() if fields[0] == b'Z' and int(fields[1]) == own}


def _processes():
    """The pid of each process that is seen here, and what Linux tells of it, from its state on."""
    for name in listdir('/proc'):
        if not name.isdigit():
            continue
        try:
            with open(f'/proc/{name}/stat', 'rb') as file:
                yield int(name), file.read().rpartition(b')')[2].split()
        except OSError:
            # It is gone.
            continue
