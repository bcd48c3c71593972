"""The frame codec as a program, for tests of another language: one JSON object per line in, one out.

    {"encode": [kind, execution, payload in hex]}    ->  {"bytes": hex}
    {"decode": [piece in hex, ...]}                  ->  {"frames": [[kind, execution, payload in hex], ...], "malformed": bool}
"""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from quicksand_kernel import frames  # noqa: E402

NAMES = {number: name for name, number in frames.KINDS.items()}


def encode(kind, execution, payload):
    return {'bytes': frames.encode_frame(frames.KINDS[kind], execution, bytes.fromhex(payload)).hex()}


def decode(pieces):
    decoder, found, malformed = frames.FrameDecoder(), [], False
    try:
        for piece in pieces:
            found += decoder.feed(bytes.fromhex(piece))
    except frames.Malformed:
        malformed = True
    return {'frames': [[NAMES[kind], execution, payload.hex()] for kind, execution, payload in found], 'malformed': malformed}


for line in sys.stdin:
    request = json.loads(line)
    answer = encode(*request['encode']) if 'encode' in request else decode(request['decode'])
    print(json.dumps(answer), flush=True)
