"""The seccomp filter of every program in a sandbox (I1): an allow-list, compiled by libseccomp.

What is not named here is refused with EPERM, so that programs see an ordinary error. The list holds what ordinary
programs need (Python with its scientific packages, Node, compilers, shells, databases); whoever adds a name says in the
commit which program asked for it. It is compiled once, in the zygote; a child only loads the program.
"""

import ctypes
import errno
import os

_ALLOW = 0x7FFF0000
_NOT_PERMITTED = 0x00050000 | errno.EPERM
_NOT_IMPLEMENTED = 0x00050000 | errno.ENOSYS
_NOT_EQUAL, _EQUAL, _MASKED_EQUAL = 1, 4, 7
_UNKNOWN_SYSCALL = -1

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

# CLONE_NEWTIME … CLONE_NEWNET of clone(2): a new namespace of any kind.
_NEW_NAMESPACES = 0x00000080 | 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_FAMILIES = {'AF_UNIX': 1, 'AF_INET': 2, 'AF_INET6': 10, 'AF_NETLINK': 16}
_PERSONALITIES = (0x0, 0x0008, 0x20000, 0x20008, 0xFFFFFFFF)
_TIOCSTI = 0x5412

_NAMES = """
accept accept4 access alarm arch_prctl bind brk cachestat capget capset chdir chmod chown clock_getres
clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1
epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2
fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork
fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat
get_robust_list get_thread_area getcpu getcwd getdents getdents64 getegid geteuid getgid getgroups getitimer getpeername
getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname
getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel
io_destroy io_getevents io_pgetevents io_setup io_submit ioprio_get ioprio_set kill landlock_add_rule
landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr lremovexattr
lseek lsetxattr lstat madvise membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap
mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv msgsnd
msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2
pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 process_madvise process_mrelease
pselect6 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv recv recvfrom recvmmsg recvmsg
remap_file_pages removexattr rename renameat renameat2 restart_syscall riscv_hwprobe rmdir rseq rt_sigaction
rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo
sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp select
semctl semget semop semtimedop send sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address
setfsgid setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid
setsockopt setuid setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 socketpair
splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete
timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate
umask uname unlink unlinkat utime utimensat utimes vfork vmsplice wait4 waitid waitpid write writev
""".split()


class _Comparison(ctypes.Structure):
    _fields_ = [('arg', ctypes.c_uint), ('op', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


class _Program(ctypes.Structure):
    _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]


def compile_filter():
    """The filter as BPF instructions, for the architecture of this machine. Raises OSError without libseccomp (I3)."""
    library = ctypes.CDLL('libseccomp.so.2', use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    for name in ('seccomp_rule_add_array', 'seccomp_export_bpf', 'seccomp_release'):
        getattr(library, name).argtypes = None
    context = ctypes.c_void_p(library.seccomp_init(_NOT_PERMITTED))
    if not context:
        raise OSError('libseccomp could not make a filter')
    try:
        _add_rules(library, context)
        return _export(library, context)
    finally:
        library.seccomp_release(context)


def load_filter(program):
    """Confine this process, and all that it starts, for ever. Needs NoNewPrivs."""
    buffer = ctypes.create_string_buffer(program, len(program))
    wanted = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p).value)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(wanted), 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f'seccomp: {os.strerror(code)}')


def _add_rules(library, context):
    def add(action, name, *comparisons):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number == _UNKNOWN_SYSCALL:
            return  # newer than this libseccomp, so refused
        array = (_Comparison * len(comparisons))(*comparisons)
        error = library.seccomp_rule_add_array(
            context, ctypes.c_uint32(action), ctypes.c_int(number), ctypes.c_uint(len(comparisons)), array
        )
        # A call that this architecture does not have (EDOM) needs no rule.
        if error not in (0, -errno.EDOM):
            raise OSError(-error, f'seccomp rule for {name}: {os.strerror(-error)}')

    for name in _NAMES:
        add(_ALLOW, name)
    add(_ALLOW, 'clone', _Comparison(0, _MASKED_EQUAL, _NEW_NAMESPACES, 0))
    # Its flags are behind a pointer, where no filter can look: the C library falls back to clone.
    add(_NOT_IMPLEMENTED, 'clone3')
    for family in _FAMILIES.values():
        add(_ALLOW, 'socket', _Comparison(0, _EQUAL, family, 0))
    for personality in _PERSONALITIES:
        add(_ALLOW, 'personality', _Comparison(0, _EQUAL, personality, 0))
    # Typing into somebody's terminal.
    add(_ALLOW, 'ioctl', _Comparison(1, _NOT_EQUAL, _TIOCSTI, 0))


def _export(library, context):
    file = os.memfd_create('seccomp', os.MFD_CLOEXEC)
    try:
        error = library.seccomp_export_bpf(context, file)
        if error != 0:
            raise OSError(-error, f'seccomp: {os.strerror(-error)}')
        return os.pread(file, os.fstat(file).st_size, 0)
    finally:
        os.close(file)
