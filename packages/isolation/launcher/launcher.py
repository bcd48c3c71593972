"""Starts programs for the host, which would hold up all that it serves if it copied itself for each: this process is small.

    python -I -S -B launcher.py

It reads requests as JSON lines on its standard input, answers as JSON lines on its standard output, and ends when its
input closes. It is part of the host, and trusted. A program gets /dev/null as 0, has 1 and 2 read, and nothing else open
but what `input` and `info` ask for.

    → {"op": "start", "key": str, "argv": [str, …], "env": {name: str}, "uid"?: int, "gid"?: int,
       "cgroups"?: [path of a file of a group, which it enters first, …],
       "view"?: {"paths": [str, …], "without": str} (of all mounts it sees those that hold one of `paths` or lie below one, but none below `without`),
       "spared"?: bool (the last that is ended where memory runs out, if the host may say so), "input"?: base64 of what it can read from 4, "info"?: bool (3 is read, too), "ready"?: str}
    → {"op": "complete", "key": str, "program": key of a bubblewrap whose `info` names its child, "mounts": [{"source": folder, "at": path inside, "readOnly": bool}, …],
       "remounts": [[path inside, type, [flag, …], options], …]}    when that is ready, which it need not be yet
    → {"op": "signal", "key": str, "signal": "SIGKILL" | …}
    ← {"event": "started", "key": str, "pid": int}
    ← {"event": "info", "key": str, "info": str}                                 what it has said on 3, which it has closed
    ← {"event": "ready", "key": str, "said": {"1": str, "2": str, "3": str}}    1 or 2 has said `ready`; what it says later is not read
    ← {"event": "ended", "key": str, "code": int | null, "signal": int | null, "said": {"1": str, "2": str, "3": str}}
    ← {"event": "completed", "key": str}
    ← {"event": "failed", "key": str, "message": str}                            nothing was started, or it is not complete
"""

import base64
import gc
import json
import os
import select
import signal
import sys

# `-I` leaves it out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from completion import complete  # noqa: E402
from json_lines import Requests, answer, leave_host  # noqa: E402
from namespaces import enter  # noqa: E402
from view import make_view  # noqa: E402

#: The most that is kept of what a program says on one descriptor, and the most that it can be given: a pipe holds it.
LONGEST = 65536
#: A descriptor of /dev/null. It and those up to 9 are taken, so that no pipe has a number that a program's own end gets.
_NOTHING = 5


class Program:
    def __init__(self, key, pid, outputs, ready):
        self.key, self.pid, self.ready = key, pid, ready
        self.pidfd = os.pidfd_open(pid)
        self.outputs = outputs
        self.said = {number: b'' for number in outputs.values()}
        # Requests to complete it.
        self.waiting = []

    def tell(self):
        return {str(number): data.decode('utf-8', 'replace') for number, data in self.said.items()}


class Launcher:
    def __init__(self):
        self._programs = {}
        self._events = select.epoll()
        self._events.register(0, select.EPOLLIN)
        self._by_fd = {}
        self._requests = Requests()

    def serve(self):
        while True:
            for fd, _ in self._events.poll():
                if fd == 0:
                    if not self._obey():
                        return
                    continue
                program = self._by_fd.get(fd)
                if program is None:
                    continue
                if fd == program.pidfd:
                    self._reap(program)
                else:
                    self._read(program, fd)

    def _obey(self):
        come = self._requests.read()
        if come is None:
            return False
        for request in come:
            if request['op'] == 'start':
                self._start(request)
            elif request['op'] == 'complete':
                self._complete(request)
            else:
                program = self._programs.get(request['key'])
                if program is not None:
                    signal.pidfd_send_signal(program.pidfd, signal.Signals[request['signal']])
        return True

    def _start(self, request):
        key, opened = request['key'], []

        def make_pipe():
            ends = os.pipe()
            opened.extend(ends)
            return ends

        try:
            outputs = {1: make_pipe(), 2: make_pipe()}
            if request.get('info'):
                outputs[3] = make_pipe()
            view = make_view(tuple(request['view']['paths']), request['view']['without']) if 'view' in request else None
            given = None
            if 'input' in request:
                given, end = make_pipe()
                os.write(end, base64.b64decode(request['input']))
                os.close(end)
                opened.remove(end)
            pid = os.fork()
        except OSError as error:
            for fd in opened:
                os.close(fd)
            answer({'event': 'failed', 'key': key, 'message': str(error)})
            return
        if pid == 0:
            _become(request, {number: end for number, (_, end) in outputs.items()}, given, view)
        for fd, end in outputs.values():
            os.close(end)
            # An event may be one of a program that had the number before.
            os.set_blocking(fd, False)
        if given is not None:
            os.close(given)
        program = Program(key, pid, {fd: number for number, (fd, _) in outputs.items()}, request.get('ready'))
        self._programs[key] = program
        for fd in (*program.outputs, program.pidfd):
            self._by_fd[fd] = program
            self._events.register(fd, select.EPOLLIN)
        answer({'event': 'started', 'key': key, 'pid': pid})

    def _complete(self, request):
        program = self._programs.get(request['program'])
        if program is None:
            answer({'event': 'failed', 'key': request['key'], 'message': 'it has ended'})
        elif program.ready is not None:
            program.waiting.append(request)
        else:
            try:
                complete(program.pid, json.loads(program.said[3])['child-pid'], request['mounts'], request['remounts'])
            except (OSError, LookupError, ValueError) as error:
                answer({'event': 'failed', 'key': request['key'], 'message': str(error)})
            else:
                answer({'event': 'completed', 'key': request['key']})

    def _read(self, program, fd):
        number = program.outputs[fd]
        try:
            data = os.read(fd, LONGEST)
        except BlockingIOError:
            return
        if not data:
            self._unwatch(fd)
            del program.outputs[fd]
            if number == 3:
                self._tell_info(program)
            return
        program.said[number] += data[:LONGEST - len(program.said[number])]
        if number != 3 and program.ready is not None and program.ready.encode() in program.said[number]:
            program.ready = None
            has_more_to_tell = 3 in program.outputs.values()
            self._read_rest(program)
            if has_more_to_tell:
                self._tell_info(program)
            answer({'event': 'ready', 'key': program.key, 'said': program.tell()})
            self._settle(program)

    def _settle(self, program):
        waiting, program.waiting = program.waiting, []
        for request in waiting:
            self._complete(request)

    def _tell_info(self, program):
        answer({'event': 'info', 'key': program.key, 'info': program.tell()['3']})

    def _reap(self, program):
        ended = os.waitid(os.P_PIDFD, program.pidfd, os.WEXITED | os.WNOHANG)
        if ended is None:
            return
        self._read_rest(program)
        self._unwatch(program.pidfd)
        del self._programs[program.key]
        by_itself = ended.si_code == os.CLD_EXITED
        answer({
            'event': 'ended', 'key': program.key, 'code': ended.si_status if by_itself else None,
            'signal': None if by_itself else ended.si_status, 'said': program.tell(),
        })
        # After its end, which says why.
        self._settle(program)

    def _read_rest(self, program):
        # What it has said is in the pipes; who else holds them is not waited for.
        for fd, number in program.outputs.items():
            try:
                program.said[number] += os.read(fd, LONGEST - len(program.said[number]))
            except BlockingIOError:
                pass
            self._unwatch(fd)
        program.outputs = {}

    def _unwatch(self, fd):
        self._events.unregister(fd)
        del self._by_fd[fd]
        os.close(fd)


def _become(request, outputs, given, view):
    """In the child: the program, or the end."""
    try:
        os.dup2(_NOTHING, 0)
        for number, fd in outputs.items():
            os.dup2(fd, number)
        if given is not None:
            os.dup2(given, 4)
        os.chdir('/')
        for path in request.get('cgroups', ()):
            file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            os.write(file, b'0')
        if request.get('spared'):
            _be_spared()
        if view is not None:
            enter(view)
        if 'uid' in request:
            os.setgroups([])
            os.setresgid(*[request['gid']] * 3)
            os.setresuid(*[request['uid']] * 3)
        os.execvpe(request['argv'][0], request['argv'], request['env'])
    except BaseException as error:
        os.write(2, f'{request["argv"][0]}: {error}'.encode())
    finally:
        os._exit(127)


def _be_spared():
    try:
        os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY | os.O_CLOEXEC), b'-1000')
    except PermissionError:
        # Without CAP_SYS_RESOURCE. It is spared only where it is the smallest.
        pass


def main():
    # A terminal's ^C is the host's to take. With what it starts it begins anew, as nothing that is ignored does: what a child does itself copies the memory that it writes to.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    leave_host('launcher')
    while os.open('/dev/null', os.O_RDONLY) < 9:
        pass
    gc.freeze()
    Launcher().serve()


if __name__ == '__main__':
    main()
