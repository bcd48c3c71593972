"""The door: the one way into a sandbox, for every program (I1). No other code joins a namespace or drops a right.

Two steps, since a process cannot enter a PID namespace itself: `fork_inside` makes the process, `enter_sandbox`, called
in it, does all the rest in the one order that works, and raises before anything of a user can run (I3).
"""

import fcntl
import os
import resource
from dataclasses import dataclass

from . import linux
from .seccomp import Filter, compile_filter

INSIDE_UID = INSIDE_GID = 1000
_HIGH_FD = 200

# What the host itself may have does not matter. A core size of one byte is the one value with which the kernel does not start the
# program of /proc/sys/kernel/core_pattern, as root and outside, for each process that crashes; 0 does not prevent that.
_RESOURCES = ((resource.RLIMIT_CORE, 1), (resource.RLIMIT_NOFILE, 16384), (resource.RLIMIT_NICE, 0), (resource.RLIMIT_RTPRIO, 0))


class CwdUnusable(Exception):
    """The process is inside, and complete, but for its working directory."""


@dataclass(frozen=True)
class Entry:
    """Who enters where. `holder_fd` is a pidfd; `stdio` become descriptors 0, 1, 2; `keep` are the only others that stay open."""

    holder_fd: int
    cgroups: tuple
    cwd: str
    stdio: tuple
    keep: tuple


@dataclass(frozen=True)
class Confinement:
    """What is the same for every program, worked out once: the highest capability to drop, the seccomp filter, and whether there are groups to leave."""

    last_capability: int
    seccomp_filter: Filter
    leaves_groups: bool


def prepare_confinement():
    """The confinement of this machine. Raises OSError where a part of it cannot be had (I3)."""
    return Confinement(linux.last_capability(), Filter(compile_filter()), _may_leave_groups())


def fork_inside(holder_fd, own_pid_namespace):
    """fork(2) whose child is in the PID namespace of the holder. Needs a process of one thread."""
    linux.setns(holder_fd, linux.NEWPID)
    pid = None
    try:
        pid = os.fork()
    finally:
        # Not in the child: it is inside, and nobody gets from there to an outer PID namespace.
        if pid != 0:
            linux.setns(own_pid_namespace, linux.NEWPID)
    return pid


def enter_sandbox(entry, confinement):
    """Put this process into the sandbox: namespaces, cgroups, uid, no rights at all, no descriptor but its own.

    Raises OSError, after which the process must end; and CwdUnusable, after which it may say so first.
    """
    for path in entry.cgroups:
        _write(path, b'0')
    _be_killable()
    _limit_resources()
    if confinement.leaves_groups:
        os.setgroups([])
    # All of them, or none: to join one's own user namespace is an error. That of processes it was made in.
    linux.setns(entry.holder_fd, linux.NAMESPACES & ~linux.NEWPID)
    os.setsid()
    for number, fd in enumerate(entry.stdio):
        os.dup2(fd, number)
    _close_all_but(entry.keep)
    os.setresgid(INSIDE_GID, INSIDE_GID, INSIDE_GID)
    linux.drop_bounding_set(confinement.last_capability)
    os.setresuid(INSIDE_UID, INSIDE_UID, INSIDE_UID)
    # A change from an unmapped uid does not clear them by itself.
    linux.clear_capabilities()
    linux.set_no_new_privileges()
    linux.hold_no_signal()
    os.umask(0o022)
    confinement.seccomp_filter.load()
    # Last: until here nobody in the sandbox could look into this process.
    linux.set_dumpable()
    try:
        os.chdir(entry.cwd)
    except OSError as error:
        os.chdir('/')
        raise CwdUnusable(f'{entry.cwd}: {error.strerror}') from None


def move_high(fd):
    """The same file under a number that programs do not expect to be free; the old one is closed."""
    high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HIGH_FD)
    os.close(fd)
    return high


def _write(path, data):
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)


def _may_leave_groups():
    # Not in a user namespace of one uid, which only an operator can have asked for (`--allow-weak=uids`).
    with open('/proc/self/setgroups', encoding='ascii') as file:
        return file.read().strip() == 'allow'


def _be_killable():
    # The host may protect itself from the out-of-memory killer; what it forks must not inherit that. Nor may it go back there: what
    # may be the lowest value is the last one that was written with the right to do so.
    fd = os.open('/proc/self/oom_score_adj', os.O_RDWR | os.O_CLOEXEC)
    try:
        if int(os.read(fd, 100)) <= 0:
            os.write(fd, b'0')
    finally:
        os.close(fd)


def _limit_resources():
    for which, most in _RESOURCES:
        try:
            resource.setrlimit(which, (most, most))
        except ValueError:
            # It has less, and may not have more: an ordinary user.
            hard = resource.getrlimit(which)[1]
            resource.setrlimit(which, (hard, hard))


def _close_all_but(keep):
    low = 3
    for fd in sorted(keep):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, os.sysconf('SC_OPEN_MAX'))
