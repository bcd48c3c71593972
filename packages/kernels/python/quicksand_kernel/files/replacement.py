"""A new file that takes the place of an old one at once, and is nowhere when it does not come to that."""

import errno
import os

_NO_TMPFILE = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL)


class Replacement:
    """A file without a name, in the file system of the folder `folder_fd`. Its space is free again when it is closed before `commit`.

        with Replacement(folder_fd, 0o644) as new:
            new.write(data)
            new.commit(parent_fd, b'name')

    Where the file system has no files without a name, or `nameless` is false, it has a random one until then.
    """

    def __init__(self, folder_fd, mode, nameless=True):
        self.size = 0
        self._folder, self._name = folder_fd, None
        try:
            if not nameless:
                raise OSError(errno.EOPNOTSUPP, '')
            self._fd = os.open(b'.', os.O_TMPFILE | os.O_WRONLY | os.O_CLOEXEC, mode, dir_fd=folder_fd)
        except OSError as error:
            if error.errno not in _NO_TMPFILE:
                raise
            self._name = _random_name()
            self._fd = os.open(self._name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode, dir_fd=folder_fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._fd)
        if self._name is not None:
            os.unlink(self._name, dir_fd=self._folder)

    def write(self, data):
        view = memoryview(data)
        while view:
            written = os.write(self._fd, view)
            self.size += written
            view = view[written:]

    def set_mode(self, mode):
        os.fchmod(self._fd, mode)

    def set_modified(self, seconds):
        os.utime(self._fd, (seconds, seconds))

    def commit(self, parent_fd, name):
        """Give it its name; whoever had that has it no longer."""
        if self._name is not None:
            os.rename(self._name, name, src_dir_fd=self._folder, dst_dir_fd=parent_fd)
            self._name = None
            return
        try:
            self._link(parent_fd, name)
        except FileExistsError:
            beside = _random_name()
            self._link(parent_fd, beside)
            _put(beside, parent_fd, name)

    def _link(self, parent_fd, name):
        # With a descriptor, since only then Python follows the link of /proc.
        os.link(f'/proc/self/fd/{self._fd}', name, src_dir_fd=parent_fd, dst_dir_fd=parent_fd, follow_symlinks=True)


def put_link(destination, parent_fd, name):
    """A link that has the name from now on, whatever file had it."""
    beside = _random_name()
    os.symlink(destination, beside, dir_fd=parent_fd)
    _put(beside, parent_fd, name)


def _put(beside, parent_fd, name):
    """Nothing but a rename replaces in one step."""
    try:
        os.rename(beside, name, src_dir_fd=parent_fd, dst_dir_fd=parent_fd)
    except OSError:
        os.unlink(beside, dir_fd=parent_fd)
        raise


def _random_name():
    return b'.quicksand-' + os.urandom(8).hex().encode()
