"""Becoming another program, inside: a command, or a kernel that is not a fork of the zygote."""

import errno
import os
import signal

_CHANNEL_FD = 3
# What Python ignores, and the zygote; a program expects the defaults.
_IGNORED = (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)


class ProgramUnusable(Exception):
    """There is no such program, or it cannot be run. `problem` says which."""

    def __init__(self, problem, message):
        super().__init__(message)
        self.problem = problem


def become_program(argv, env, inherited):
    """execve(2) with exactly `env`; a bare name is looked up on its PATH. `inherited` become descriptors 3, 4, 5 …

    The process must be inside already (door.py). Raises ProgramUnusable, and returns never.
    """
    for number, fd in enumerate(inherited, _CHANNEL_FD):
        os.dup2(fd, number)
    for number in _IGNORED:
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvpe(argv[0], argv, env)
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
        raise ProgramUnusable('program_not_found' if missing else 'program_unusable', f'{argv[0]}: {error.strerror}') from None
