"""The outer namespaces of a host that is not root's: in them its ordinary user is root, over uids of its own and nothing else.

    python -I -S -c 'import sys; sys.path.insert(0, sys.argv[1]); from quicksand_kernel.outer import main; main()' FOLDER PROGRAM ARGUMENT…

Who starts this writes the maps of ids, which only programs of root may. Descriptor 3 brings its words, one a line: `mapped`,
then `signal NUMBER` for the program; its end is the program's end. Descriptor 4 tells it `made`, or `failed MESSAGE`.

Three processes: this one waits; its child is the first in the new PID namespace (with it the kernel ends all others) and
reaps; that one's child becomes the program.
"""

import os
import select
import signal
import sys

from . import linux

_CONTROL, _STATUS = 3, 4

#: A terminal sends these to the program, too; a process that only waits for its end must not go first.
_LEFT_TO_THE_PROGRAM = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM)


def main():
    for fd in (_CONTROL, _STATUS):
        os.set_inheritable(fd, False)
    command = sys.argv[2:]
    for number in _LEFT_TO_THE_PROGRAM:
        signal.signal(number, signal.SIG_IGN)
    try:
        linux.unshare(linux.NEWUSER | linux.NEWNS | linux.NEWPID)
        linux.die_with_parent()
        os.write(_STATUS, b'made\n')
        words = _Words()
        if words.read() and words.next() == b'mapped':
            first = os.fork()
            if first == 0:
                _be_first(command, words)
            os.close(_STATUS)
            _, status = os.waitpid(first, 0)
            os._exit(_to_exit_code(status))
    except OSError as error:
        _fail(error)
    os._exit(1)


def _be_first(command, words):
    """The first process: starts the program, passes signals on, reaps whatever has lost its parent."""
    try:
        linux.die_with_parent()
        linux.keep_mounts_to_oneself()
        linux.mount_proc()
        wakes, waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        program = os.fork()
    except OSError as error:
        _fail(error)
        os._exit(1)
    if program == 0:
        _become(command)
    os.close(_STATUS)
    while True:
        ready, _, _ = select.select((wakes, _CONTROL), (), ())
        if wakes in ready:
            os.read(wakes, 4096)
        _reap(program)
        if _CONTROL in ready and not words.read():
            # Whoever started this is gone.
            os._exit(1)
        while (word := words.next()) is not None:
            os.kill(program, int(word.removeprefix(b'signal ')))


def _become(command):
    signal.set_wakeup_fd(-1)
    for number in (*_LEFT_TO_THE_PROGRAM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        _fail(error, command[0])
    os._exit(127)


def _reap(program):
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == program:
            os._exit(_to_exit_code(status))
        if pid == 0:
            return


def _to_exit_code(status):
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _fail(error, what=None):
    os.write(_STATUS, f'failed {f"{what}: " if what else ""}{error.strerror}\n'.encode())


class _Words:
    """The lines of the control descriptor."""

    def __init__(self):
        self._held = b''

    def read(self):
        """Read once; False at the end."""
        data = os.read(_CONTROL, 4096)
        self._held += data
        return data != b''

    def next(self):
        line, end, rest = self._held.partition(b'\n')
        if not end:
            return None
        self._held = rest
        return line
