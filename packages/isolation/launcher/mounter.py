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
import json
import os
import signal
import sys

# `-I` leaves it out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from image import mount_image, unmount  # noqa: E402

_LONGEST = 65536
_STACK = 262144


def _obey(request):
    key = request['key']
    try:
        if request['op'] == 'mount':
            mount_image(request['image'], request['point'], request['options'], request['new'])
        else:
            unmount(request['point'])
    except (OSError, ValueError) as error:
        _answer({'event': 'failed', 'key': key, 'message': str(error)})
    else:
        _answer({'event': 'done', 'key': key})


def _answer(event):
    data = json.dumps(event).encode() + b'\n'
    with _answering:
        while data:
            data = data[os.write(1, data):]


_answering = _thread.allocate_lock()


def main():
    # What the host had open is not for it to keep; and a terminal's ^C is the host's to take.
    os.closerange(3, os.sysconf('SC_OPEN_MAX'))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open('/proc/self/comm', 'w') as name:
        name.write('mounter')
    _thread.stack_size(_STACK)
    pending = b''
    while data := os.read(0, _LONGEST):
        *lines, pending = (pending + data).split(b'\n')
        for line in lines:
            request = json.loads(line)
            try:
                _thread.start_new_thread(_obey, (request,))
            except RuntimeError:
                # There may be no more of them.
                _obey(request)


if __name__ == '__main__':
    main()
