"""A folder as a tar stream, out and in."""

import errno
import os
import stat
import tarfile

from .call import CHUNK, Failed, about, to_text, to_tidy
from .plain_archive import BROKEN, WholeMember, open_plain
from .reading import CHANGED, open_folder, open_regular
from .replacement import Replacement, put_link
from .tree import GONE, Walk
from .writing import make_folders


def pack(call):
    """Files, folders and links below a folder; what is neither is left out. What cannot be read is told before the first byte."""
    root = to_tidy(call.path())
    with open_folder(root):
        pass
    _refuse_unreadable(root)
    call.answer({})
    with tarfile.open(mode='w|', fileobj=_Sink(call), bufsize=CHUNK, format=tarfile.PAX_FORMAT, encoding='utf-8') as archive:
        for relative, entry in Walk(root, recursive=True, hidden=True).entries():
            try:
                _add(archive, os.fsdecode(relative), entry.path)
            except GONE:
                continue
            # It would keep all of them.
            archive.members.clear()
    call.end()


def unpack(call):
    """An archive, compressed or not, into a folder that is made where it is missing. It does not begin to write what leads out of the folder."""
    root = call.path()
    make_folders(root)
    with open_folder(root) as folder:
        receiver = _Receiver(folder)
        try:
            _receive(open_plain(call), receiver)
        except BROKEN as error:
            raise _to_broken(error) from None
        except OSError as error:
            raise (error if error.errno is not None else _to_broken(error)) from None
        receiver.finish()
    # What is behind the end of the archive.
    for _ in call.pieces():
        pass
    call.answer({'path': to_text(root), 'entries': receiver.entries, 'bytes': receiver.bytes, 'skipped': receiver.skipped})


def _receive(plain, receiver):
    with tarfile.open(mode='r|', fileobj=plain, bufsize=CHUNK, encoding='utf-8', tarinfo=WholeMember) as archive:
        for member in archive:
            receiver.take(archive, member)
            # It would keep all of them.
            archive.members.clear()
    # Only at its end it shows whether what was compressed is whole.
    while plain.read(CHUNK):
        pass


def _to_broken(error):
    return Failed('ARCHIVE', f'the archive is broken, or none: {error}')


class _Sink:
    def __init__(self, call):
        self.write = call.send


def _refuse_unreadable(root):
    walk = Walk(root, recursive=True, hidden=True)
    for _, entry in walk.entries():
        try:
            status = entry.stat(follow_symlinks=False)
        except GONE:
            continue
        needed = os.R_OK | os.X_OK if stat.S_ISDIR(status.st_mode) else os.R_OK
        if (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)) and not os.access(entry.path, needed) and os.path.lexists(entry.path):
            raise PermissionError(errno.EACCES, '', entry.path)
    if walk.unreadable:
        raise OSError(errno.ENAMETOOLONG, '', root)


def _add(archive, name, path):
    status = os.lstat(path)
    if stat.S_ISREG(status.st_mode):
        with open_regular(path, os.O_NOFOLLOW) as file:
            try:
                archive.addfile(_anonymous(archive.gettarinfo(arcname=name, fileobj=file)), file)
            except OSError as error:
                raise (error if error.errno is not None else Failed(*CHANGED)) from None
    elif stat.S_ISDIR(status.st_mode) or stat.S_ISLNK(status.st_mode):
        member = archive.gettarinfo(os.fsdecode(path), name)
        # By now it may be a file, whose member without its bytes would break the archive.
        if member is not None and (member.isdir() or member.issym()):
            archive.addfile(_anonymous(member))


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
        if member.issym():
            put_link(os.fsencode(member.linkname), parent, name)
        else:
            _remove(name, parent)
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
