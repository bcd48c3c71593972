"""What `sys.stdout.buffer` and `sys.stderr.buffer` are: bytes into the same stream, in order with its text (R2)."""

import builtins
import io

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


class BinaryStream(io.BufferedIOBase):
    """Writes bytes into `text`, a stream of it, through `inner`, which buffers them."""

    def __init__(self, text, inner):
        self._text, self._inner = text, inner
        self.raw = inner.raw
        self.mode = 'wb'
        self.name = text.name

    def writable(self):
        return True

    def fileno(self):
        return self.raw.fd

    def isatty(self):
        return False

    def write(self, data):
        return self._text.streams.write_bytes(self._text, self._inner, data)

    def flush(self):
        self._text.flush()

    def close(self):
        self._text.flush()

    def detach(self):
        return self.raw
