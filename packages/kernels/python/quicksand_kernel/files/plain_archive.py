"""What comes of an archive that is uploaded, compressed or not, as `tarfile` can read it."""

import bz2
import gzip
import lzma
import tarfile
import zlib

_LONGEST_MAGIC = 10

# What all of these raise for what is no archive, or a broken one. An OSError without an errno is another.
BROKEN = (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError, lzma.LZMAError, zlib.error)


def open_plain(call):
    """
    The archive that `call` uploads, without its compression. Not by `tarfile`: that reads no more than the first stream of a file that has several, as
    parallel compressors make them, and looks at no checksum of gzip.
    """
    source = _Source(call)
    start = source.peek(_LONGEST_MAGIC)
    if start.startswith(b'\x1f\x8b\x08'):
        return gzip.GzipFile(fileobj=source, mode='rb')
    if start.startswith(b'BZh') and start[4:] == b'1AY&SY':
        return bz2.BZ2File(source)
    for magic, kind in ((b'\xfd7zXZ', lzma.FORMAT_XZ), (b'\x5d\x00\x00\x80', lzma.FORMAT_ALONE)):
        if start.startswith(magic):
            return lzma.LZMAFile(source, format=kind)
    return source


class WholeMember(tarfile.TarInfo):
    """A member of an archive. `tarfile` would take a header that is broken for the end, and leave out all that is behind it without a word."""

    __slots__ = ()

    @classmethod
    def fromtarfile(cls, archive):
        try:
            return super().fromtarfile(archive)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:
            raise tarfile.ReadError(str(error)) from None


class _Source:
    """Reads of any size from pieces of any size."""

    def __init__(self, call):
        self._pieces = call.pieces()
        self._held = memoryview(b'')

    def read(self, size):
        parts, missing = [], size
        while missing:
            if not self._held:
                self._held = memoryview(next(self._pieces, b''))
                if not self._held:
                    break
            parts.append(self._held[:missing])
            self._held = self._held[missing:]
            missing -= len(parts[-1])
        return b''.join(parts)

    def peek(self, size):
        start = self.read(size)
        self._held = memoryview(start + self._held)
        return start
