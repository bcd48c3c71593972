"""Reading the zygote's control lines without keeping what they carry.

A spawn line holds the environment and the command of one sandbox, secrets included, and a fork copies all of the
zygote's memory into another. So these are never turned into objects by the zygote: their bytes stay in one buffer, which
is overwritten when the line has been dealt with, and only the child that they belong to parses them (I4).
"""

import json
import os
import re
import sys

# What `re` remembers to come back to, a piece for each character, is memory that each fork would make the zygote copy. Python 3.10 has no other way.
_ANY = rb'*+' if sys.version_info >= (3, 11) else rb'*'
# JSON.stringify and json.dumps write it like this. Inside a string the quotes would be escaped and not match.
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_PRIVATE = re.compile((
    rb'"env"\s*:\s*(?P<env>\{\s*(?:' + _STRING + rb'\s*:\s*' + _STRING + rb'\s*,?\s*)*\})'
    rb'|"program"\s*:\s*(?P<program>\[\s*(?:' + _STRING + rb'\s*,?\s*)*\])').replace(b'*', _ANY))
#: `json.loads` looks for an encoding first.
_decode = json.JSONDecoder().decode
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
        """The first whole line as (request with `env` and `program` empty, where these are), or None."""
        end = self._buffer.find(b'\n', 0, self._used)
        if end < 0:
            return None
        where, pieces, at = {}, [], 0
        for found in _PRIVATE.finditer(self._buffer, 0, end):
            name = found.lastgroup
            where[name] = start, stop = found.span(name)
            pieces += self._buffer[at:start], b'{}' if name == 'env' else b'[]'
            at = stop
        return _decode(b''.join((*pieces, self._buffer[at:end])).decode()), where

    def private(self, where):
        """(environment, argv or None) of a request; for the child, which then wipes all lines."""
        env, program = (_decode(self._buffer[slice(*where[name])].decode()) if name in where else None for name in ('env', 'program'))
        self._wipe(0, self._used)
        return env or {}, program

    def done(self):
        """The first line has been dealt with: overwrite it."""
        end = self._buffer.find(b'\n', 0, self._used) + 1
        left = self._used - end
        # In place: a slice of the buffer would be a copy of the next line, which nobody overwrites.
        with memoryview(self._buffer) as view:
            view[:left] = view[end:self._used]
        self._wipe(left, self._used)
        self._used = left

    def _wipe(self, start, stop):
        self._buffer[start:stop] = bytes(stop - start)
