"""The loop of a file agent: one operation after the other, until the host closes the channel."""

import json
import os

from .. import frames
from ..channel import encode_json
from .archive import pack, unpack
from .call import Call, Connection, HostGone
from .changes import Changes
from .reading import read
from .tree import Folders, get_status, list_folder
from .writing import make_folder, move, remove, write


class FileAgent:
    """Serves the channel `fd`; the process is inside its sandbox already."""

    def __init__(self, fd):
        self._connection = Connection(fd)
        changes, folders = Changes(), Folders()
        self._operations = {
            'read': read, 'write': write, 'stat': get_status, 'list': lambda call: list_folder(call, folders), 'mkdir': make_folder, 'remove': remove, 'move': move,
            'pack': pack, 'unpack': unpack, 'begin': changes.begin, 'changes': changes.end,
        }

    def serve(self, key):
        try:
            self._connection.send(frames.READY, 0, encode_json({'key': key}))
            while True:
                self._run(*self._connection.next())
        except HostGone:
            os._exit(0)

    def _run(self, _, number, payload):
        request = json.loads(payload)
        call = Call(self._connection, number, request)
        try:
            self._operations[request['op']](call)
        except HostGone:
            raise
        except Exception as error:
            # It is told at once, so that the host can stop sending.
            call.fail(error)
        for _ in call.pieces():
            pass
