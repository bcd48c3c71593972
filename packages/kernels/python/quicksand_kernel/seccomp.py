"""The seccomp filter of every program in a sandbox (I1): an allow-list, compiled by libseccomp.

What is not named here is refused with EPERM, so that programs see an ordinary error; what is newer than the list, and the
calls of another architecture, with ENOSYS, so that C libraries do without. The list holds what ordinary
programs need (Python with its scientific packages, Node, compilers, shells, databases); whoever adds a name says in the
commit which program asked for it. It is compiled once, in the zygote; a child only loads the program.
"""

import ctypes
import errno
import os
import struct

_ALLOW = 0x7FFF0000
_NOT_PERMITTED = 0x00050000 | errno.EPERM
_NOT_IMPLEMENTED = 0x00050000 | errno.ENOSYS
# Says that it worked, and does nothing.
_DONE_ALREADY = 0x00050000
_NOT_EQUAL, _EQUAL, _MASKED_EQUAL = 1, 4, 7
_UNKNOWN_SYSCALL = -1
# Attributes of a filter, and a value of one.
_ON_OTHER_ARCHITECTURE, _OPTIMIZE, _AS_A_TREE = 2, 8, 2

#: The architectures that a filter can be compiled for, as `uname -m` names them, and their AUDIT_ARCH numbers.
ARCHITECTURES = {'x86_64': 0xC000003E, 'aarch64': 0xC00000B7}

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

# CLONE_NEWTIME … CLONE_NEWNET of clone(2): a new namespace of any kind.
_NEW_NAMESPACES = 0x00000080 | 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_UNIX, _INTERNET, _NETLINK, _ROUTE = 1, (2, 10), 16, 0
_STREAM_AND_DATAGRAM, _TYPE_MASK = (1, 2), 0xF
_DEFAULT_TCP_UDP = (0, 6, 17)
_PERSONALITIES = (0x0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
# Typing into somebody's terminal: TIOCSTI, and TIOCLINUX for a console.
_REFUSED_IOCTLS = (0x5412, 0x541C)
# Keeping others off the same core: PR_SCHED_CORE.
_REFUSED_PRCTLS = (62,)
_RLIMIT_CORE = 4

# Calls that an older libseccomp has no name for. From 424 on the numbers are the same on every architecture.
_RECENT = {
    'pidfd_send_signal': 424, 'pidfd_open': 434, 'close_range': 436, 'openat2': 437, 'faccessat2': 439, 'process_madvise': 440,
    'epoll_pwait2': 441, 'landlock_create_ruleset': 444, 'landlock_add_rule': 445, 'landlock_restrict_self': 446,
    'process_mrelease': 448, 'futex_waitv': 449, 'cachestat': 451, 'fchmodat2': 452, 'futex_wake': 454, 'futex_wait': 455,
    'futex_requeue': 456, 'mseal': 462,
}
# A call that came after these is one that this kernel does not have: the C library does without it, as on an older kernel.
_NEWEST = max(_RECENT.values())
_FIRST_X32 = 0x40000000

_NAMES = """
accept accept4 access alarm arch_prctl bind brk capget capset chdir chmod chown clock_getres clock_gettime
clock_nanosleep close connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait
epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat fadvise64 fallocate fchdir fchmod fchmodat fchown
fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex
futimesat get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer
getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid
getsockname getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch
ioprio_get ioprio_set kill lchown lgetxattr link
linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat madvise membarrier memfd_create mincore mkdir
mkdirat mknod mknodat mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend
mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep newfstatat open openat pause pipe
pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll pread64 preadv preadv2 pselect6 pwrite64 pwritev
pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg recvmsg remap_file_pages removexattr rename
renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam
sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop send sendfile sendmmsg sendmsg sendto
set_robust_list set_thread_area set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid setpriority
setregid setresgid setresuid setreuid setsid setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown
sigaltstack signalfd signalfd4 splice stat statfs statx symlink symlinkat sync_file_range sysinfo tee tgkill
time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime
timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid
waitpid write writev
""".split()


_libc = ctypes.CDLL(None, use_errno=True)


class _Comparison(ctypes.Structure):
    _fields_ = [('arg', ctypes.c_uint), ('op', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


class _Program(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]


def compile_filter(architecture=None):
    """The filter as BPF instructions, for this machine or for one of ARCHITECTURES. Raises OSError without libseccomp (I3)."""
    library = ctypes.CDLL('libseccomp.so.2', use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    context = ctypes.c_void_p(library.seccomp_init(_NOT_PERMITTED))
    if not context:
        raise OSError('libseccomp could not make a filter')
    try:
        # A program of another architecture, or of another way to call this one (32 bits), finds a kernel without system calls.
        _check(library.seccomp_attr_set(context, _ON_OTHER_ARCHITECTURE, ctypes.c_uint32(_NOT_IMPLEMENTED)), 'seccomp')
        # Linux asks the filter about every call there is when it is loaded, and about some whenever they are made.
        _check(library.seccomp_attr_set(context, _OPTIMIZE, ctypes.c_uint32(_AS_A_TREE)), 'seccomp')
        if architecture is not None:
            _check(library.seccomp_arch_remove(context, ctypes.c_uint32(0)), 'seccomp')
            _check(library.seccomp_arch_add(context, ctypes.c_uint32(ARCHITECTURES[architecture])), architecture)
        _add_rules(library, context)
        return _recent_calls(ARCHITECTURES[architecture or os.uname().machine]) + _export(library, context)
    finally:
        library.seccomp_release(context)


class Filter:
    """A filter that is ready to be loaded. `instructions`: those of `compile_filter`."""

    def __init__(self, instructions):
        self.instructions = instructions
        self._buffer = ctypes.create_string_buffer(instructions, len(instructions))
        self._program = _Program(len(instructions) // 8, ctypes.addressof(self._buffer))
        self._call = _libc.prctl
        self._arguments = _PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(self._program), 0, 0

    def load(self):
        """Confine this process, and all that it starts, for ever. Needs NoNewPrivs."""
        if self._call(*self._arguments) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f'seccomp: {os.strerror(code)}')


def _add_rules(library, context):
    def add(action, name, *comparisons):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == _UNKNOWN_SYSCALL:
            raise OSError(errno.ENOSYS, f'libseccomp does not know the call {name}')
        array = (_Comparison * len(comparisons))(*comparisons)
        error = library.seccomp_rule_add_array(
            context, ctypes.c_uint32(action), ctypes.c_int(number), ctypes.c_uint(len(comparisons)), array
        )
        # A call that this architecture does not have (EDOM) needs no rule.
        if error != -errno.EDOM:
            _check(error, f'seccomp rule for {name}')

    for name in _NAMES:
        add(_ALLOW, name)
    add(_ALLOW, 'clone', _Comparison(0, _MASKED_EQUAL, _NEW_NAMESPACES, 0))
    # Its flags are behind a pointer, where no filter can look: the C library falls back to clone.
    add(_NOT_IMPLEMENTED, 'clone3')
    _add_socket_rules(add)
    for personality in _PERSONALITIES:
        add(_ALLOW, 'personality', _Comparison(0, _EQUAL, personality, 0))
    for call, place, refused in (('ioctl', 1, _REFUSED_IOCTLS), ('prctl', 0, _REFUSED_PRCTLS)):
        for mask, value in _all_but(refused):
            add(_ALLOW, call, _Comparison(place, _MASKED_EQUAL, mask, value))
    # The number of requests is a limit of the whole machine.
    add(_NOT_IMPLEMENTED, 'io_setup')
    _add_resource_rules(add)


def _add_resource_rules(add):
    # The limit of core files has the one value that means none (door.py). Programs that want none too must not fail.
    for mask, value in _all_but((_RLIMIT_CORE,)):
        add(_ALLOW, 'setrlimit', _Comparison(0, _MASKED_EQUAL, mask, value))
        add(_ALLOW, 'prlimit64', _Comparison(1, _MASKED_EQUAL, mask, value))
    core = 0xFFFFFFFF, _RLIMIT_CORE
    add(_DONE_ALREADY, 'setrlimit', _Comparison(0, _MASKED_EQUAL, *core))
    add(_ALLOW, 'prlimit64', _Comparison(1, _MASKED_EQUAL, *core), _Comparison(2, _EQUAL, 0, 0))
    # Not where the old value is asked for as well: it would not be told.
    add(_DONE_ALREADY, 'prlimit64', _Comparison(1, _MASKED_EQUAL, *core), _Comparison(2, _NOT_EQUAL, 0, 0), _Comparison(3, _EQUAL, 0, 0))


def _add_socket_rules(add):
    # By protocol as well: the kernel loads a module for one that it does not have.
    for name in ('socket', 'socketpair'):
        add(_ALLOW, name, _Comparison(0, _EQUAL, _UNIX, 0))
    for family in _INTERNET:
        for kind in _STREAM_AND_DATAGRAM:
            for protocol in _DEFAULT_TCP_UDP:
                add(
                    _ALLOW, 'socket', _Comparison(0, _EQUAL, family, 0), _Comparison(1, _MASKED_EQUAL, _TYPE_MASK, kind),
                    _Comparison(2, _EQUAL, protocol, 0),
                )
    # The C library lists interfaces and addresses with it.
    add(_ALLOW, 'socket', _Comparison(0, _EQUAL, _NETLINK, 0), _Comparison(2, _EQUAL, _ROUTE, 0))


def _all_but(values, mask=0, value=0, bit=31):
    """Pairs (mask, value) that match each number of 32 bits but `values`. The kernel ignores the upper half of such a
    number, so that a comparison of the whole, as "not equal" is, would be passed by setting a bit there."""
    if not any(refused & mask == value for refused in values):
        yield mask, value
    elif bit >= 0:
        yield from _all_but(values, mask | 1 << bit, value, bit - 1)
        yield from _all_but(values, mask | 1 << bit, value | 1 << bit, bit - 1)


def _recent_calls(architecture):
    """BPF that decides the calls from 424 on that are allowed and those after _NEWEST, and leaves all others to what follows it."""
    load, jump_equal, jump_greater, jump_at_least, answer = 0x20, 0x15, 0x25, 0x35, 0x06
    count = len(_RECENT)
    # The steps from an instruction are counted from the next one. Behind the comparisons: over both answers, refuse, allow.
    code = [(load, 0, 0, 4), (jump_equal, 0, count + 6, architecture), (load, 0, 0, 0)]
    code.append((jump_at_least, count + 4, 0, _FIRST_X32))
    code.append((jump_greater, count + 1, 0, _NEWEST))
    for place, number in enumerate(sorted(_RECENT.values())):
        code.append((jump_equal, count - place + 1, 0, number))
    code += [(0x05, 0, 0, 2), (answer, 0, 0, _NOT_IMPLEMENTED), (answer, 0, 0, _ALLOW)]
    return b''.join(struct.pack('=HBBI', *instruction) for instruction in code)


def _export(library, context):
    file = os.memfd_create('seccomp', os.MFD_CLOEXEC)
    try:
        _check(library.seccomp_export_bpf(context, file), 'seccomp')
        return os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)


def _check(error, what):
    if error != 0:
        raise OSError(-error, f'{what}: {os.strerror(-error)}')
