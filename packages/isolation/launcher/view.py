"""What of the mounts of a machine a program sees."""

import os
import re
from functools import cache

from libc import check, libc

_MS_REC, _MS_PRIVATE, _MNT_DETACH, _UMOUNT_NOFOLLOW, _CLONE_NEWNS = 0x4000, 0x40000, 2, 8, 0x20000
# Calls that the C library of Debian 11 does not have yet, with their numbers on every machine that there is; linux/mount.h.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH, _AT_FDCWD = 428, 429, 1, 4, -100


#: As many as Linux follows (path_resolution(7)).
_MOST_LINKS = 40


@cache
def make_view(paths, without):
    """A mount namespace without the mounts that nobody needs who needs `paths`, and without all below `without`; and its root. Both stay open:
    a host needs one.

    bubblewrap copies all mounts, and reads the list of them for each one that it makes: with a hundred workspaces in it, that is most of its time.
    """
    needed = {os.fsencode(step) for path in paths for step in _list_steps(path)}
    before, view = _open_namespace(), ()
    try:
        check(libc.unshare(_CLONE_NEWNS), 'unshare')
        try:
            # Nothing of what follows is seen outside.
            _make_private('/')
            view = _open_namespace()
            _hide_all_but(needed, os.fsencode(os.path.realpath(without)))
        finally:
            _return_to(before)
    except OSError:
        _close(view)
        raise
    finally:
        _close(before)
    return view


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


def _open_namespace():
    return os.open('/proc/self/ns/mnt', os.O_RDONLY | os.O_CLOEXEC), os.open('/', os.O_PATH | os.O_CLOEXEC)


def _return_to(namespace):
    try:
        _enter(namespace)
    except OSError as error:
        # Whoever is lost in another one must do nothing more.
        raise SystemExit(f'launcher: {error}') from error


def _enter(view):
    namespace, root = view
    check(libc.setns(namespace, _CLONE_NEWNS), 'setns')
    # The root of a namespace may be another than that of the host.
    os.fchdir(root)
    os.chroot('.')


def _close(view):
    for fd in view:
        os.close(fd)


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


def look_through(view, folder, at):
    """See what a view shows, and a folder that it does not show, at the place of an empty one."""
    tree = libc.syscall(_SYS_OPEN_TREE, _AT_FDCWD, os.fsencode(folder), _OPEN_TREE_CLONE | os.O_CLOEXEC)
    check(tree, folder)
    _enter(view)
    check(libc.unshare(_CLONE_NEWNS), 'unshare')
    check(libc.syscall(_SYS_MOVE_MOUNT, tree, b'', _AT_FDCWD, os.fsencode(at), _MOVE_MOUNT_F_EMPTY_PATH), at)
    _make_private(at)


def _make_private(point):
    check(libc.mount(None, os.fsencode(point), None, _MS_REC | _MS_PRIVATE, None), point)
