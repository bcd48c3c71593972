"""Mounts and unmounts for the host, each in a thread: Linux takes its time, since what was written is written back first. The launcher (`launcher.py`) cannot do
that itself: it holds up nobody only while it waits for nothing, and neither forks nor other namespaces go well with threads.

    python -I -S -B mounter.py

It reads requests as JSON lines on its standard input, answers as JSON lines on its standard output, and ends when its input closes.

    → {"op": "mount", "key": str, "image": str, "point": str, "options": str, "new": bool}    an ext4 file system, on a loop device
    → {"op": "unmount", "key": str, "point": str}
    ← {"event": "done", "key": str}
    ← {"event": "failed", "key": str, "message": str}
"""

import _thread
import os
import signal
import sys

# `-I` leaves it out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from image import mount_image, unmount  # noqa: E402
from json_lines import Requests, answer, leave_host  # noqa: E402

_STACK = 262144


def _obey(request):
    key = request['key']
    try:
        if request['op'] == 'mount':
            mount_image(request['image'], request['point'], request['options'], request['new'])
        else:
            unmount(request['point'])
    except (OSError, ValueError) as error:
        answer({'event': 'failed', 'key': key, 'message': str(error)})
    else:
        answer({'event': 'done', 'key': key})


def main():
    # A terminal's ^C is the host's to take.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_host('mounter')
    _thread.stack_size(_STACK)
    requests = Requests()
    while (come := requests.read()) is not None:
        for request in come:
            try:
                _thread.start_new_thread(_obey, (request,))
            except RuntimeError:
                # There may be no more of them.
                _obey(request)


if __name__ == '__main__':
    main()
