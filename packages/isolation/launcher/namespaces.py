"""Mount namespaces that this process looks into, and how it comes back."""

import os
from contextlib import contextmanager

from libc import check, libc

CLONE_NEWNS = 0x20000
# Calls that the C library of Debian 11 does not have yet, with their numbers on every machine that there is; linux/mount.h.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _OPEN_TREE_CLONE, _AT_FDCWD = 428, 429, 1, -100
_MOVE_MOUNT_F_EMPTY_PATH, _MOVE_MOUNT_T_EMPTY_PATH = 4, 0x40
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000


def open_namespace():
    """That of this process, and its root: that of a namespace may be another than that of the host."""
    return os.open('/proc/self/ns/mnt', os.O_RDONLY | os.O_CLOEXEC), os.open('/', os.O_PATH | os.O_CLOEXEC)


def enter(namespace):
    """Go into one that was opened."""
    fd, root = namespace
    check(libc.setns(fd, CLONE_NEWNS), 'setns')
    os.fchdir(root)
    os.chroot('.')


def close(namespace):
    for fd in namespace:
        os.close(fd)


@contextmanager
def away(go):
    """What `go` leads into, for a while."""
    before = open_namespace()
    try:
        go()
        try:
            yield
        finally:
            _return_to(before)
    finally:
        close(before)


def _return_to(namespace):
    try:
        enter(namespace)
    except OSError as error:
        # Whoever is lost in another one must do nothing more.
        raise SystemExit(f'launcher: {error}') from error


def copy_tree(folder):
    """A mount of a folder that is nowhere yet, as a descriptor."""
    tree = libc.syscall(_SYS_OPEN_TREE, _AT_FDCWD, os.fsencode(folder), _OPEN_TREE_CLONE | os.O_CLOEXEC)
    check(tree, folder)
    return tree


def place_tree(tree, folder):
    """Mount it over a folder that was opened, and go there. Nothing that is mounted below it later is seen where it came from."""
    flags = _MOVE_MOUNT_F_EMPTY_PATH | _MOVE_MOUNT_T_EMPTY_PATH
    check(libc.syscall(_SYS_MOVE_MOUNT, tree, b'', folder, b'', flags), 'move_mount')
    os.fchdir(tree)
    make_private('.')


def make_private(point):
    check(libc.mount(None, os.fsencode(point), None, _MS_REC | _MS_PRIVATE, None), point)
