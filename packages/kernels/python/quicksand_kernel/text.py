"""sys.stdout and sys.stderr of the user's program: live, in order, cheap, each byte with its execution (R1, R2, R5, R6).

Each stream is C code, io.TextIOWrapper over io.BufferedWriter over a raw writer that makes frames, and has a mode, which
is its class, changed while it runs:

    Quiet   a write is a frame at once; the host joins the frames of one line
    Burst   no Python code per write; the flusher flushes every 3 ms, and goes back to Quiet when nothing came
    Aware   a second flow of code exists (a thread, an event loop): each write asks whose it is
    Plain   a forked child: no channel, bytes go to descriptors 1 and 2

At most one of the two streams is in Burst, and each flushes the other before it writes: their order is kept.
"""

import builtins
import io
from os import write as _os_write
import sys
from _thread import RLock, allocate_lock, get_ident, get_native_id
from time import monotonic, sleep

from . import frames
from .binary_stream import BinaryStream
from .identity import EXECUTION, start_plain_thread
from .linux import is_alone_with
from .utf8_pieces import LARGEST, cut_text, hold_back

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_BURST_WRITES, _BURST_SECONDS = 32, 0.005
_QUIET_PAUSE, _BURST_PAUSE = 0.002, 0.003

_write_at_once = io.TextIOWrapper.write
_flush = io.TextIOWrapper.flush
_reconfigure = io.TextIOWrapper.reconfigure


def _write(stream, text):
    """A large text goes in pieces, the first of them while the rest is not copied yet."""
    if text.__class__ is not str or len(text) <= LARGEST:
        return _write_at_once(stream, text)
    if text.isascii():
        # The pieces that would leave the buffers, which are two copies.
        _flush(stream)
        write = stream.raw.write
        for at in range(0, len(text), LARGEST):
            write(text[at:at + LARGEST].encode())
        return len(text)
    for at in range(0, len(text), LARGEST):
        _write_at_once(stream, text[at:at + LARGEST])
    return len(text)


class _Raw(io.RawIOBase):
    def __init__(self, streams, kind, fd):
        self.streams, self.kind, self.fd = streams, kind, fd
        self.tail = b''
        self.sent = 0

    def writable(self):
        return True

    def fileno(self):
        return self.fd

    def write(self, data):
        data = bytes(data)
        channel = self.streams.channel
        if channel is None:
            return _os_write(self.fd, data)
        gate = channel.gate
        if gate is None or get_ident() != gate.main:
            self._emit(channel, data)
            return len(data)
        size = len(data)
        gate.depth += 1
        try:
            self._emit(channel, data)
        finally:
            gate.depth -= 1
        return size

    def _emit(self, channel, data):
        self.sent += 1
        if self.tail:
            data = self.tail + data
            self.tail = b''
        if not data.isascii():
            back = hold_back(data)
            if back:
                self.tail = data[-back:]
                data = data[:-back]
            try:
                data.decode()
            except UnicodeDecodeError:
                data = data.decode('utf-8', 'replace').encode()
        if data:
            for piece in cut_text(data):
                channel.send(self.kind, self.streams.last, piece)

    def finish(self):
        """The execution ends: what began a character and was never completed is U+FFFD."""
        if self.tail and self.streams.channel is not None:
            self.tail = b''
            self.streams.channel.send(self.kind, self.streams.last, b'\xef\xbf\xbd')


class _Stream(io.TextIOWrapper):
    def __init__(self, streams, kind, fd, name):
        inner = io.BufferedWriter(_Raw(streams, kind, fd), 65536)
        super().__init__(inner, encoding='utf-8', errors='backslashreplace', newline='\n', line_buffering=True)
        self.streams, self.kind = streams, kind
        self.inner, self.raw = inner, inner.raw
        self._label = name
        self.mode = 'w'
        self.dirty = self.joining = False
        self.count, self.since = 0, 0.0
        self.twin = None
        self._bytes = BinaryStream(self, inner)

    @property
    def name(self):
        return self._label

    @property
    def buffer(self):
        return self._bytes

    def isatty(self):
        return False

    def fileno(self):
        return self.raw.fd

    def reconfigure(self, *, encoding=None, line_buffering=None, write_through=None, **others):
        # Who reads it expects UTF-8, and when it goes out is ours to say.
        if others:
            _reconfigure(self, **others)

    # A program that closes or detaches its output has done with it; the next execution has not.
    def close(self):
        self.flush()

    def detach(self):
        self.flush()
        return self._bytes

    def is_burst(self):
        self.count += 1
        if self.count < _BURST_WRITES:
            return False
        now = monotonic()
        fast = now - self.since < _BURST_SECONDS
        self.since, self.count = now, 0
        return fast


class Quiet(_Stream):
    def write(self, text):
        twin = self.twin
        if twin.dirty or twin.__class__ is Burst:
            self.count = 0
            self.streams.settle(twin)
        written = _write(self, text)
        # To look through a large text costs more than to flush once more.
        if written > LARGEST or '\n' not in text and '\r' not in text:
            _flush(self)
        if self.is_burst():
            self.dirty = True
            self.__class__ = Burst
            _reconfigure(self, line_buffering=False)
            self.streams.arm()
        self.streams.obey_interrupt()
        return written


class Burst(_Stream):
    pass


class Aware(_Stream):
    def write(self, text):
        streams = self.streams
        with streams.lock:
            owner = streams.owner()
            if owner is not None:
                return streams.write_late(self.kind, owner, text)
            if self.twin.dirty:
                self.count = 0
                streams.settle(self.twin)
            written = _write(self, text)
            if self.is_burst():
                self.joining = True
            self.dirty = self.joining
            if self.joining:
                streams.arm()
            else:
                _flush(self)
        streams.obey_interrupt()
        return written

    def flush(self):
        with self.streams.lock:
            _flush(self)


class Plain(_Stream):
    pass


class TextStreams:
    """Both streams and the thread that flushes them. `channel` None means: straight to descriptors 1 and 2."""

    def __init__(self):
        self.channel = None
        self.lock = RLock()
        self.current = None
        self.last = 0
        self.stdout = Quiet(self, frames.STDOUT, 1, '<stdout>')
        self.stderr = Quiet(self, frames.STDERR, 2, '<stderr>')
        self.stdout.twin, self.stderr.twin = self.stderr, self.stdout
        self.both = (self.stdout, self.stderr)
        self._armed = self._is_parked = False
        self._flusher = None
        self._wake = allocate_lock()
        self._wake.acquire()
        self._aware = False

    def start(self, channel):
        """Frames go to `channel` from here on; starts the flusher, which belongs to no execution."""
        self.channel = channel
        start_plain_thread(self._flush_for_ever, ())

    def install(self):
        """Make sys.stdout and sys.stderr ours, whatever the last execution made of them."""
        sys.stdout = sys.__stdout__ = self.stdout
        sys.stderr = sys.__stderr__ = self.stderr

    def begin(self, execution):
        with self.lock:
            self.last = self.current = execution
            EXECUTION.set(execution)

    def end(self):
        """Everything that the execution wrote has been sent when this returns; what comes later is late."""
        with self.lock:
            self.flush()
            for stream in self.both:
                stream.raw.finish()
            self.current = None

    def flush(self):
        with self.lock:
            for stream in self.both:
                stream.dirty = False
                _flush(stream)

    def calm(self):
        """Send everything, and end a burst: what is written next is sent at once."""
        for stream in self.both:
            self.settle(stream)

    def owner(self):
        """None when the running code belongs to the current execution, else the number of the ended one."""
        mine = EXECUTION.get()
        if mine is None:
            mine = self.last
        return None if mine == self.current or self.channel is None else mine

    def write_late(self, kind, execution, text):
        data = text.encode('utf-8', 'backslashreplace')
        for piece in cut_text(data):
            if piece:
                self.channel.send(kind, execution, piece)
        return len(text)

    def write_bytes(self, stream, inner, data):
        with self.lock:
            owner = self.owner()
            if owner is not None:
                self.write_late(stream.kind, owner, bytes(data).decode('utf-8', 'replace'))
                return len(data)
            if stream.twin.dirty or stream.twin.__class__ is Burst:
                self.settle(stream.twin)
            _flush(stream)
            written = inner.write(data)
            if stream.__class__ is Burst:
                stream.dirty = True
                self.arm()
            else:
                inner.flush()
            return written

    def settle(self, stream):
        """Send what `stream` holds and end its burst."""
        with self.lock:
            stream.dirty = stream.joining = False
            if stream.__class__ is Burst:
                stream.__class__ = Quiet
                _reconfigure(stream, line_buffering=True)
            _flush(stream)

    def become_aware(self):
        """A second flow of code is about to exist: from here on each write asks whose it is."""
        if self._aware or self.channel is None:
            return
        with self.lock:
            for stream in self.both:
                self.settle(stream)
                stream.__class__ = Aware
                _reconfigure(stream, line_buffering=False)
            self._aware = True

    def become_plain(self):
        """In a forked child: the channel is the parent's, text goes to descriptors 1 and 2."""
        self.channel = None
        self.lock = RLock()
        for stream in self.both:
            stream.__class__ = Plain
            _reconfigure(stream, line_buffering=True)

    def obey_interrupt(self):
        """Code that does nothing but write, or show, is inside a frame nearly always when the signal comes: it is interrupted between them."""
        channel = self.channel
        if channel is not None and channel.gate is not None and channel.gate.deferred:
            channel.gate.check()

    def is_writing(self):
        """Whether the calling thread is inside one of the buffered writers."""
        for stream in self.both:
            try:
                stream.inner.write(b'')
            except RuntimeError:  # reentrant call
                return True
        return False

    def arm(self):
        """Have the flusher look after 2 ms."""
        if not self._armed:
            self._armed = True
            try:
                self._wake.release()
            except RuntimeError:
                pass

    def is_still(self):
        """Whether no other thread than the flusher's exists, and that one waits until it is woken."""
        return self._is_parked and is_alone_with(self._flusher)

    def _flush_for_ever(self):
        self._flusher = get_native_id()
        while True:
            self._is_parked = True
            self._wake.acquire()
            self._is_parked = False
            pause = _QUIET_PAUSE
            while pause:
                sleep(pause)
                self._armed = False
                try:
                    pause = self._tick()
                except Exception:
                    pause = _BURST_PAUSE

    def _tick(self):
        bursting = False
        with self.lock:
            for stream in self.both:
                if stream.__class__ is Burst or stream.joining:
                    before = stream.raw.sent
                    stream.dirty = False
                    _flush(stream)
                    if stream.raw.sent == before:
                        self.settle(stream)
                    else:
                        bursting = True
                elif stream.dirty:
                    stream.dirty = False
                    _flush(stream)
        waiting = self.channel.gate.redeliver()
        return _BURST_PAUSE if bursting or waiting or self._armed else 0
