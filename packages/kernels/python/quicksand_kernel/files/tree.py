"""Looking at folders: what is there, and page by page where it is much."""

import base64
import os
import stat

from ..channel import encode_json
from .call import LARGEST, Failed, to_text, to_tidy

# An answer fits into one frame.
_PAGE_BYTES = 768 * 1024
# What one entry takes at most beside its path.
_ENTRY_BYTES = 120
# Raised for what was there when its folder was looked at, and is no longer, or not below a folder.
GONE = (FileNotFoundError, NotADirectoryError)


def get_status(call):
    """Of what a path leads to, links followed."""
    path = call.path()
    status, (base, name) = os.stat(path), os.path.split(to_tidy(path))
    call.answer({'base': to_text(base), **_describe(name, status)})


def list_folder(call):
    """A page of entries in the order of the tree, names by their bytes, links told as links."""
    path, request = to_tidy(call.path()), call.request
    after = _decode_place(request['after']) if 'after' in request else []
    walk = Walk(path, request.get('recursive', False), request.get('hidden', False))
    entries, left, last, following = [], _PAGE_BYTES, None, None
    for relative, entry in walk.entries(after):
        if len(entries) == request['limit'] or left <= 0:
            following = last
            break
        last = relative
        try:
            entries.append(_describe(relative, entry.stat(follow_symlinks=False)))
        except OSError as error:
            # Gone by now, or at the end of a path that is too long for any call.
            walk.unreadable += not isinstance(error, GONE)
            continue
        left -= len(encode_json(entries[-1]['path'])) + _ENTRY_BYTES
    page = {'base': to_text(path), 'entries': entries, 'unreadable': walk.unreadable}
    if following is not None:
        page['next'] = base64.urlsafe_b64encode(following).decode()
    call.answer(page)


class Walk:
    """Everything below a folder. Of what cannot be looked at it counts how many there were."""

    def __init__(self, root, recursive, hidden):
        self._root, self._recursive, self._hidden = root, recursive, hidden
        self.unreadable = 0

    def entries(self, after=()):
        """(relative path, os.DirEntry), from behind the place `after` on: the names on the way to the last entry that was told."""
        # A stack of our own: trees may be deeper than Python's.
        pending = [self._scan(self._root, b'', list(after))]
        while pending:
            step = next(pending[-1], None)
            if step is None:
                pending.pop()
                continue
            relative, entry, rest = step
            if rest is None:
                yield relative, entry
            if self._recursive and entry.is_dir(follow_symlinks=False):
                try:
                    pending.append(self._scan(entry.path, relative + b'/', rest or []))
                except GONE:
                    pass
                except OSError:
                    self.unreadable += 1

    def _scan(self, folder, prefix, after):
        with os.scandir(folder) as found:
            entries = [entry for entry in found if self._hidden or not entry.name.startswith(b'.')]
        entries.sort(key=lambda entry: entry.name)
        return self._select(entries, prefix, after)

    @staticmethod
    def _select(entries, prefix, after):
        """`rest` is None for an entry that was not told yet, else where to go on below it."""
        for entry in entries:
            if after and entry.name <= after[0]:
                if entry.name == after[0]:
                    yield prefix + entry.name, entry, after[1:]
            else:
                yield prefix + entry.name, entry, None


def _describe(relative, status):
    mode = status.st_mode
    return {
        'path': to_text(relative), 'type': _to_kind(mode), 'size': min(status.st_size, LARGEST), 'modified': status.st_mtime_ns // 1_000_000,
        'mode': stat.S_IMODE(mode) & 0o777, 'access': _to_access(status),
    }


def _to_kind(mode):
    for is_kind, name in ((stat.S_ISREG, 'file'), (stat.S_ISDIR, 'directory'), (stat.S_ISLNK, 'symlink')):
        if is_kind(mode):
            return name
    return 'other'


def _to_access(status):
    """The bits of the mode, rwx, that count for the sandbox's user."""
    if status.st_uid == os.geteuid():
        return status.st_mode >> 6 & 7
    return (status.st_mode >> 3 if status.st_gid == os.getegid() else status.st_mode) & 7


def _decode_place(text):
    try:
        return base64.urlsafe_b64decode(text).split(b'/')
    except ValueError:
        raise Failed('PLACE', 'after is not the place that an earlier page ended at') from None
