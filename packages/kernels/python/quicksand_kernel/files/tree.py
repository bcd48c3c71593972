"""Looking at folders: what is there, and page by page where it is much."""

import base64
import bisect
import itertools
import os
import stat

from ..channel import encode_json
from .call import LARGEST, Failed, to_text, to_tidy

# An answer fits into one frame.
_PAGE_BYTES = 768 * 1024
# What one entry takes at most beside its path.
_ENTRY_BYTES = 120
# Reading and sorting more entries than this for each page takes longer than the page.
_LARGE = 10_000
# Raised for what was there when its folder was looked at, and is no longer, or not below a folder.
GONE = (FileNotFoundError, NotADirectoryError)


def get_status(call):
    """Of what a path leads to, links followed."""
    path = call.path()
    status, (base, name) = os.stat(path), os.path.split(to_tidy(path))
    call.answer({'base': to_text(base), **_describe(name, status)})


def list_folder(call, folders):
    """A page of entries in the order of the tree, names by their bytes, links told as links."""
    path, request = to_tidy(call.path()), call.request
    after = _decode_place(request['after']) if 'after' in request else []
    walk = Walk(path, request.get('recursive', False), request.get('hidden', False), folders.read)
    entries, left, last, following = [], _PAGE_BYTES, None, None
    for relative, entry in walk.entries(after):
        if len(entries) == request['limit'] or left <= 0:
            following = last
            break
        last = relative
        try:
            # The entry itself remembers what it was.
            entries.append(_describe(relative, os.lstat(entry.path)))
        except OSError as error:
            # Gone by now, or at the end of a path that is too long for any call.
            walk.unreadable += not isinstance(error, GONE)
            continue
        left -= len(encode_json(entries[-1]['path'])) + _ENTRY_BYTES
    page = {'base': to_text(path), 'entries': entries, 'unreadable': walk.unreadable}
    if following is not None:
        page['next'] = base64.urlsafe_b64encode(following).decode()
    else:
        folders.forget()
    call.answer(page)


def _read_folder(path):
    with os.scandir(path) as found:
        return sorted(found, key=_get_name)


def _get_name(entry):
    return entry.name


class Folders:
    """Reads folders. The entries of the last large one it remembers for its next page, for as long as the folder does not change."""

    def __init__(self, large=_LARGE):
        self._large = large
        self.forget()

    def read(self, path):
        status = os.stat(path)
        state = (path, status.st_dev, status.st_ino, status.st_mtime_ns)
        if state == self._state:
            return self._entries
        entries = _read_folder(path)
        if len(entries) > self._large:
            self._state, self._entries = state, entries
        return entries

    def forget(self):
        self._state, self._entries = None, []


class Walk:
    """Everything below a folder. Of what cannot be looked at it counts how many there were."""

    def __init__(self, root, recursive, hidden, read=_read_folder):
        self._root, self._recursive, self._hidden, self._read = root, recursive, hidden, read
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
        return self._select(self._read(folder), prefix, after)

    def _select(self, entries, prefix, after):
        """`rest` is None for an entry that was not told yet, else where to go on below it."""
        begin = bisect.bisect_left(entries, after[0], key=_get_name) if after else 0
        for entry in itertools.islice(entries, begin, None):
            if not self._hidden and entry.name.startswith(b'.'):
                continue
            yield prefix + entry.name, entry, after[1:] if after and entry.name == after[0] else None


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
