"""A folder as a tar stream, out and in."""

# bz2, gzip and lzma are for `tarfile`, which imports them when it meets such an archive: in the sandbox, that is.
import bz2  # noqa: F401
import errno
import gzip  # noqa: F401
import lzma  # noqa: F401
import os
import stat
import tarfile

from .call import CHUNK, Failed, about, to_text
from .reading import open_folder, open_regular
from .replacement import Replacement
from .tree import Walk


def pack(call):
    """Files, folders and links below a folder; what is neither is left out. What cannot be read is told before the first byte."""
    root = os.path.normpath(call.path())
    with open_folder(root):
        pass
    _refuse_unreadable(root)
    call.answer({})
    with tarfile.open(mode='w|', fileobj=_Sink(call), bufsize=CHUNK, format=tarfile.PAX_FORMAT, encoding='utf-8') as archive:
        for relative, entry in Walk(root, recursive=True, hidden=True).entries():
            try:
                _add(archive, os.fsdecode(relative), entry.path)
            except FileNotFoundError:
                continue
            # It would keep all of them.
            archive.members.clear()
    call.end()


def unpack(call):
    """An archive, compressed or not, into a folder that is made where it is missing. It does not begin to write what leads out of the folder."""
    root = call.path()
    os.makedirs(root, exist_ok=True)
    with open_folder(root) as folder:
        receiver = _Receiver(folder)
        try:
            with tarfile.open(mode='r|*', fileobj=_Source(call), bufsize=CHUNK, encoding='utf-8') as archive:
                for member in archive:
                    receiver.take(archive, member)
                    # It would keep all of them.
                    archive.members.clear()
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise Failed('ARCHIVE', f'the archive is broken, or none: {error}') from None
        receiver.finish()
    # What is behind the end of the archive.
    for _ in call.pieces():
        pass
    call.answer({'path': to_text(root), 'entries': receiver.entries, 'bytes': receiver.bytes, 'skipped': receiver.skipped})


class _Sink:
    def __init__(self, call):
        self.write = call.send


class _Source:
    """Reads of any size from pieces of any size."""

    def __init__(self, call):
        self._pieces = call.pieces()
        self._held = b''

    def read(self, size):
        parts, missing = [], size
        while missing:
            if not self._held:
                self._held = next(self._pieces, b'')
                if not self._held:
                    break
            parts.append(self._held[:missing])
            self._held = self._held[missing:]
            missing -= len(parts[-1])
        return b''.join(parts)


def _refuse_unreadable(root):
    walk = Walk(root, recursive=True, hidden=True)
    for _, entry in walk.entries():
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        needed = os.R_OK | os.X_OK if stat.S_ISDIR(status.st_mode) else os.R_OK
        if (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)) and not os.access(entry.path, needed):
            raise PermissionError(errno.EACCES, '', entry.path)
    if walk.unreadable:
        raise OSError(errno.ENAMETOOLONG, '', root)


def _add(archive, name, path):
    status = os.lstat(path)
    if stat.S_ISREG(status.st_mode):
        with open_regular(path, os.O_NOFOLLOW) as file:
            archive.addfile(_anonymous(archive.gettarinfo(arcname=name, fileobj=file)), file)
    elif stat.S_ISDIR(status.st_mode) or stat.S_ISLNK(status.st_mode):
        archive.addfile(_anonymous(archive.gettarinfo(os.fsdecode(path), name)))


def _anonymous(member):
    """Owners mean nothing outside."""
    member.uid = member.gid = 0
    member.uname = member.gname = ''
    return member


class _Receiver:
    """Puts members of an archive below a folder, by descriptors: a link on the way is not followed, and depth does not matter."""

    def __init__(self, folder):
        self._root = folder
        self._modes = []
        self.entries = self.bytes = self.skipped = 0

    def take(self, archive, member):
        names = _to_names(member.name)
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            self.skipped += 1
            return
        self.entries += 1
        if member.isdir():
            with self._open(names):
                self._modes.append((names, member.mode & 0o777))
        elif names:
            with self._open(names[:-1]) as parent, about(os.fsencode(member.name)):
                self._put(archive, member, parent, names[-1])

    def finish(self):
        # A folder that may not be written to is filled before.
        for names, mode in reversed(self._modes):
            with self._open(names) as folder:
                os.fchmod(folder, mode)

    def _put(self, archive, member, parent, name):
        if member.isreg():
            with Replacement(parent, 0o666) as new:
                file = archive.extractfile(member)
                while data := file.read(CHUNK):
                    new.write(data)
                new.set_mode(member.mode & 0o777)
                new.set_modified(member.mtime)
                new.commit(parent, name)
            self.bytes += new.size
            return
        _remove(name, parent)
        if member.issym():
            os.symlink(os.fsencode(member.linkname), name, dir_fd=parent)
        else:
            *folders, last = _to_names(member.linkname) or [b'.']
            with self._open(folders) as other:
                os.link(last, name, src_dir_fd=other, dst_dir_fd=parent, follow_symlinks=False)

    def _open(self, names):
        return _Below(self._root, names)


class _Below:
    """A folder below another, with its folders made where they are missing."""

    def __init__(self, root, names):
        self._fd = os.dup(root)
        try:
            for name in names:
                self._enter(name)
        except BaseException:
            os.close(self._fd)
            raise

    def __enter__(self):
        return self._fd

    def __exit__(self, *_):
        os.close(self._fd)

    def _enter(self, name):
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            inner = os.open(name, flags, dir_fd=self._fd)
        except FileNotFoundError:
            os.mkdir(name, dir_fd=self._fd)
            inner = os.open(name, flags, dir_fd=self._fd)
        os.close(self._fd)
        self._fd = inner


def _to_names(path):
    names = [name for name in os.fsencode(path).split(b'/') if name not in (b'', b'.')]
    if path.startswith('/') or b'..' in names:
        raise Failed('ARCHIVE', f'the archive names a place outside of the folder: {path[:200]}')
    return names


def _remove(name, parent):
    try:
        os.unlink(name, dir_fd=parent)
    except FileNotFoundError:
        pass
