"""One operation of the host, and the way back to it: docs/kernel-channel.md, "File agents"."""

import contextlib
import errno
import os
import socket

from .. import frames
from ..channel import encode_json

WORKSPACE = b'/workspace'
CHUNK = 256 * 1024
# A number in JSON is exact up to here; a file with holes may say that it is longer.
LARGEST = (1 << 53) - 1


class Failed(Exception):
    """An operation that cannot be done, for a reason that is no errno. `error` is its name; `details` are values for programs."""

    def __init__(self, error, message, **details):
        super().__init__(message)
        self.error = error
        self.details = details


class HostGone(Exception):
    """The host has closed the channel."""


class Connection:
    """Whole frames over the channel. Blocking, so that a slow host slows the agent down (R8)."""

    def __init__(self, fd):
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(True)
        self._decoder = frames.FrameDecoder()
        self._received = []

    def next(self):
        while not self._received:
            try:
                data = self._socket.recv(CHUNK)
            except OSError:
                data = b''
            if not data:
                raise HostGone
            self._received = self._decoder.feed(data)[::-1]
        return self._received.pop()

    def send(self, kind, number, payload=b''):
        try:
            self._socket.sendall(frames.encode_frame(kind, number, payload))
        except OSError:
            raise HostGone from None


class Call:
    """An operation while it runs. It ends with one `answer` or `failure`, and where data follows an answer with `end` or `failure`."""

    def __init__(self, connection, number, request):
        self._connection = connection
        self._number = number
        self.request = request
        self._uploads = request.get('upload', False)

    def path(self, name='path'):
        return to_path(self.request[name])

    def answer(self, value):
        self._connection.send(frames.ANSWER, self._number, encode_json(value))

    def fail(self, error):
        self._connection.send(frames.FAILURE, self._number, encode_json(to_failure(error)))

    def send(self, data):
        self._connection.send(frames.DATA, self._number, data)

    def end(self):
        self._connection.send(frames.END, self._number)

    def pieces(self):
        """What the host uploads, as it comes."""
        while self._uploads:
            kind, _, payload = self._connection.next()
            if kind == frames.END:
                self._uploads = False
            else:
                yield payload


def to_path(text):
    """An absolute path as bytes: a relative one begins at the workspace."""
    return os.path.join(WORKSPACE, os.fsencode(text))


def to_tidy(path):
    """The same absolute path without what it does not need. What `..` leads to behind a link only the file system knows."""
    names = [name for name in path.split(b'/') if name not in (b'', b'.')]
    return os.path.realpath(path) if b'..' in names else b'/' + b'/'.join(names)


def to_text(path):
    """A path for people: what is not UTF-8 becomes U+FFFD."""
    return path.decode('utf-8', 'replace')


@contextlib.contextmanager
def about(path):
    """Errors of the system in here are about `path`, whatever is named by the calls that find them."""
    try:
        yield
    except OSError as error:
        # Without an errno it is not the system's: what is uploaded is broken.
        raise (error if error.errno is None else OSError(error.errno, '', path)) from None


def to_failure(error):
    """What went wrong, as JSON."""
    if isinstance(error, Failed):
        return {'error': error.error, 'message': str(error), **error.details}
    if isinstance(error, OSError) and error.errno is not None:
        # Of two paths the second is the one that the caller is likely to have wrong, where the first is there.
        path = error.filename
        if error.filename2 is not None and os.path.lexists(error.filename):
            path = error.filename2
        named = {'path': to_text(os.fsencode(path))} if isinstance(path, (bytes, str)) else {}
        return {'error': errno.errorcode.get(error.errno, 'EIO'), 'message': os.strerror(error.errno), **named}
    return {'error': 'BROKEN', 'message': f'{type(error).__name__}: {error}'}
