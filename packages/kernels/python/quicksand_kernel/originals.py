"""What a fork has copied and not changed. It gets a page of its own of all that it writes to, and in CPython it writes to what it only looks at: references
are counted, up, and down again. Of what code with pandas has copied, nearly half is as it was.

The zygote puts the memory of its objects into a file without a name and maps that, each process for itself. Who then gives up a page has that of the
file again. Who takes memory from Linux may count on what it gives up to be zeros, or make it longer where it lies, past the end of the file: Python's
arenas and the C library's heap do neither, and nothing else is put there.
"""

import builtins
import fcntl
import os
import re
from gc import disable, enable, isenabled

from .linux import map_to_read, read_file
from .steps import Routine, Steps

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_NAME = 'quicksand'
_PAGE, _ENTRY = 4096, 8
_LEAST_BYTES = 1 << 20
_ANONYMOUS = re.compile(rb'^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *(\[heap\])?$', re.MULTILINE)
_OF_THE_FILE = rb'^([0-9a-f]+)-([0-9a-f]+) rw-p ([0-9a-f]+) %s '
# Pages that are there, and of no file; and pages that are there or swapped, with less than 1 MiB between them that is not.
_OWN = re.compile(rb'[\x80\x81]+')
_USED = re.compile(rb'[\x40-\xff](?:[\x00-\x3f]{0,255}[\x40-\xff])*')
#: How many pages more of its own a process has before it looks which of them it could give back: that takes some 10 ms.
_WORTH_WHILE = 1000
# Of x86: the calls, and what they are called with.
_PWRITE, _FCNTL, _MMAP, _MADVISE = 18, 72, 9, 28
_READ_WRITE, _PRIVATE_FIXED, _DONTNEED = 3, 0x12, 4
_MFD_CLOEXEC, _MFD_ALLOW_SEALING, _MFD_NOEXEC_SEAL = 1, 2, 8


class Originals:
    """Made, and kept, in the zygote; the rest is for its forks."""

    def __init__(self):
        self._routine = None
        self._where = self._size = self._own = 0
        self._mapped = None

    def keep(self, places):
        """Put what this process has in its heap and in `places` into the file. It must have one thread. Says whether that can be done here: else its
        memory is as good as it was."""
        try:
            routine, file = Routine(), _open_file()
        except OSError:
            return False
        try:
            # Forks are in different sandboxes: none can write to it, whatever it has of it, or ask which of its pages are in use.
            os.fchmod(file, 0)
            about = os.fstat(file)
            # Before: what the zygote writes to from then on is no longer as in the file.
            device = f'{os.major(about.st_dev):02x}:{os.minor(about.st_dev):02x} {about.st_ino}'
            self._mapped = re.compile(_OF_THE_FILE % device.encode(), re.MULTILINE)
            routine.run(_put_into(file, _find_used(places)))
            self._size = os.fstat(file).st_size
            self._where = map_to_read(file, self._size)
        except OSError:
            return False
        finally:
            os.close(file)
        self._routine = routine
        return True

    def begin(self):
        """Begin to count what this process copies."""
        if self._routine is not None:
            self._own = _count_own_pages()

    def are_copied(self):
        """Whether so much of it was copied that a look is worth while."""
        return self._routine is not None and _count_own_pages() >= self._own + _WORTH_WHILE

    def give_back(self, is_still):
        """Give up the pages that are as they were. No other thread may run, as `is_still` says at the last moment, nor a handler of a signal: what it
        wrote just then would be lost."""
        # What is collected may have memory that was just found, and code of the user's that is told.
        is_collecting = isenabled()
        disable()
        try:
            steps = self._compare_copies()
            if is_still():
                self._routine.run(steps)
                self.begin()
        finally:
            if is_collecting:
                enable()

    def _compare_copies(self):
        steps = Steps()
        for match in self._mapped.finditer(read_file(b'/proc/self/maps')):
            start, end, offset = (int(number, 16) for number in match.groups())
            to_original = self._where + offset - start
            for run in _OWN.finditer(_read_pagemap(start, end)):
                for page in range(start + run.start() * _PAGE, start + run.end() * _PAGE, _PAGE):
                    steps.skip_unless_same(page, page + to_original, _PAGE)
                    steps.call(_MADVISE, page, _PAGE, _DONTNEED)
        # What was compared with.
        steps.call(_MADVISE, self._where, self._size, _DONTNEED)
        return steps


def find_places():
    """Where memory lies, as (start, end): called while only Python has any, it is that of objects."""
    return [(start, end) for start, end, is_heap in _find_anonymous() if not is_heap and end - start >= _LEAST_BYTES]


def _find_anonymous():
    return [(int(start, 16), int(end, 16), bool(heap)) for start, end, heap in _ANONYMOUS.findall(read_file(b'/proc/self/maps'))]


def _find_used(places):
    """What is in use of the heap and of `places`, as (address, bytes)."""
    used = []
    for start, end, is_heap in _find_anonymous():
        for first, last in [(start, end)] if is_heap else places:
            first, last = max(start, first), min(end, last)
            if first < last:
                used += [(first + run.start() * _PAGE, (run.end() - run.start()) * _PAGE) for run in _USED.finditer(_read_pagemap(first, last))]
    return used


def _put_into(file, used):
    # All that may fail comes before the first piece is another one.
    steps = Steps()
    offset = 0
    for start, length in used:
        steps.call(_PWRITE, file, start, length, offset, result=length)
        offset += length
    steps.call(_FCNTL, file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    offset = 0
    for start, length in used:
        steps.call(_MMAP, start, length, _READ_WRITE, _PRIVATE_FIXED, file, offset, result=start)
        offset += length
    return steps


def _read_pagemap(start, end):
    """The highest byte of what Linux tells of each page: whether it is there, is swapped, or is of a file (Documentation/admin-guide/mm/pagemap.rst)."""
    return read_file(b'/proc/self/pagemap', start // _PAGE * _ENTRY, (end - start) // _PAGE * _ENTRY)[_ENTRY - 1::_ENTRY]


def _open_file():
    for flag in (_MFD_NOEXEC_SEAL, 0):
        try:
            return os.memfd_create(_NAME, _MFD_CLOEXEC | _MFD_ALLOW_SEALING | flag)
        except OSError as error:
            # Linux before 6.3 does not know it.
            problem = error
    raise problem


def _count_own_pages():
    # "size resident shared …", in pages: what is of files is shared.
    _, resident, shared, *_ = read_file(b'/proc/self/statm').split()
    return int(resident) - int(shared)
