"""SIGINT: when it becomes a KeyboardInterrupt, when it waits, and when it means nothing.

A KeyboardInterrupt may be raised only while the gate is open, which is while code of the user runs, and never while
`depth` says that the main thread is in the middle of something that must be whole (a frame, a flush). Such a signal is
deferred: the flusher sends it again when `depth` is 0. Raising it at the end of the critical section instead would make
a buffered writer believe that its bytes were not written, and write them twice. Nor may it be raised while the main thread
is inside a buffered writer, which would lose what it was given: text of code that had run long before. Nor where Python would
lose it, as it does in a hook, nor where it would make a loop lose what is to be done next: see `_is_unsafe`.

The host's signal may come late, for an execution that has ended: what counts is its frame. Code that sends SIGINT to its own
process sends none; it says so just before, through `expect_own`.
"""

import asyncio
import builtins
import selectors
import signal
import _signal
import sys
import _thread
from asyncio import _get_running_loop
from _thread import get_ident
import os
from os import _exit, getpgrp, getpid
from signal import SIGINT

from .stand_in import stand_in

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
#: Frames that say nothing about who called them. A signal may come while another one is handled, too.
_BETWEEN = (_OURS, os.path.dirname(asyncio.__file__) + os.sep)
_LOOP_TURN = asyncio.BaseEventLoop._run_once.__code__
#: How often a loop is spared, 3 ms after each other: C code that it calls may take for ever.
_MOST_SPARED = 30


class InterruptGate:
    """One per kernel. `take` reads the channel and says whether the running execution is to be interrupted; `rouse` has
    `redeliver` called soon; `is_writing` says whether the main thread is inside a buffered writer."""

    def __init__(self, take, rouse, is_writing):
        self._take = take
        self._rouse = rouse
        self._is_writing = is_writing
        self.main = self._pid = 0
        self.depth = 0
        self.deferred = False
        self.idle = True
        self._is_child = False
        self._is_open = False
        self._pending = False
        self._is_own = False
        self._redeliverer = self._spared = 0
        #: Code in which Python forgets what is raised.
        self.hooks = ()
        self._announcers = self._announcing('signal', signal.raise_signal), self._announcing('_thread', _thread.interrupt_main, SIGINT)

    def become_plain(self):
        """In a forked child: SIGINT is what it is in every Python program, also for code that calls this handler. The channel is the parent's."""
        self._is_child = True
        if self._is_handler():
            # Without a frame of ours in what it prints.
            _signal.signal(SIGINT, _signal.default_int_handler)

    def settle_in(self):
        """The calling thread is the main one of a kernel from here on."""
        self.main, self._pid = get_ident(), getpid()
        self.install()
        sys.unraisablehook = self._on_unraisable

    def install(self):
        """Make SIGINT ours again, whatever the last execution made of it."""
        if not self._is_handler():
            _signal.signal(SIGINT, self._on_signal)

    def begin(self):
        """An execution starts. An interrupt that came together with it is found here; its signal may be gone."""
        self._pending = self._is_own = self.deferred = False
        self._spared = 0
        self.idle = False
        self._look()

    def end(self):
        """The execution has ended: from here the main loop answers interrupts."""
        self.idle = True
        self._is_open = self._pending = self._is_own = False

    def open(self):
        """Code of the user runs from here on; raises the KeyboardInterrupt that came too early."""
        self._is_open = True
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    def shut(self):
        self._is_open = False

    def has_come(self):
        """Whether the running execution is interrupted, and has yet to be told. Raises nothing: the main thread may be where nothing is to be raised."""
        if get_ident() == self.main and not self.idle:
            self._look()
            if self._pending:
                self._defer()
        return self._pending

    def check(self):
        """Raise the KeyboardInterrupt whose signal waits, or was lost: system(3) ignores SIGINT while its command runs."""
        if self.depth or not self._is_open or get_ident() != self.main:
            return
        self._look()
        if self._pending:
            self._pending = False
            raise KeyboardInterrupt

    def redeliver(self):
        """Called by the flusher: send a deferred signal again, and again until it is heard: the flusher goes on just when the main thread lets it, to wait
        for something, and a signal that comes right before that does not wake it. Says whether one still waits."""
        waits = self.deferred and not self.idle
        if waits and not self.depth:
            # A handler of the user hears of it once.
            self.deferred = self._is_handler()
            self._redeliverer = get_ident()
            signal.pthread_kill(self.main, SIGINT)
        return waits

    def watch_own_signals(self):
        """Hear of the functions that send one to the own process and that Python tells no audit hook of; call it once."""
        signal.raise_signal, _thread.interrupt_main = self._announcers

    def hear(self, event, args):
        """Python is about to send a signal, as its audit hooks tell."""
        target, number = args
        group = getpgrp()
        own = {'os.kill': (getpid(), 0, -group), 'os.killpg': (0, group)}
        if event not in own or target in own[event]:
            self.expect_own(number)

    def expect_own(self, number):
        """Code of the user is about to send this signal to its own process. A handler of its own may call ours."""
        if number == SIGINT and not self.idle and get_ident() != self._redeliverer and callable(signal.getsignal(SIGINT)):
            self._is_own = True

    def _announcing(self, module, real, *default):
        @stand_in(real, module)
        def send(*numbers):
            sent = numbers or default
            if len(sent) == 1:
                self.expect_own(sent[0])
            return real(*numbers)

        return send

    def _is_handler(self):
        # That of `signal` makes an enum member of whatever it finds.
        return _signal.getsignal(SIGINT) == self._on_signal

    def _defer(self):
        self.deferred = True
        self._rouse()

    def _look(self):
        self.depth += 1
        try:
            if self._take():
                self._pending = True
        finally:
            self.depth -= 1

    def _on_signal(self, signum, frame):
        if self._is_child:
            raise KeyboardInterrupt
        if getpid() != self._pid:
            # It has only just begun, and what it has of the channel is its parent's.
            _exit(128 + SIGINT)
        self.deferred = False
        if self.idle:
            return
        if self.depth or self._is_writing():
            self._defer()
            return
        self._look()
        if self._is_own:
            self._is_own, self._pending = False, True
        if self._pending and self._is_open:
            if self._is_unsafe(frame):
                self._defer()
                return
            self._pending = False
            raise KeyboardInterrupt

    def _is_unsafe(self, frame):
        """Whether Python, or an event loop, is at work between pieces of code. A loop that was about to begin a task would have forgotten it, and whoever
        waits for that one would wait for ever: there the interruption is the next thing that the loop does, or comes in the code that it runs before."""
        if frame is not None and frame.f_code.co_filename == selectors.__file__:
            return False
        while frame is not None:
            code = frame.f_code
            if code in self.hooks or code is _UNRAISABLE:
                return True
            if code is _LOOP_TURN:
                loop = _get_running_loop()
                self._spared += 1
                if loop is None or loop.is_closed() or self._spared > _MOST_SPARED:
                    return False
                loop.call_soon_threadsafe(self.check)
                return True
            if not code.co_filename.startswith(_BETWEEN):
                return False
            frame = frame.f_back
        return False

    def _on_unraisable(self, unraisable):
        """Python prints what comes out of a finalizer and goes on: an interruption of ours comes once more then."""
        trace = unraisable.exc_traceback
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        is_ours = trace is not None and trace.tb_frame.f_code in _RAISERS
        if is_ours and not self._is_child and getpid() == self._pid and self._is_open:
            self._pending = True
            self._defer()
        elif get_ident() == self.main:
            # Nor may one come while it is printed.
            self.depth += 1
            try:
                sys.__unraisablehook__(unraisable)
            finally:
                self.depth -= 1
        else:
            sys.__unraisablehook__(unraisable)


_UNRAISABLE = InterruptGate._on_unraisable.__code__
_RAISERS = (InterruptGate._on_signal.__code__, InterruptGate.open.__code__, InterruptGate.check.__code__)
