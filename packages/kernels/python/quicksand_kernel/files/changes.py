"""Which files are new, different or gone: by comparison, so that whoever does not ask pays nothing."""

import os

from ..channel import encode_json
from .call import WORKSPACE, to_text
from .tree import GONE, Walk

_MOST_FILES = 100_000
_MOST_TOLD = 1000
_MOST_BYTES = 512 * 1024


class Changes:
    """Compares the workspace with what it was."""

    def __init__(self):
        self._before = None

    def begin(self, call):
        self._before = _take_stock()
        call.answer({})

    def end(self, call):
        """The files that were created, changed and deleted since `begin`, folders left out; the first thousand in all."""
        before, complete_before = self._before
        after, complete = _take_stock()
        self._before = None
        lists = {
            'created': [path for path in after if path not in before],
            'changed': [path for path, state in after.items() if before.get(path, state) != state],
            'deleted': [path for path in before if path not in after],
        }
        truncated = not (complete and complete_before)
        told, left, left_bytes = {name: [] for name in lists}, _MOST_TOLD, _MOST_BYTES
        for name, paths in lists.items():
            for path in paths:
                text = to_text(WORKSPACE + b'/' + path)
                left, left_bytes = left - 1, left_bytes - len(encode_json(text))
                if left < 0 or left_bytes < 0:
                    truncated = True
                    break
                told[name].append(text)
        call.answer({**told, 'truncated': truncated})


def _take_stock():
    """What each file is, so that any change of it shows: also one that keeps its size and sets its time back."""
    files, complete = {}, True
    walk = Walk(WORKSPACE, recursive=True, hidden=True)
    for relative, entry in walk.entries():
        if len(files) == _MOST_FILES:
            complete = False
            break
        try:
            if not entry.is_dir(follow_symlinks=False):
                status = entry.stat(follow_symlinks=False)
                files[relative] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        except GONE:
            continue
    return files, complete and walk.unreadable == 0
