"""The seccomp filter, decision by decision, for both architectures; and on this machine's real kernel.

The decisions are those of the compiled BPF program, run by a small interpreter of classic BPF below: so the filter for an
architecture that this machine does not have is checked too, but nothing here runs on that architecture.
"""

import ctypes
import errno
import os
import platform
import struct
import unittest

from host import shared_host
from quicksand_kernel import linux, seccomp

ALLOW, EPERM, ENOSYS, DONE = 'allowed', 'EPERM', 'ENOSYS', 'done already'
HIGH = 1 << 32

# What a sandbox must never do, whatever rights it might have got hold of.
REFUSED = """
acct add_key adjtimex bpf chroot clock_adjtime clock_settime create_module delete_module fanotify_init fanotify_mark
finit_module fsconfig fsmount fsopen fspick get_mempolicy init_module io_uring_enter io_uring_register io_uring_setup
ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind memfd_secret migrate_pages modify_ldt mount
mount_setattr move_mount move_pages name_to_handle_at nfsservctl open_by_handle_at open_tree perf_event_open
pidfd_getfd pivot_root process_vm_readv process_vm_writev ptrace quotactl quotactl_fd reboot request_key
set_mempolicy setdomainname sethostname setns settimeofday stime swapoff swapon sync syncfs sysfs syslog umount umount2 unshare
uselib userfaultfd ustat vhangup vserver
""".split()

# What the libraries of a code interpreter live on.
NEEDED = """
accept4 bind brk capget chdir clock_gettime close close_range connect copy_file_range dup3 epoll_create1 epoll_ctl
epoll_pwait epoll_pwait2 eventfd2 execve exit_group faccessat2 fallocate fchmodat2 fcntl flock fstat fsync ftruncate
futex futex_waitv getdents64 getpid getrandom getrusage inotify_init1 kill listen lseek madvise membarrier memfd_create
mkdirat mmap mprotect mq_open mremap munmap nanosleep newfstatat openat openat2 pidfd_open pidfd_send_signal pipe2 ppoll
prctl pread64 prlimit64 pwrite64 read readlinkat recvmsg renameat2 rseq rt_sigaction rt_sigprocmask sched_getaffinity
sched_setaffinity sched_yield semget sendfile sendmsg set_robust_list setitimer setsid setsockopt shmat shmget
sigaltstack signalfd4 splice statx symlinkat tgkill timer_create timerfd_create umask uname unlinkat utimensat wait4
waitid write writev
""".split()

CORE, NOFILE, POINTER = 4, 7, 0x7F0000001000
NAMESPACE_FLAGS = (0x80, 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
STREAM, DGRAM, RAW, SEQPACKET, CLOEXEC = 1, 2, 3, 5, 0o2000000
TIOCSTI, TIOCLINUX, FIONREAD, TCGETS, TIOCGPTN = 0x5412, 0x541C, 0x541B, 0x5401, 0x80045430

# (call, arguments, decision): the decisions that look at arguments.
BY_ARGUMENT = [
    ('clone', (0x3D0F00,), ALLOW), ('clone', (17,), ALLOW), ('clone3', (), ENOSYS),
    *(('clone', (17 | flag,), EPERM) for flag in NAMESPACE_FLAGS),
    ('clone', (17 | 0x10000000 | HIGH,), EPERM),
    ('socket', (UNIX, STREAM | CLOEXEC, 0), ALLOW), ('socket', (UNIX, SEQPACKET, 0), ALLOW),
    *(('socket', (family, kind | CLOEXEC, protocol), ALLOW) for family in (INET, INET6) for kind in (STREAM, DGRAM) for protocol in (0, 6, 17)),
    *(('socket', (family, RAW, protocol), EPERM) for family in (INET, INET6) for protocol in (0, 1, 6, 17, 58, 255)),
    # ICMP, DCCP, SCTP, UDP-Lite, MPTCP
    *(('socket', (INET, kind, protocol), EPERM) for kind in (STREAM, DGRAM, SEQPACKET) for protocol in (1, 33, 132, 136, 262)),
    ('socket', (NETLINK, RAW | CLOEXEC, 0), ALLOW), ('socket', (NETLINK, DGRAM, 0), ALLOW),
    # SOCK_DIAG, NFLOG, XFRM, AUDIT, NETFILTER, KOBJECT_UEVENT, GENERIC, CRYPTO
    *(('socket', (NETLINK, RAW, protocol), EPERM) for protocol in (4, 5, 6, 9, 12, 15, 16, 21)),
    *(('socket', (family, kind, 0), EPERM) for family in range(48) if family not in (UNIX, INET, INET6, NETLINK) for kind in (STREAM, DGRAM, RAW)),
    ('socket', (UNIX | HIGH, STREAM, 0), EPERM), ('socket', (INET | HIGH, STREAM, 0), EPERM),
    ('socketpair', (UNIX, STREAM, 0), ALLOW), ('socketpair', (INET, STREAM, 0), EPERM), ('socketpair', (30, STREAM, 0), EPERM),
    *(('ioctl', (0, number), EPERM) for number in (TIOCSTI, TIOCLINUX, TIOCSTI | HIGH, TIOCLINUX | HIGH, TIOCSTI | 0xFFFFFFFF00000000)),
    *(('ioctl', (0, number), ALLOW) for number in (FIONREAD, TCGETS, TIOCGPTN, 0, 0xFFFFFFFF, TIOCSTI ^ 1, TIOCLINUX ^ 1, TIOCSTI | 0x10000)),
    ('io_setup', (1,), ENOSYS), *((f'io_{call}', (), EPERM) for call in ('submit', 'getevents', 'destroy', 'cancel')),
    *(('prctl', (option,), EPERM) for option in (62, 62 | HIGH)), *(('prctl', (option,), ALLOW) for option in (1, 4, 22, 38, 60, 61, 63, 0x53564D41)),
    # Core files: the size may be asked for, and neither raised nor set to 0. No limit of another process is hidden behind the upper half.
    ('setrlimit', (NOFILE, POINTER), ALLOW), ('setrlimit', (CORE, POINTER), DONE), ('setrlimit', (CORE | HIGH, POINTER), DONE),
    ('prlimit64', (0, NOFILE, POINTER, 0), ALLOW), ('prlimit64', (0, NOFILE, POINTER, POINTER), ALLOW),
    ('prlimit64', (0, CORE, 0, POINTER), ALLOW), ('prlimit64', (0, CORE, POINTER, 0), DONE), ('prlimit64', (0, CORE | HIGH, POINTER, 0), DONE),
    ('prlimit64', (0, CORE, POINTER, POINTER), EPERM), ('prlimit64', (0, CORE | HIGH, POINTER, POINTER), EPERM),
    ('personality', (0xFFFFFFFF,), ALLOW), ('personality', (0,), ALLOW), ('personality', (0x0040000,), EPERM), ('personality', (0x0400000,), EPERM),
]


def number_of(name, architecture):
    library = ctypes.CDLL('libseccomp.so.2')
    recent = seccomp._RECENT.get(name)
    return recent or library.seccomp_syscall_resolve_name_arch(ctypes.c_uint32(seccomp.ARCHITECTURES[architecture]), name.encode())


def run_bpf(program, data):
    """Classic BPF on a struct seccomp_data; gives what the program returns."""
    code = [struct.unpack_from('=HBBI', program, at) for at in range(0, len(program), 8)]
    at = accumulator = 0
    while True:
        operation, yes, no, k = code[at]
        at += 1
        if operation == 0x20:
            accumulator = struct.unpack_from('=I', data, k)[0]
        elif operation == 0x54:
            accumulator &= k
        elif operation == 0x05:
            at += k
        elif operation in (0x15, 0x25, 0x35, 0x45):
            hit = {0x15: accumulator == k, 0x25: accumulator > k, 0x35: accumulator >= k, 0x45: accumulator & k != 0}[operation]
            at += yes if hit else no
        elif operation == 0x06:
            return k
        else:
            raise AssertionError(f'an instruction that this interpreter does not know: {operation:#x}')


def decide(program, audit_architecture, number, arguments=()):
    words = [*arguments, *[0] * (6 - len(arguments))]
    answer = run_bpf(program, struct.pack('=IIQ6Q', number & 0xFFFFFFFF, audit_architecture, 0, *words))
    if answer == 0x7FFF0000:
        return ALLOW
    if answer & 0xFFFF0000 != 0x00050000:
        return hex(answer)
    return errno.errorcode[answer & 0xFFFF] if answer & 0xFFFF else DONE


class DecisionsTest(unittest.TestCase):
    def each(self):
        for name, audit in seccomp.ARCHITECTURES.items():
            with self.subTest(architecture=name):
                yield name, audit, seccomp.compile_filter(name)

    def test_what_is_refused(self):
        for name, audit, program in self.each():
            found = {call: number_of(call, name) for call in REFUSED}
            here = {call: number for call, number in found.items() if number >= 0}
            self.assertGreater(len(here), 50)
            self.assertEqual({call: decide(program, audit, number) for call, number in here.items()}, dict.fromkeys(here, EPERM))

    def test_what_libraries_need(self):
        for name, audit, program in self.each():
            found = {call: number_of(call, name) for call in NEEDED}
            self.assertEqual([call for call, number in found.items() if number < 0], [])
            self.assertEqual({call: decide(program, audit, number) for call, number in found.items()}, dict.fromkeys(found, ALLOW))

    def test_what_depends_on_arguments(self):
        for name, audit, program in self.each():
            for call, arguments, expected in BY_ARGUMENT:
                with self.subTest(call=call, arguments=[hex(argument) for argument in arguments]):
                    self.assertEqual(decide(program, audit, number_of(call, name), arguments), expected)

    def test_every_number_that_is_allowed_has_a_name_on_the_list(self):
        for name, audit, program in self.each():
            listed = {number_of(call, name) for call in (*seccomp._NAMES, *seccomp._RECENT)}
            # With arguments that those calls accept whose arguments matter.
            by_argument = {number_of(call, name) for call in ('clone', 'socket', 'socketpair', 'ioctl', 'personality', 'prctl', 'setrlimit', 'prlimit64')}
            allowed = {number for number in range(1024) if decide(program, audit, number, (1, 1)) == ALLOW}
            self.assertEqual(allowed - listed - by_argument, set())
            self.assertEqual({number for number in listed if number >= 0} - allowed, set())

    def test_a_call_newer_than_the_list_does_not_exist(self):
        for _, audit, program in self.each():
            self.assertEqual({decide(program, audit, number) for number in range(463, 1024)}, {ENOSYS})

    def test_other_ways_to_call_the_kernel_find_nothing(self):
        for name, _, program in self.each():
            # i386, arm, x32, and numbers no kernel has
            others = [0x40000003, 0x40000028, *(audit for other, audit in seccomp.ARCHITECTURES.items() if other != name)]
            for audit in others:
                self.assertEqual({decide(program, audit, number) for number in range(512)}, {ENOSYS})
        program = seccomp.compile_filter('x86_64')
        for number in (0x40000000, 0x40000001, 0x40000200, 0x4000020F, 0xFFFFFFFF, 0x80000000):
            self.assertIn(decide(program, seccomp.ARCHITECTURES['x86_64'], number), (ENOSYS, EPERM))


class RealKernelTest(unittest.TestCase):
    """The same decisions by the kernel of this machine, in a process that has loaded the filter."""

    def test_refused_calls_are_refused(self):
        machine = platform.machine()
        numbers = {call: number_of(call, machine) for call in REFUSED}
        numbers = {call: number for call, number in numbers.items() if number >= 0}
        answers = in_filtered_child(lambda call: syscall(numbers[call], -1, -1, -1, -1, -1, -1), numbers)
        self.assertEqual(answers, dict.fromkeys(numbers, 'EPERM'))

    def test_arguments_are_looked_at(self):
        cases = {f'{call} {arguments}': (number_of(call, platform.machine()), arguments, expected) for call, arguments, expected in BY_ARGUMENT}
        refused = {label: expected for label, (_, _, expected) in cases.items() if expected not in (ALLOW, DONE)}
        self.assertGreater(len(refused), 100)
        answers = in_filtered_child(lambda label: syscall(cases[label][0], *cases[label][1]), refused)
        self.assertEqual(answers, refused)

    @unittest.skipUnless(platform.machine() == 'x86_64', 'the other ways to call the kernel of this test are those of x86-64')
    def test_the_way_of_32_bits(self):
        # mov eax, 20 (getpid of i386); int 0x80; ret
        getpid = bytes.fromhex('b814000000cd80c3')
        numbers = {'int 0x80': None, 'x32': 0x40000000 + 39}
        answers = in_filtered_child(lambda way: run_machine_code(getpid) if way == 'int 0x80' else syscall(numbers[way]), numbers)
        self.assertEqual(answers, dict.fromkeys(numbers, 'ENOSYS'))


def syscall(number, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(number), *(ctypes.c_ulong(argument & (1 << 64) - 1) for argument in arguments)) == -1:
        return errno.errorcode[ctypes.get_errno()]
    return ALLOW


def run_machine_code(code):
    import mmap
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    result = function()
    return errno.errorcode[-result] if result < 0 else ALLOW


def in_filtered_child(attempt, labels):
    """The answer to each attempt, from a child that loaded the filter, and that ends if one of them should succeed in replacing it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            linux.set_no_new_privileges()
            seccomp.Filter(seccomp.compile_filter()).load()
            for label in labels:
                os.write(writing, f'{label}\t{attempt(label)}\n'.encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, encoding='utf-8') as file:
        lines = file.read().splitlines()
    os.waitpid(pid, 0)
    return dict(line.split('\t') for line in lines)


class InsideTest(unittest.TestCase):
    def test_a_kernel_has_exactly_one_filter(self):
        kernel = shared_host().spawn()
        kernel.execute('1')
        with open(f'/proc/{kernel.pid}/status', encoding='ascii') as file:
            status = dict(line.split(':\t', 1) for line in file.read().splitlines() if ':\t' in line)
        self.assertEqual((status['Seccomp'], status['Seccomp_filters']), ('2', '1'))
        kernel.kill()


if __name__ == '__main__':
    unittest.main()
