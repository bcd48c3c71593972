"""Starts programs for the host, which would hold up all that it serves if it copied itself for each: this process is small.

    python -I -S launcher.py

It reads requests as JSON lines on its standard input, answers as JSON lines on its standard output, and ends when its
input closes. It is part of the host, and trusted. A program gets /dev/null as 0, has 1 and 2 read, and nothing else open
but what `input` and `info` ask for.

    → {"op": "start", "key": str, "argv": [str, …], "env": {name: str}, "uid"?: int, "gid"?: int,
       "cgroups"?: [path of a cgroup.procs file that it enters first, …], "input"?: base64 of what it can read from 4, "info"?: bool (3 is read, too), "ready"?: str}
    → {"op": "signal", "key": str, "signal": "SIGKILL" | …}
    ← {"event": "started", "key": str, "pid": int}
    ← {"event": "ready", "key": str, "said": {"1": str, "2": str, "3": str}}    1 has said `ready`; what it says later is not read
    ← {"event": "ended", "key": str, "code": int | null, "signal": int | null, "said": {"1": str, "2": str, "3": str}}
    ← {"event": "failed", "key": str, "message": str}                            nothing was started
"""

import base64
import json
import os
import select
import signal

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

    def tell(self):
        return {str(number): data.decode('utf-8', 'replace') for number, data in self.said.items()}


class Launcher:
    def __init__(self):
        self._programs = {}
        self._events = select.epoll()
        self._events.register(0, select.EPOLLIN)
        self._by_fd = {}
        self._pending = b''

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
        data = os.read(0, LONGEST)
        if not data:
            return False
        *lines, self._pending = (self._pending + data).split(b'\n')
        for line in lines:
            request = json.loads(line)
            if request['op'] == 'start':
                self._start(request)
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
            _answer({'event': 'failed', 'key': key, 'message': str(error)})
            return
        if pid == 0:
            _become(request, {number: end for number, (_, end) in outputs.items()}, given)
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
        _answer({'event': 'started', 'key': key, 'pid': pid})

    def _read(self, program, fd):
        number = program.outputs[fd]
        try:
            data = os.read(fd, LONGEST)
        except BlockingIOError:
            return
        if not data:
            self._unwatch(fd)
            del program.outputs[fd]
            return
        program.said[number] += data[:LONGEST - len(program.said[number])]
        if number == 1 and program.ready is not None and program.ready.encode() in program.said[1]:
            program.ready = None
            self._read_rest(program)
            _answer({'event': 'ready', 'key': program.key, 'said': program.tell()})

    def _reap(self, program):
        ended = os.waitid(os.P_PIDFD, program.pidfd, os.WEXITED | os.WNOHANG)
        if ended is None:
            return
        self._read_rest(program)
        self._unwatch(program.pidfd)
        del self._programs[program.key]
        by_itself = ended.si_code == os.CLD_EXITED
        _answer({
            'event': 'ended', 'key': program.key, 'code': ended.si_status if by_itself else None,
            'signal': None if by_itself else ended.si_status, 'said': program.tell(),
        })

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


def _become(request, outputs, given):
    """In the child: the program, or the end."""
    try:
        os.dup2(_NOTHING, 0)
        for number, fd in outputs.items():
            os.dup2(fd, number)
        if given is not None:
            os.dup2(given, 4)
        # What Python ignores, and what this process does.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.chdir('/')
        for path in request.get('cgroups', ()):
            with open(path, 'w') as file:
                file.write('0')
        if 'uid' in request:
            os.setgroups([])
            os.setresgid(*[request['gid']] * 3)
            os.setresuid(*[request['uid']] * 3)
        os.execvpe(request['argv'][0], request['argv'], request['env'])
    except BaseException as error:
        os.write(2, f'{request["argv"][0]}: {error}'.encode())
    finally:
        os._exit(127)


def _answer(event):
    data = json.dumps(event).encode() + b'\n'
    while data:
        data = data[os.write(1, data):]


def main():
    # What the host had open is not for those that it starts; and a terminal's ^C is the host's to take.
    os.closerange(3, 1 << 30)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open('/proc/self/comm', 'w') as name:
        name.write('launcher')
    while os.open('/dev/null', os.O_RDONLY) < 9:
        pass
    Launcher().serve()


if __name__ == '__main__':
    main()
