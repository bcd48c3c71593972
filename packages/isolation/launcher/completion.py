"""What a sandbox gets that bubblewrap does not give it: folders that may not have been there when it started, and limits that it has no argument for."""

import os

from libc import check, libc
from namespaces import CLONE_NEWNS, away, copy_tree, place_tree

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REMOUNT, _MS_BIND = 0x1, 0x2, 0x4, 0x8, 0x20, 0x1000
_FLAGS = {'nosuid': _MS_NOSUID, 'nodev': _MS_NODEV, 'noexec': _MS_NOEXEC}
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def complete(parent, pid, mounts, remounts):
    """Mount folders of the host in the mount namespace of `pid`, a child of `parent`, and give file systems of it other options."""
    holder, trees = os.pidfd_open(pid), []
    try:
        # It was told by number, and might be another one by now.
        if _parent_of(pid) != parent:
            raise ProcessLookupError(f'{pid} has ended')
        for mount in mounts:
            trees.append(copy_tree(mount['source']))
        with away(lambda: check(libc.setns(holder, CLONE_NEWNS), 'setns')):
            for tree, mount in zip(trees, mounts):
                _place(tree, mount['at'], mount['readOnly'])
            for remount in remounts:
                _remount(*remount)
    finally:
        for fd in (holder, *trees):
            os.close(fd)


def _parent_of(pid):
    with open(f'/proc/{pid}/stat', 'rb') as file:
        return int(file.read().rpartition(b')')[2].split()[1])


def _place(tree, at, read_only):
    try:
        folder = _open_folder(at)
        try:
            place_tree(tree, folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise OSError(error.errno, f'{at}: {error.strerror}') from error
    # Of what the folder's own mount forbids nothing is allowed. The numbers of statvfs(3) are those of mount(2).
    flags = os.statvfs('.').f_flag & (_MS_RDONLY | _MS_NOEXEC) | _MS_NOSUID | _MS_NODEV | (_MS_RDONLY if read_only else 0)
    check(libc.mount(None, b'.', None, _MS_REMOUNT | _MS_BIND | flags, None), at)


def _open_folder(path):
    """A folder of the sandbox, made where it is missing. Code of it may have left links in its workspace, and through /proc one can lead out of it: none
    is followed."""
    folder = os.open('/', _FOLDER)
    for name in path.strip('/').split('/'):
        parent = folder
        try:
            folder = _open_below(parent, name)
        finally:
            os.close(parent)
    return folder


def _open_below(parent, name):
    try:
        return os.open(name, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        os.mkdir(name, 0o755, dir_fd=parent)
        # It is the sandbox's, as that is where it lies.
        owner = os.fstat(parent)
        os.chown(name, owner.st_uid, owner.st_gid, dir_fd=parent, follow_symlinks=False)
        return os.open(name, _FOLDER, dir_fd=parent)


def _remount(path, kind, flags, options):
    """`flags` are those that it has."""
    number = _MS_REMOUNT
    for flag in flags:
        number |= _FLAGS[flag]
    check(libc.mount(None, os.fsencode(path), kind.encode(), number, options.encode()), f'remount of {path}')
