"""Runs a command and tells which of the processes that it started, at any depth, are still there when it has ended.

    supervise.py <report.json> <seconds> <command> [argument ...]

Orphans become children of this process (PR_SET_CHILD_SUBREAPER), so that none can be missed and none that somebody else
started is taken for one of ours. What is left is named in the report, then killed.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 3


def processes():
    """(pid, parent, state) of every process."""
    for name in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{name}/stat', encoding='latin-1') as file:
                fields = file.read().rpartition(')')[2].split()
        except OSError:
            continue
        yield int(name), int(fields[1]), fields[0]


def descendants():
    children = {}
    for pid, parent, state in processes():
        children.setdefault(parent, []).append((pid, state))
    found, waiting = [], [os.getpid()]
    while waiting:
        for pid, state in children.get(waiting.pop(), []):
            waiting.append(pid)
            if state not in 'ZX':
                found.append(pid)
    return found


def command_line(pid):
    try:
        with open(f'/proc/{pid}/cmdline', encoding='utf-8', errors='replace') as file:
            return ' '.join(file.read().split('\0')).strip()[:160]
    except OSError:
        return ''


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def wait(child, seconds):
    """The exit status of a child, as a shell has it; None when the time is over. Orphans are reaped meanwhile: a PID namespace ends when its dead are."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        signal.sigtimedwait([signal.SIGCHLD], 0.2)
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    status = os.waitstatus_to_exitcode(ended[1])
                    return status if status >= 0 else 128 - status
        except ChildProcessError:
            pass
    return None


def kill_all():
    while left := descendants():
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
        reap()


def become_ordinary():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])


def main():
    report, seconds, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the command as well; we stay to clean up
    signal.signal(signal.SIGTERM, lambda *_: (kill_all(), os._exit(143)))
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    child = subprocess.Popen(command, preexec_fn=become_ordinary)
    status = wait(child.pid, float(seconds))
    timed_out = status is None
    until = time.monotonic() + (0 if timed_out else GRACE_SECONDS)
    reap()
    while (left := descendants()) and time.monotonic() < until:
        time.sleep(0.05)
        reap()
    named = [f'{pid} {command_line(pid)}' for pid in left]
    kill_all()
    with open(report, 'w', encoding='utf-8') as file:
        json.dump({'left': [] if timed_out else named, 'timedOut': timed_out}, file)
    # By now it has no children that could be asked for.
    child.returncode = status
    sys.exit(124 if timed_out else status)


main()
