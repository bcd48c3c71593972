"""Memory that is cheap to fork. A fork copies the page tables of its parent, an entry for each page of 4 KiB in use, and for one of 2 MiB a
single one; what the child then writes to is copied in pages of 4 KiB all the same. Huge pages need memory in one piece: see `gather`.
"""

import re

from .linux import collapse_pages, freed_memory, take_memory

_HUGE = 2 * 1024 * 1024
# Python takes memory for its objects in arenas of 1 MiB, of which the largest objects that go there, of 512 bytes with their header, fill pools.
_OBJECT_BYTES, _OBJECT_HEADER = 512, 33
_POOL, _POOL_HEADER = 16384, 48
_MOST_GAPS = 50_000
_OBJECTS_IN_HALF_AN_ARENA = 1024
# What the C library's heap is filled with, the largest first: from 1 KiB on free pieces are of any size, and the smallest that there is holds 24 bytes.
_PIECES = (*(1 << power for power in range(16, 10, -1)), *range(1032, 23, -16))
_WRITABLE = re.compile(r'([0-9a-f]+)-([0-9a-f]+) rw.p \S+ \S+ 0 *(\[heap\])?$')


def gather(megabytes):
    """Something to keep while modules are loaded: what they make meanwhile lies in one piece, as far as there is room. What is left of it is given
    back with the last reference."""
    count = megabytes * 1024 * 1024 // _OBJECT_BYTES
    filling = [None] * count
    for index in range(count):
        filling[index] = bytes(_OBJECT_BYTES - _OBJECT_HEADER)
    # An arena with one object in it is kept, and preferred to a new one.
    return filling[::_OBJECTS_IN_HALF_AN_ARENA]


def fill_gaps():
    """What to keep so that no memory is free between what is in use: what a fork makes then lies together, on pages that it writes to anyway."""
    kept = []
    for size in range(48, _OBJECT_BYTES + 1, 16):
        filling = []
        in_a_row = 0
        # Some allocators have no pools.
        while in_a_row < (_POOL - _POOL_HEADER) // size and len(filling) < _MOST_GAPS:
            filling.append(bytes(size - _OBJECT_HEADER))
            in_a_row = in_a_row + 1 if id(filling[-1]) % _POOL == _POOL_HEADER + in_a_row * size else 0
        # A pool that nobody had anything in is free again, and all of it where there are no pools.
        if len(filling) < _MOST_GAPS:
            kept += filling[:len(filling) - in_a_row]
    return kept


def fill_heap():
    """The same for larger objects, and for what C code makes: it has these in the C library's heap, which takes what was freed anywhere."""
    freed = freed_memory()
    if freed is None:
        return
    _, end = freed
    for size in _PIECES:
        while take_memory(size, end):
            pass


def use_huge_pages():
    """Move what this process has into huge pages, where Linux has some to give: without them a fork is slower, and the same."""
    with open('/proc/self/maps', encoding='utf-8') as file:
        found = [match for match in map(_WRITABLE.match, file.read().splitlines()) if match]
    for match in found:
        start, end = int(match[1], 16), int(match[2], 16)
        for address in range(-(-start // _HUGE) * _HUGE, end - _HUGE + 1, _HUGE):
            collapse_pages(address, _HUGE)
