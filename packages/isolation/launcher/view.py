"""What of the mounts of a machine a program sees."""

import os
import re
from functools import cache

from libc import check, libc
from namespaces import CLONE_NEWNS, away, make_private, open_namespace

_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
#: As many as Linux follows (path_resolution(7)).
_MOST_LINKS = 40


@cache
def make_view(paths, without):
    """A mount namespace without the mounts that nobody needs who needs `paths`, and without all below `without`; and its root. Both stay open:
    a host needs one.

    bubblewrap copies all mounts, and reads the list of them for each one that it makes: with a hundred workspaces in it, that is most of its time.
    """
    needed = {os.fsencode(step) for path in paths for step in _list_steps(path)}
    with away(lambda: check(libc.unshare(CLONE_NEWNS), 'unshare')):
        # Nothing of what follows is seen outside.
        make_private('/')
        _hide_all_but(needed, os.fsencode(os.path.realpath(without)))
        return open_namespace()


def _list_steps(path):
    """A path, and where its links lead, one after the other: each step may lie on a mount of its own."""
    steps = []
    while path not in steps and len(steps) <= _MOST_LINKS:
        steps.append(path)
        head = '/'
        for part, rest in _split(path):
            head = os.path.join(head, part)
            if os.path.islink(head):
                path = os.path.normpath(os.path.join(os.path.dirname(head), os.readlink(head), rest))
                break
    return [*steps, os.path.realpath(path)]


def _split(path):
    parts = path.strip('/').split('/')
    return [(part, '/'.join(parts[index + 1:])) for index, part in enumerate(parts)]


def _hide_all_but(paths, without):
    with open('/proc/self/mountinfo', 'rb') as file:
        points = [re.sub(rb'\\([0-7]{3})', lambda match: bytes((int(match[1], 8),)), line.split(b' ')[4]) for line in file]
    hidden = []
    for point in points:
        # What lies at the same place is below it, and would be seen now.
        if any(point != gone and _is_within(point, gone) for gone in hidden):
            continue
        is_needed = any(_is_within(path, point) or _is_within(point, path) for path in paths)
        if not is_needed or point != without and _is_within(point, without):
            # Where whoever runs this machine has locked it, it stays.
            if libc.umount2(point, _MNT_DETACH | _UMOUNT_NOFOLLOW) == 0:
                hidden.append(point)


def _is_within(path, folder):
    return path == folder or path.startswith(folder.rstrip(b'/') + b'/')
