"""Objects whose references are not counted. In CPython, to look at an object is to write to it: its count goes up, and down again. A fork gets a copy
of each page for that, of what it only reads. Since Python 3.12 an object may be immortal (PEP 683): its count stays as it is, and it is never freed.
"""

import ctypes
import gc
import sys
from collections import OrderedDict, defaultdict, deque
from types import CodeType, FrameType

# The lower half of `ob_refcnt`: _Py_IMMORTAL_REFCNT of Python 3.12 and 3.13 (Include/object.h, Include/refcount.h). Later versions have another one.
_IMMORTAL = 0xFFFFFFFF
_LEAST_IMMORTAL = 0x80000000
# What is put into one later would be kept for ever, too, when whoever had the container takes another. That is so for an object's attributes as well:
# but few objects of a zygote are given up by who has them.
_CONTAINERS = frozenset((list, dict, set, deque, OrderedDict, defaultdict, bytearray))


def make_immortal():
    """Makes the objects that there are immortal, but for containers, and returns how many; 0 where this Python has no such objects, or keeps its
    counts elsewhere."""
    if not _is_possible():
        return 0
    made = 0
    for address, thing in _find_objects().items():
        count = ctypes.c_uint32.from_address(address)
        if count.value < _LEAST_IMMORTAL and type(thing) not in _CONTAINERS:
            count.value = _IMMORTAL
            made += 1
    return made


def forget_names():
    """Where names are counted: let Python forget where it has found attributes. For each one that it finds in a fork it would let go of another one, whose
    name lies anywhere."""
    if sys.version_info < (3, 12):
        sys._clear_type_cache()


def _is_possible():
    if sys.implementation.name != 'cpython' or not (3, 12) <= sys.version_info < (3, 14):
        return False
    probe = []
    count = ctypes.c_uint32.from_address(id(probe))
    before = count.value
    several = [probe] * 5
    if count.value != before + len(several):
        # A Python without a global lock, or one for debugging.
        return False
    count.value = _IMMORTAL
    several += [probe] * 5
    return count.value == _IMMORTAL


def _find_objects():
    """What the garbage collector knows, and what hangs on it, each by its address."""
    things = gc.get_objects()
    # Made behind it, so that it is none of them.
    found = {}
    while things:
        new = dict(zip(map(id, things), things))
        # What hangs on a frame is about to go.
        new = {address: thing for address, thing in new.items() if address not in found and type(thing) is not FrameType}
        found.update(new)
        things = gc.get_referents(*new.values())
        for code in new.values():
            # The collector does not look into it.
            if type(code) is CodeType:
                things += (code.co_consts, code.co_names, code.co_filename, code.co_name, code.co_qualname, code.co_linetable, code.co_exceptiontable)
                things += code.co_consts + code.co_names
    return found
