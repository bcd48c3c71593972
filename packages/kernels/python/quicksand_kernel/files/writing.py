"""Writing, moving and removing: what makes a change of one file or folder."""

import errno
import os
import stat

from .call import CHUNK, Failed, about, to_text, to_tidy
from .reading import open_folder, open_regular, refuse_irregular
from .replacement import Replacement, put_link


def write(call):
    """What is uploaded becomes the file, at once and whole; folders that are missing are made."""
    path = call.path()
    target, mode = _find_target(path)
    with open_folder(_existing_ancestor(target)) as folder, about(target), Replacement(folder, 0o666) as new:
        for piece in call.pieces():
            new.write(piece)
        if mode is not None:
            new.set_mode(mode)
        make_folders(os.path.dirname(target))
        with open_folder(os.path.dirname(target)) as parent:
            new.commit(parent, os.path.basename(target))
    call.answer({'path': to_text(path), 'size': new.size})


def make_folder(call):
    path = call.path()
    if call.request.get('recursive'):
        make_folders(path)
    else:
        os.mkdir(path)
    call.answer({'path': to_text(to_tidy(path))})


def make_folders(path):
    """A folder, and those above it that are missing: by no recursion, since a path may name more of them than Python calls itself."""
    missing = [path]
    while not os.path.lexists(above := os.path.dirname(missing[-1])):
        missing.append(above)
    for folder in reversed(missing):
        try:
            os.mkdir(folder)
        except FileExistsError:
            if not os.path.isdir(folder):
                raise


def remove(call):
    """A file, or a link to whatever. A folder is refused."""
    os.unlink(call.path())
    call.answer({})


def move(call):
    """As `mv` does it: a folder as destination takes in what is moved; a file is replaced."""
    source, target = call.path('from'), call.path('to')
    status = os.lstat(source)
    if os.path.isdir(target):
        target = os.path.join(target, os.path.basename(source.rstrip(b'/')))
    try:
        os.rename(source, target)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise Failed('ITSELF', 'a folder cannot be moved into itself') from None
        if error.errno != errno.EXDEV:
            raise
        _move_across(source, target, status)
    call.answer({'path': to_text(target)})


def _find_target(path):
    """The file that a program would write to that opens `path`, and the mode of one that is there."""
    if path.endswith(b'/'):
        raise IsADirectoryError(errno.EISDIR, '', path)
    target = os.path.realpath(path)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return target, None
    refuse_irregular(status, path)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, '', path)
    return target, stat.S_IMODE(status.st_mode) & 0o777


def _existing_ancestor(path):
    folder = os.path.dirname(path)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    return folder


def _move_across(source, target, status):
    """To another file system: a copy takes the place of the target, and then the source goes."""
    if stat.S_ISLNK(status.st_mode):
        with open_folder(os.path.dirname(target)) as parent, about(target):
            put_link(os.readlink(source), parent, os.path.basename(target))
    elif stat.S_ISREG(status.st_mode):
        _copy(source, target, status)
    else:
        raise Failed('ACROSS', 'only files and links can be moved between /workspace, /tmp and /home/user; `mv` can copy what is neither')
    os.unlink(source)


def _copy(source, target, status):
    with open_folder(os.path.dirname(target)) as parent, open_regular(source, os.O_NOFOLLOW) as file:
        with about(target), Replacement(parent, 0o600) as new:
            while data := file.read(CHUNK):
                new.write(data)
            new.set_mode(stat.S_IMODE(status.st_mode) & 0o777)
            new.set_modified(status.st_mtime)
            new.commit(parent, os.path.basename(target))
