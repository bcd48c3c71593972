"""The kernel's end of the channel: whole frames in order with what descriptors 1 and 2 carry (R2, R4).

The order rules are those of docs/kernel-channel.md, "The raw pipes".
"""

import builtins
import json
import re
from os import _exit, read as _os_read, write as _os_write
from select import POLLIN, POLLOUT, poll
from _thread import RLock, get_ident
from collections import deque

from . import frames
from .linux import SignalMask, unread, unsent

# User code may break `builtins`: functions below look names up in a copy. What they call may be a mock of the code's, which counts: they have it by name.
__builtins__ = dict(builtins.__dict__)

_HELD_BYTES = 16384
_BOTH_PIPES = 3
_LONE_SURROGATES = re.compile('[\ud800-\udfff]')
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(',', ':')).encode


def encode_json(value):
    """JSON as the contract wants it: UTF-8, no NaN, U+FFFD for lone surrogates."""
    text = _encode(value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATES.sub('\ufffd', text).encode()


class Channel:
    """`fd` is the connected socket; `pipes` are the kernel's own writing ends of the two raw pipes."""

    def __init__(self):
        self.fd = None
        self.pipes = ()
        self.current = 0
        self.gate = None
        self.signals = SignalMask()
        self._marker = b''
        self._sequence = 0
        self._held = b''
        self._lock = RLock()
        self._decoder = frames.FrameDecoder()
        self._received = deque()
        self._incoming = poll()

    def open(self, fd, pipes):
        """Before anything is sent."""
        self.fd, self.pipes = fd, pipes
        self._incoming.register(fd, POLLIN)

    def begin(self, execution, marker):
        """Frames and markers belong to this execution from here on."""
        self._marker = marker.encode('ascii')
        self.current = execution

    # Sending

    def send(self, kind, execution, payload=b''):
        """Send one payload whole, after the raw output that was written before it. Ends the process if the host is gone."""
        self._undivided(self._send, kind, execution, payload)

    def fence(self, fd=None):
        """What was sent and written until now comes before what is written to the raw pipes from here on, or to `fd` alone: what the pipe of
        that one holds is in order by itself."""
        if self._held or unsent(self.fd) or any(unread(pipe) for bit, pipe in enumerate(self.pipes) if fd != bit + 1):
            self._undivided(self._fence)

    def _undivided(self, work, *args):
        gate = self.gate
        if gate is not None and get_ident() == gate.main:
            gate.depth += 1
            held = self.signals.held
            try:
                # A handler of the user that raises in here would cut a frame in two; it may on the way in, and on the way out.
                self.signals.hold()
                work(*args)
            finally:
                try:
                    if not held:
                        self.signals.let_through()
                finally:
                    gate.depth -= 1
        else:
            work(*args)

    def hold(self, kind, execution, payload):
        """Send it together with what is sent next: for what nothing but the end of the execution is about to follow."""
        if len(payload) > _HELD_BYTES:
            self.send(kind, execution, payload)
            return
        with self._lock:
            self._held += frames.encode_frame(kind, execution, payload)

    def send_json(self, kind, execution, value):
        self.send(kind, execution, encode_json(value))

    def _send(self, kind, execution, payload):
        with self._lock:
            # What an ended execution still says is dropped by the host: it needs no order, and has no marker.
            # An interrupt that is answered between executions comes behind what children wrote.
            if execution and execution == self.current and (kind != frames.INTERRUPTED or self.gate.idle):
                self._fence_pipes(execution)
            held, self._held = self._held, b''
            self._put(held + frames.encode_frame(kind, execution, payload))

    def _fence(self):
        with self._lock:
            held, self._held = self._held, b''
            self._put(held)
            self._put_barrier(self.current, _BOTH_PIPES)

    def _fence_pipes(self, execution):
        mask = 0
        for bit, pipe in enumerate(self.pipes):
            if unread(pipe):
                mask |= 1 << bit
        if mask:
            self._put_barrier(execution, mask)

    def _put_barrier(self, execution, mask):
        self._sequence += 1
        marker = b'\0QS\x01' + self._marker + self._sequence.to_bytes(4, 'little') + b'\0'
        for bit, pipe in enumerate(self.pipes):
            if mask & 1 << bit:
                _write_whole(pipe, marker)
        self._put(frames.encode_frame(frames.BARRIER, execution, frames.encode_barrier(self._sequence, mask)))

    def _put(self, data):
        view = memoryview(data)
        while view:
            try:
                view = view[_os_write(self.fd, view):]
            except BlockingIOError:
                _wait_writable(self.fd)
            except OSError:
                _exit(1)

    # Receiving: the main thread only

    def wait(self, seconds=None):
        """Wait until the host has said something, or has closed the channel; False when that took longer."""
        return bool(self._incoming.poll(None if seconds is None else seconds * 1000))

    def next(self, seconds=None):
        """The next frame (kind, execution, payload); waits for it, and returns None when that took longer. Ends the process when the host has closed
        the channel."""
        while not self._received:
            if not self.wait(seconds):
                return None
            self.receive()
        return self._received.popleft()

    def receive(self):
        """Read what the channel holds, without waiting."""
        while True:
            try:
                data = _os_read(self.fd, 65536)
            except BlockingIOError:
                return
            except OSError:
                _exit(1)
            if not data:
                _exit(0)
            self._received.extend(self._decoder.feed(data))
            if len(data) < 65536:
                return

    def take_interrupts(self):
        """Read and answer interrupts; True when one of them is for the running execution. During a rehearsal one may be here for the execution behind it."""
        # To ask costs less than an error.
        if self.wait(0):
            self.receive()
        hit = False
        for frame in [frame for frame in self._received if frame[0] == frames.INTERRUPT and frame[1] <= self.current]:
            self._received.remove(frame)
            hit = hit or frame[1] == self.current
            self.send(frames.INTERRUPTED, frame[1])
        return hit


def _wait_writable(fd):
    writable = poll()
    writable.register(fd, POLLOUT)
    writable.poll()


def _write_whole(fd, data):
    # Whole or not at all: shorter than PIPE_BUF. A child may have made the pipe non-blocking for everybody.
    while True:
        try:
            _os_write(fd, data)
            return
        except BlockingIOError:
            _wait_writable(fd)
        except OSError:
            return
