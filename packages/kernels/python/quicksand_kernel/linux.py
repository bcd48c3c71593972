"""The Linux calls that Python's standard library does not have, through ctypes; nothing here decides anything."""

import builtins
import ctypes
import os
import signal
import termios
from array import array

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_libc = ctypes.CDLL(None, use_errno=True)
_malloc_trim = getattr(_libc, 'malloc_trim', None)
# For calls that are over at once: to let other threads run meanwhile costs as much as they do.
_quick = ctypes.PyDLL(None, use_errno=True)
# Looked up now: it is told to audit hooks, and ours makes such calls itself.
_ioctl, _pthread_sigmask, _fflush = _quick.ioctl, _quick.pthread_sigmask, _libc.fflush
_prctl, _capset = _libc.prctl, _libc.capset

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000

#: All that a sandbox has of its own.
NAMESPACES = NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | NEWCGROUP

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 1, 4, 24, 38, 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SIG_SETMASK, _SIGINT_BIT = 2, 1 << 1
_NO_SIGNALS = (ctypes.c_ubyte * 128)()
# Version 3, of this process; made here, since what a fork makes takes pages that it shares.
_CAPABILITY_HEADER, _NO_CAPABILITIES = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
_MOUNT_FLAGS = {'nosuid': 0x2, 'nodev': 0x4, 'noexec': 0x8, 'recursive': 0x4000, 'private': 0x40000}

# Of x86: the number of the call, and the limit of a wait, as Linux shows them.
_FUTEX, _FOR_EVER = b'202', b'0x0'
_MADV_COLLAPSE = 25
_libc.mmap.restype, _libc.mmap.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
_MAP_FAILED = ctypes.c_void_p(-1).value
_PROT_READ, _MAP_PRIVATE = 1, 2
_open, _pread, _close = _quick.open, _quick.pread, _quick.close
_pread.restype, _pread.argtypes = ctypes.c_ssize_t, (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long)
_MOST_AT_ONCE = 65536
_libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_libc.malloc.restype = _libc.sbrk.restype = ctypes.c_void_p
_libc.malloc.argtypes, _libc.free.argtypes = (ctypes.c_size_t,), (ctypes.c_void_p,)
# Of the GNU C library 2.33.
_mallinfo = getattr(_libc, 'mallinfo2', None)
_HEAP_NUMBERS = ('arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost')

# SIOCOUTQ has the number of TIOCOUTQ: bytes that were sent and that the other side has not read.
_SIOCOUTQ = termios.TIOCOUTQ


def _check(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f'{what}: {os.strerror(code)}')


class _Heap(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in _HEAP_NUMBERS]


if _mallinfo is not None:
    _mallinfo.restype = _Heap


def thread_count():
    """How many threads this process has."""
    return len(os.listdir('/proc/self/task'))


def is_alone_with(thread):
    """Whether there is one thread beside the calling one, that one, and it waits for a lock until it has it."""
    _, _, others = read_file(b'/proc/self/status').partition(b'\nThreads:')
    if int(others.partition(b'\n')[0]) != 2:
        return False
    # The number of the call, and its arguments: one that waits for the interpreter's lock looks again after a while.
    call = read_file(b'/proc/self/task/%d/syscall' % thread).split()
    return call[0] == _FUTEX and call[4] == _FOR_EVER


def setns(fd, flags):
    """Join the namespaces `flags` of the process, or the one namespace, that `fd` names."""
    _check(_libc.setns(fd, flags), 'setns')


def unshare(flags):
    """Make new namespaces; a new PID namespace is that of the children."""
    _check(_libc.unshare(flags), 'unshare')


def keep_mounts_to_oneself():
    """Let no mount that is made from here on be seen in another mount namespace."""
    _check(_libc.mount(None, b'/', None, _to_number('recursive', 'private'), None), 'mount(MS_PRIVATE)')


def mount_proc():
    """Show the processes of one's own PID namespace in /proc."""
    _check(_libc.mount(b'proc', b'/proc', b'proc', _to_number('nosuid', 'nodev', 'noexec'), None), 'mount(proc)')


def _to_number(*flags):
    return sum(_MOUNT_FLAGS[flag] for flag in flags)


def die_with_parent():
    """Have the kernel end this process when the thread that started it ends."""
    _check(_prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), 'prctl(PR_SET_PDEATHSIG)')


def last_capability():
    """The highest capability number of this kernel."""
    with open('/proc/sys/kernel/cap_last_cap', encoding='ascii') as file:
        return int(file.read())


def drop_bounding_set(last):
    """Give up, for ever, every capability up to number `last`; needs CAP_SETPCAP."""
    for capability in range(last + 1):
        _check(_prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0), 'prctl(PR_CAPBSET_DROP)')


def clear_capabilities():
    """Set the ambient, effective, permitted and inheritable sets to nothing."""
    _check(_prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), 'prctl(PR_CAP_AMBIENT)')
    _check(_capset(_CAPABILITY_HEADER, _NO_CAPABILITIES), 'capset')


def set_no_new_privileges():
    """Make set-user-id programs and file capabilities worth nothing from here on."""
    _check(_prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'prctl(PR_SET_NO_NEW_PRIVS)')


def hold_no_signal():
    """Let all signals through to this thread."""
    _pthread_sigmask(_SIG_SETMASK, _NO_SIGNALS, None)


def set_dumpable():
    """Let the process read its own /proc/self again."""
    _check(_prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), 'prctl(PR_SET_DUMPABLE)')


def collapse_pages(address, length):
    """Move memory into a huge page. Does nothing where nothing of it is in use, no page of that size is free, or the kernel is older than 6.1."""
    _libc.madvise(address, length, _MADV_COLLAPSE)


def map_to_read(fd, size):
    """Where the file is in memory from here on, for this process and those that are forked from it."""
    address = _libc.mmap(None, size, _PROT_READ, _MAP_PRIVATE, fd, 0)
    if address == _MAP_FAILED:
        _check(-1, 'mmap')
    return address


def read_file(path, at=0, size=None):
    """`size` bytes of a file, or all of it, and no audit hook is told: whoever looks on in a sandbox looks on at its own code."""
    fd = _open(path, os.O_RDONLY | os.O_CLOEXEC)
    _check(fd, 'open')
    try:
        found = b''
        while size is None or len(found) < size:
            most = _MOST_AT_ONCE if size is None else size - len(found)
            # Not a buffer of ctypes, which tells of each.
            piece = array('B', bytes(most))
            count = _pread(fd, piece.buffer_info()[0], most, at + len(found))
            _check(count, 'pread')
            if not count:
                break
            found += memoryview(piece)[:count]
        return found
    finally:
        _close(fd)


def flush_c_streams():
    """fflush(NULL): write out what C code has left in its stdio buffers."""
    _fflush(None)


def give_back_memory():
    """malloc_trim(0): give Linux the memory that was freed; it is asked for again when it is needed. Only the GNU C library can."""
    if _malloc_trim is not None:
        _malloc_trim(0)


def freed_memory():
    """(How many bytes of the C library's heap are free between what is in use, where the heap ends that is in use); None where it does not tell."""
    if _mallinfo is None:
        return None
    numbers = _mallinfo()
    return numbers.fordblks - numbers.keepcost, _libc.sbrk(0) - numbers.keepcost


def take_memory(size, below):
    """malloc(3) of a piece for ever, where there is one below that address. Says whether there was."""
    address = _libc.malloc(size)
    if address is not None and address < below:
        return True
    _libc.free(address)
    return False


def unread(fd):
    """How many bytes a pipe holds that nobody has read."""
    return _ask(fd, termios.FIONREAD)


def unsent(fd):
    """How much of what was sent on a Unix socket the other side has not read."""
    return _ask(fd, _SIOCOUTQ)


def _ask(fd, what):
    # Not by `fcntl`, which tells audit hooks each time.
    count = ctypes.c_int()
    _check(_ioctl(fd, what, ctypes.byref(count)), 'ioctl')
    return count.value


class SignalMask:
    """Holds all signals back from this thread, and lets through again what the mask was before, and SIGINT always.

    By ctypes, since Python's pthread_sigmask makes a set of enum members each time, which costs more than the call.
    """

    def __init__(self):
        self._all = (ctypes.c_ubyte * 128)(*[0xff] * 128)
        self._before = (ctypes.c_ubyte * 128)()
        self.held = False

    def hold(self):
        if not self.held:
            # First: when the call returns, a handler may run, and raise.
            self.held = True
            _pthread_sigmask(_SIG_SETMASK, self._all, self._before)

    def let_through(self):
        if self.held:
            self._before[0] &= ~_SIGINT_BIT
            self.held = False
            _pthread_sigmask(_SIG_SETMASK, self._before, None)
