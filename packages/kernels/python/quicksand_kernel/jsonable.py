"""Plain data of any kind as JSON values: never fails for cycles, depth or strange members, and is bounded."""

import builtins
import base64
import datetime
import decimal
import enum
import math
import os
import sys
import uuid

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_DEEPEST = 60
_LONGEST_REPR = 2000
#: Bits of an integer that is told as a number.
_LONGEST_EXACT, _LONGEST_INTEGER = 53, 4096


class TooLarge(Exception):
    """The value has more than the allowed number of bytes as JSON."""


def to_jsonable(value, most=1 << 20, exact=True):
    """`value` as what JSON can hold; raises TooLarge beyond about `most` bytes. Where it is to be `exact`, an integer that is not one of the numbers
    of JSON's readers (IEEE 754, RFC 8259 section 6) is a string.

        to_jsonable({'a': float('nan'), 'b': {1}, 'c': 2**53})  ->  {'a': None, 'b': [1], 'c': '9007199254740992'}
    """
    return _Walk(most, _LONGEST_EXACT if exact else _LONGEST_INTEGER).convert(value, 0)


class _Walk:
    def __init__(self, most, bits):
        self._left = most
        self._bits = bits
        self._open = set()

    def _spend(self, size):
        self._left -= size
        if self._left < 0:
            raise TooLarge

    def convert(self, value, depth):
        self._spend(2)
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is str:
            self._spend(len(value))
            return value
        if kind is int:
            self._spend(value.bit_length() // 4)
            return value if value.bit_length() <= self._bits else repr_of(value)
        if kind is float:
            self._spend(8)
            return value if math.isfinite(value) else None
        return self._convert_other(value, depth)

    def _convert_other(self, value, depth):
        if isinstance(value, (dict, list, tuple, set, frozenset)):
            if depth >= _DEEPEST or id(value) in self._open:
                return self._text('…')
            self._open.add(id(value))
            try:
                return self._convert_container(value, depth + 1)
            finally:
                self._open.discard(id(value))
        if isinstance(value, enum.Enum):
            return self.convert(value.value, depth + 1) if depth < _DEEPEST else self._text(repr_of(value))
        for base, plain in ((str, str.__str__), (int, int.__int__), (float, float.__float__)):
            if isinstance(value, base):
                return self.convert(plain(value), depth)
        pandas = sys.modules.get('pandas')
        if pandas is not None and (value is getattr(pandas, 'NaT', None) or value is getattr(pandas, 'NA', None)):
            return None
        if isinstance(value, (datetime.date, datetime.time)):
            return self._text(value.isoformat())
        if isinstance(value, (bytes, bytearray, memoryview)):
            return self._text(_bytes_as_text(bytes(value)))
        if isinstance(value, (decimal.Decimal, uuid.UUID, os.PathLike)):
            return self._text(str(value))
        return self._convert_numpy(value, depth)

    def _convert_container(self, value, depth):
        if isinstance(value, dict):
            return {self._key(key): self.convert(item, depth) for key, item in value.items()}
        return [self.convert(item, depth) for item in value]

    def _convert_numpy(self, value, depth):
        numpy = sys.modules.get('numpy')
        if numpy is not None:
            if isinstance(value, numpy.ndarray) and depth < _DEEPEST:
                self._spend(value.size * 2)
                return self.convert(value.tolist(), depth + 1)
            if isinstance(value, (numpy.datetime64, numpy.timedelta64, numpy.dtype)):
                return self._text(str(value))
            if isinstance(value, numpy.generic):
                item = value.item()
                if not isinstance(item, numpy.generic):
                    return self.convert(item, depth)
        return self._text(repr_of(value))

    def _key(self, key):
        if key is None or key is True or key is False:
            text = 'null' if key is None else str(key).lower()
        else:
            text = str.__str__(key) if isinstance(key, str) else repr_of(key) if isinstance(key, (bytes, tuple)) else str(key)
        return self._text(text)

    def _text(self, text):
        self._spend(len(text))
        return text


def repr_of(value):
    """repr() that never raises and is never long."""
    try:
        text = repr(value)
    except Exception as error:
        text = f'<{type(value).__name__}: its repr raised {type(error).__name__}>'
    return text if len(text) <= _LONGEST_REPR else text[:_LONGEST_REPR] + '…'


def _bytes_as_text(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode('ascii')
