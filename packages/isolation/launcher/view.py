"""What of the mounts of a machine a program sees."""

import os
import re

from libc import check, libc

_MS_REC, _MS_PRIVATE, _MNT_DETACH, _CLONE_NEWNS = 0x4000, 0x40000, 2, 0x20000
# Calls that the C library of Debian 11 does not have yet, with their numbers on every machine that there is; linux/mount.h.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH, _AT_FDCWD = 428, 429, 1, 4, -100


def make_view(paths):
    """A mount namespace without the mounts that nobody needs who needs `paths`, and its root; both are there as long as they are open.

    bubblewrap copies all mounts, and reads the list of them for each one that it makes: with a hundred workspaces in it, that is most of its time.
    """
    before = _open_namespace()
    try:
        check(libc.unshare(_CLONE_NEWNS), 'unshare')
        # Nothing of what follows is seen outside.
        _make_private('/')
        needed = {os.fsencode(path) for name in paths for path in (name, os.path.realpath(name))}
        view = _open_namespace()
        _hide_all_but(needed)
        return view
    finally:
        try:
            _enter(before)
        except OSError as error:
            raise SystemExit(f'launcher: {error}') from error
        for fd in before:
            os.close(fd)


def _open_namespace():
    return os.open('/proc/self/ns/mnt', os.O_RDONLY | os.O_CLOEXEC), os.open('/', os.O_PATH | os.O_CLOEXEC)


def _enter(view):
    namespace, root = view
    check(libc.setns(namespace, _CLONE_NEWNS), 'setns')
    # The root of a namespace may be another than that of the host.
    os.fchdir(root)
    os.chroot('.')


def _hide_all_but(paths):
    with open('/proc/self/mountinfo', 'rb') as file:
        points = [re.sub(rb'\\([0-7]{3})', lambda match: bytes((int(match[1], 8),)), line.split(b' ')[4]) for line in file]
    for point in points:
        if not any(_is_within(path, point) or _is_within(point, path) for path in paths):
            # What is below one of them has gone with it; and where whoever runs this machine has locked one, it stays.
            libc.umount2(point, _MNT_DETACH)


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
