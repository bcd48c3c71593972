"""Reading the zygote's control lines without keeping what they carry.

A spawn line holds the environment of one sandbox, secrets included, and a fork copies all of the zygote's memory into
another. So the environment is never turned into objects by the zygote: its bytes stay in one buffer, which is
overwritten when the line has been dealt with, and only the child that they belong to parses them (I4).
"""

import json
import os
import re

# JSON.stringify and json.dumps write it like this. Inside a string the quotes would be escaped and not match.
_STRING = rb'"(?:[^"\\]|\\.)*"'
_ENV = re.compile(rb'"env"\s*:\s*(\{\s*(?:' + _STRING + rb'\s*:\s*' + _STRING + rb'\s*,?\s*)*\})')
_SMALLEST = 64 * 1024


class ControlLines:
    """The lines of a descriptor, one at a time."""

    def __init__(self, fd):
        self._fd = fd
        self._buffer = bytearray(_SMALLEST)
        self._used = 0

    def read(self):
        """Read once; False at the end of the input."""
        if self._used == len(self._buffer):
            larger = bytearray(len(self._buffer) * 2)
            larger[:self._used] = self._buffer
            self._wipe(0, self._used)
            self._buffer = larger
        with memoryview(self._buffer) as view:
            count = os.readv(self._fd, [view[self._used:]])
        self._used += count
        return count > 0

    def next(self):
        """The first whole line as (request without env, where its env is), or None."""
        end = self._buffer.find(b'\n', 0, self._used)
        if end < 0:
            return None
        found = _ENV.search(self._buffer, 0, end)
        start, stop = found.span(1) if found else (end, end)
        request = json.loads(bytes(self._buffer[:start]) + (b'{}' if found else b'') + bytes(self._buffer[stop:end]))
        return request, (start, stop)

    def env(self, where):
        """The environment; for the child, which then wipes all lines."""
        start, stop = where
        env = json.loads(bytes(self._buffer[start:stop]) or b'{}')
        self._wipe(0, self._used)
        return env

    def done(self):
        """The first line has been dealt with: overwrite it."""
        end = self._buffer.find(b'\n', 0, self._used) + 1
        left = self._used - end
        self._buffer[:left] = self._buffer[end:self._used]
        self._wipe(left, self._used)
        self._used = left

    def _wipe(self, start, stop):
        self._buffer[start:stop] = bytes(stop - start)
