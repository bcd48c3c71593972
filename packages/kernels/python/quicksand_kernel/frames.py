"""The frame codec of docs/kernel-channel.md: pure, no input or output.

    frame = u32 length (LE) | u8 kind | u32 execution (LE) | payload
"""

import builtins
from struct import Struct

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

PART, EXECUTE, INTERRUPT, OPERATION, DATA, END, REHEARSE = range(7)
READY, STDOUT, STDERR, RESULT, ERROR, BARRIER, DONE, INTERRUPTED, ANSWER, FAILURE = range(16, 26)

KINDS = {
    'part': PART, 'execute': EXECUTE, 'interrupt': INTERRUPT, 'operation': OPERATION, 'data': DATA, 'end': END,
    'rehearse': REHEARSE, 'ready': READY, 'stdout': STDOUT, 'stderr': STDERR, 'result': RESULT, 'error': ERROR,
    'barrier': BARRIER, 'done': DONE, 'interrupted': INTERRUPTED, 'answer': ANSWER, 'failure': FAILURE,
}
_KNOWN = frozenset(KINDS.values())

MAX_PAYLOAD = 1 << 20
MAX_WHOLE = 64 << 20

_HEADER = Struct('<IBI')
_BARRIER = Struct('<IB')
HEADER_SIZE = _HEADER.size


class Malformed(Exception):
    """Bytes that are no frames of this protocol."""


def encode_frame(kind, execution, payload=b''):
    """One payload as bytes to send: one frame, or `part` frames and the frame of its kind.

    Raises Malformed when the payload is longer than the protocol allows.

        encode_frame(STDOUT, 1, b'hi\\n')
    """
    size = len(payload)
    if size <= MAX_PAYLOAD:
        return _HEADER.pack(size, kind, execution) + payload
    if size > MAX_WHOLE:
        raise Malformed(f'a payload of {size} bytes is longer than {MAX_WHOLE}')
    pieces = []
    view = memoryview(payload)
    last = (size - 1) // MAX_PAYLOAD * MAX_PAYLOAD
    for at in range(0, last, MAX_PAYLOAD):
        pieces += _HEADER.pack(MAX_PAYLOAD, PART, execution), view[at:at + MAX_PAYLOAD]
    pieces += _HEADER.pack(size - last, kind, execution), view[last:]
    return b''.join(pieces)


def encode_barrier(sequence, mask):
    """The payload of a `barrier` frame."""
    return _BARRIER.pack(sequence, mask)


class FrameDecoder:
    """Turns bytes, cut anywhere, into frames, with the pieces of a payload joined.

        decoder.feed(data)  ->  [(kind, execution, payload), …]; raises Malformed
    """

    def __init__(self):
        self._held = bytearray()
        self._pieces = bytearray()
        self._pieces_of = None

    def feed(self, data):
        held = self._held
        held += data
        frames = []
        at = 0
        while len(held) - at >= HEADER_SIZE:
            length, kind, execution = _HEADER.unpack_from(held, at)
            if length > MAX_PAYLOAD:
                raise Malformed(f'a frame of {length} bytes is longer than {MAX_PAYLOAD}')
            if kind not in _KNOWN:
                raise Malformed(f'there is no frame kind {kind}')
            end = at + HEADER_SIZE + length
            if end > len(held):
                break
            whole = self._join(kind, execution, bytes(held[at + HEADER_SIZE:end]))
            if whole is not None:
                frames.append(whole)
            at = end
        del held[:at]
        return frames

    def _join(self, kind, execution, payload):
        if self._pieces_of is None and kind != PART:
            return kind, execution, payload
        if kind == PART and not payload:
            raise Malformed('an empty part')
        if self._pieces_of not in (None, execution):
            raise Malformed(f'a frame of execution {execution} between the pieces of {self._pieces_of}')
        if len(self._pieces) + len(payload) > MAX_WHOLE:
            raise Malformed(f'the pieces of one payload are longer than {MAX_WHOLE} bytes')
        self._pieces_of = execution
        self._pieces += payload
        if kind == PART:
            return None
        joined = bytes(self._pieces)
        self._pieces = bytearray()
        self._pieces_of = None
        return kind, execution, joined
