"""Reading a file, and finding out what it is."""

import contextlib
import errno
import mimetypes
import os
import stat

from .call import CHUNK, LARGEST, Failed, about

_TYPES = mimetypes.MimeTypes(())
# What Python does not know, or knows by an older name.
_OWN_TYPES = {
    '.md': 'text/markdown', '.js': 'text/javascript', '.mjs': 'text/javascript', '.ts': 'text/typescript', '.tsx': 'text/typescript',
    '.jsx': 'text/javascript', '.yaml': 'application/yaml', '.yml': 'application/yaml', '.toml': 'application/toml',
    '.ipynb': 'application/x-ipynb+json', '.jsonl': 'application/jsonl', '.ndjson': 'application/x-ndjson',
    '.parquet': 'application/vnd.apache.parquet', '.webp': 'image/webp', '.wasm': 'application/wasm', '.sqlite': 'application/vnd.sqlite3',
    '.woff2': 'font/woff2', '.log': 'text/plain', '.sh': 'text/x-sh', '.gz': 'application/gzip', '.tgz': 'application/gzip',
    '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    '.pptx': 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
}
_STARTS = (
    (b'\x89PNG\r\n\x1a\n', 'image/png'), (b'\xff\xd8\xff', 'image/jpeg'), (b'GIF8', 'image/gif'), (b'%PDF-', 'application/pdf'),
    (b'PK\x03\x04', 'application/zip'), (b'\x1f\x8b', 'application/gzip'), (b'\x7fELF', 'application/x-executable'),
    (b'SQLite format 3\0', 'application/vnd.sqlite3'), (b'PAR1', 'application/vnd.apache.parquet'),
)
_SNIFFED = 4096
CHANGED = ('SHRANK', 'the file became shorter while it was read')


@contextlib.contextmanager
def open_folder(path, dir_fd=None, flags=0):
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags, dir_fd=dir_fd)
    try:
        yield fd
    finally:
        os.close(fd)


def open_regular(path, flags=0):
    """A regular file, unbuffered. Anything else is refused without being opened, so that a FIFO or a device cannot hang it."""
    at = os.open(path, os.O_PATH | os.O_CLOEXEC | flags)
    try:
        refuse_irregular(os.fstat(at), path)
        with about(path):
            return open(f'/proc/self/fd/{at}', 'rb', buffering=0)
    finally:
        os.close(at)


def refuse_irregular(status, path):
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, '', path)
    if not stat.S_ISREG(status.st_mode):
        raise Failed('NOT_REGULAR', 'is a FIFO, a socket or a device')


def read(call):
    """The bytes of a file, or of a range of it: as much as there was when it was opened."""
    path, request = call.path(), call.request
    with open_regular(path) as file:
        fd = file.fileno()
        status = os.fstat(fd)
        size = min(status.st_size, LARGEST)
        tag = f'{status.st_ino:x}-{status.st_mtime_ns:x}-{size:x}'
        wanted = request.get('range') if request.get('ifRange', tag) == tag else None
        start, stop = _to_span(wanted, size)
        call.answer({
            'size': size, 'start': start, 'length': stop - start, 'isPart': wanted is not None, 'modified': status.st_mtime_ns // 1_000_000, 'tag': tag,
            'mimeType': _to_type(path, fd),
        })
        if request.get('head'):
            return
        if size == 0:
            # It is empty, or one of the files of /proc, whose size nobody knows.
            _send_all(call, fd)
        else:
            _send_span(call, fd, start, stop)
    call.end()


def _to_span(wanted, size):
    if not wanted:
        return 0, size
    first, last = wanted
    if first is None:
        first, last = max(0, size - last), size - 1
    stop = size if last is None else min(last + 1, size)
    if first >= stop:
        raise Failed('RANGE', f'the range begins behind the end of the file, which has {size} bytes', size=size)
    return first, stop


def _send_span(call, fd, start, stop):
    while start < stop:
        data = os.pread(fd, min(CHUNK, stop - start), start)
        if not data:
            raise Failed(*CHANGED)
        start += len(data)
        call.send(data)


def _send_all(call, fd):
    while data := os.read(fd, CHUNK):
        call.send(data)


def _to_type(path, fd):
    name = os.path.basename(os.fsdecode(path))
    suffix = os.path.splitext(name)[1].lower()
    known = _OWN_TYPES.get(suffix) or _TYPES.guess_type('x' + suffix)[0]
    if known:
        return known
    start = os.pread(fd, _SNIFFED, 0)
    for magic, kind in _STARTS:
        if start.startswith(magic):
            return kind
    return 'text/plain' if _is_text(start) else 'application/octet-stream'


def _is_text(start):
    if b'\0' in start:
        return False
    try:
        start.decode()
    except UnicodeDecodeError as error:
        # A character that the sample cuts.
        return len(start) == _SNIFFED and error.start > _SNIFFED - 4
    return True
