"""What the small processes of the host have in common: requests come as JSON lines on standard input, and answers go as JSON lines to standard output."""

import _thread
import json
import os
import signal

from libc import check, libc

_PR_SET_PDEATHSIG = 1
_LONGEST = 65536

_answering = _thread.allocate_lock()


class Requests:
    """Those of the host, as they come."""

    def __init__(self):
        self._pending = b''

    def read(self):
        """What has come, perhaps nothing whole yet; None when the input is at its end. Waits."""
        data = os.read(0, _LONGEST)
        if not data:
            return None
        *lines, self._pending = (self._pending + data).split(b'\n')
        return [json.loads(line) for line in lines]


def answer(event):
    """Tell the host. Threads may do so at once."""
    data = json.dumps(event).encode() + b'\n'
    with _answering:
        while data:
            data = data[os.write(1, data):]


def leave_host(name):
    """Close what the host had open, which is for nobody else, be called `name`, and end with the host, also while this process is stopped."""
    check(libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), 'prctl(PR_SET_PDEATHSIG)')
    os.closerange(3, os.sysconf('SC_OPEN_MAX'))
    with open('/proc/self/comm', 'w') as file:
        file.write(name)
