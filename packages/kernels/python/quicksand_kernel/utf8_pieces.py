"""UTF-8 as it goes into frames: whole characters, in pieces of a limited size (R5). Pure."""

import builtins

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

#: Most bytes of one piece.
LARGEST = 64 * 1024


def hold_back(data):
    """How many bytes at the end of `data` (0 to 3) begin a UTF-8 character that is not complete."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            wanted = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4 if byte < 0xF8 else 0
            return back if wanted > back else 0
        if byte < 0x80:
            return 0
    return 0


def cut_text(data):
    """Valid UTF-8 as pieces for frames, cut between characters (R5)."""
    at = 0
    while len(data) - at > LARGEST:
        end = at + LARGEST
        while data[end] & 0xC0 == 0x80:
            end -= 1
        yield data[at:end]
        at = end
    yield data[at:]
