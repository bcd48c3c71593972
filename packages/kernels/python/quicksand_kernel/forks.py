"""The forks of a zygote: a process of one thread that never runs user code forks what runs inside a sandbox, on the control lines of
docs/kernel-channel.md, which are its standard input and output. Descriptors here are plain numbers, never objects that close them: a child
inherits the objects, and would close what has the number by then.
"""

import _socket
import base64
import json
import os
import select
import signal
import sys
from dataclasses import dataclass

from . import linux
from .channel import encode_json
from .cold import cold_program
from .control import ControlLines
from .door import CwdUnusable, Entry, enter_sandbox, fork_inside, move_high, prepare_confinement
from .frames import READY, encode_frame
from .packages import environment_folders, loaded_packages
from .program import ProgramUnusable, become_program

_PROBLEMS = ('cwd_unusable', 'program_not_found', 'program_unusable')


@dataclass(frozen=True)
class Inside:
    """What a child that is inside its sandbox becomes there: a `kernel` or an agent for `files`."""

    kind: str
    key: str
    env: dict
    channel: int
    pipes: tuple


class Forks:
    """`become(inside)` is what a child does from there on, and never returns: what the zygote holds stays as it is, since to let go of it would be to
    write to memory that all children share. `meanwhile(env)` is what a kernel does while its sandbox is not complete."""

    def __init__(self, become, meanwhile=lambda env: None):
        self._become, self._meanwhile = become, meanwhile
        self._lines = ControlLines(0)
        self._loaded = loaded_packages()
        self._kernels = {}
        # Ends of pipes that the host has not opened yet: without a reader a writer is killed, and what is in a pipe that nobody holds is lost.
        self._held = {}
        # Children that wait until their sandbox is complete: a byte lets one go on.
        self._gates = {}
        # What is watched, and the keys of the kernels that it is of.
        self._events = select.epoll()
        self._events.register(0, select.EPOLLIN)
        self._ended, self._entering = {}, {}
        self._own_pid_namespace = os.open('/proc/self/ns/pid', os.O_RDONLY | os.O_CLOEXEC)
        self._confinement = prepare_confinement()
        self._nothing = os.open('/dev/null', os.O_RDWR | os.O_CLOEXEC)

    def run(self, packages):
        """Says that it is ready, with the versions of what is loaded, and obeys, until the host is gone."""
        seccomp_filter = base64.b64encode(self._confinement.seccomp_filter.instructions).decode()
        _answer({'event': 'ready', 'pid': os.getpid(), 'python': sys.version.split()[0], 'packages': packages, 'packageFolders': environment_folders(),
                 'seccompFilter': seccomp_filter})
        while True:
            ready = dict(self._events.poll())
            self._tell_running(ready)
            self._reap(ready)
            if 0 in ready:
                if not self._lines.read():
                    self._end()
                self._obey()

    def _obey(self):
        while (line := self._lines.next()) is not None:
            request, where = line
            if request['op'] == 'spawn':
                self._spawn(request, where)
            elif request['op'] == 'opened':
                _close(self._held.pop(request['key'], ()))
            elif request['op'] == 'enter':
                self._let_in(request['key'])
            elif request['op'] == 'signal':
                self._signal(request)
            self._lines.done()

    def _spawn(self, request, where):
        key, fds = request['key'], {}
        try:
            if linux.thread_count() != 1:
                raise RuntimeError('the zygote has more than one thread: a fork would not be safe')
            for name in request['pipes']:
                _make_pipe(name, request, fds)
            fds['told'], fds['words'] = os.pipe2(os.O_CLOEXEC)
            if request.get('waits'):
                fds['gate'], fds['gate held'] = os.pipe2(os.O_CLOEXEC)
            fds['holder'] = os.pidfd_open(request['holder'])
            pid = fork_inside(fds['holder'], self._own_pid_namespace)
        except Exception as error:
            _close(fds.values())
            _answer({'event': 'failed', 'key': key, 'message': f'{type(error).__name__}: {error}'})
            return
        if pid == 0:
            self._become(self._enter(request, where, fds))
            os._exit(1)
        told = fds.pop('told')
        held = {name: fds.pop(f'{name} held') for name in request['pipes']}
        if held:
            self._held[key] = held.values()
        if 'gate' in fds:
            self._gates[key] = fds.pop('gate held')
        _close(fds.values())
        pidfd = os.pidfd_open(pid)
        self._kernels[key] = {'pid': pid, 'pidfd': pidfd, 'words': told, 'ending': False}
        self._watch(pidfd, key, self._ended)
        if 'program' in request:
            self._watch(told, key, self._entering)
        _answer({'event': 'spawned', 'key': key, 'pid': pid, 'inside': _inside_pid(pidfd), 'pipes': held})

    def _watch(self, fd, key, those):
        self._events.register(fd, select.EPOLLIN)
        those[fd] = key

    def _unwatch(self, fd, those):
        # Before it is closed: children may still hold it, and what they hold would be watched on.
        if those.pop(fd, None) is not None:
            self._events.unregister(fd)

    def _enter(self, request, where, fds):
        """In the child: it becomes the program of the request, or, returning, a kernel or a file agent."""
        words = fds['words']
        try:
            env, program = self._lines.private(where)
            # What others have been given here: until this process is inside it could keep a pipe of theirs open. And code can find what is in the
            # frames below its own.
            for held in self._held.values():
                _close(held)
            _close(self._gates.values())
            for others in (self._kernels, self._held, self._gates, self._ended, self._entering):
                others.clear()
            # While the number is still its own.
            self._events.close()
            # A second opening is the kernel's own, for end markers: a child may make its 1 and 2 non-blocking.
            pipes = tuple(move_high(fds[f'{name} own']) for name in ('stdout', 'stderr') if name in fds)
            own = (_connect(request['channel'], waits='program' in request), *pipes) if request['channel'] else ()
            # Also above what the program gets as 3, 4, 5.
            words = move_high(words)
            stdio = tuple(fds.get(name, self._nothing) for name in ('stdin', 'stdout', 'stderr'))
            if 'gate' in fds:
                self._meanwhile(env)
                _wait_at(fds['gate'], fds['gate held'])
            entry = Entry(fds['holder'], tuple(request['cgroups']), request['cwd'], stdio, (*own, words))
            problem = None
            try:
                enter_sandbox(entry, self._confinement)
            except CwdUnusable as unusable:
                problem = {'code': 'cwd_unusable', 'message': str(unusable)}
            kind = request.get('kind', 'kernel')
            if kind == 'kernel' and program is None and problem is None:
                # The packages of the sandbox win over those that are loaded here.
                program = cold_program(request['key'], self._loaded)
            if program is not None:
                if problem is not None:
                    raise ProgramUnusable(problem['code'], problem['message'])
                become_program(program, env, own)
            os.close(words)
            channel, *pipes = own
            if problem is not None:
                os.set_blocking(channel, True)
                os.write(channel, encode_frame(READY, 0, encode_json({'key': request['key'], 'problem': problem})))
                os._exit(0)
            inside = Inside(kind, request['key'], env, channel, tuple(pipes))
            # Where things are outside is nothing to the code.
            request.clear()
            return inside
        except BaseException as error:
            problem, message = (error.problem, str(error)) if isinstance(error, ProgramUnusable) else ('', f'{type(error).__name__}: {error}')
            try:
                os.write(words, f'{problem}\n{message}'.encode('utf-8', 'replace')[:4000])
            except OSError:
                pass
            os._exit(1)

    def _signal(self, request):
        kernel = self._kernels.get(request['key'])
        if kernel is None:
            return
        number = signal.Signals[request['signal']]
        kernel['ending'] = kernel['ending'] or request.get('end', False)
        try:
            if request['group']:
                os.killpg(kernel['pid'], number)
                return
        except ProcessLookupError:
            # Not yet the leader of its group.
            pass
        try:
            signal.pidfd_send_signal(kernel['pidfd'], number)
        except ProcessLookupError:
            pass

    def _let_in(self, key):
        gate = self._gates.pop(key, None)
        if gate is None:
            return
        try:
            os.write(gate, b'.')
        except BrokenPipeError:
            # It has just ended.
            pass
        os.close(gate)

    def _tell_running(self, ready):
        for fd, what in ready.items():
            key = self._entering.get(fd)
            if key is not None:
                self._unwatch(fd, self._entering)
                # The exec has closed the other end, and nothing was said.
                if not what & select.EPOLLIN:
                    _answer({'event': 'running', 'key': key})

    def _reap(self, ready):
        for fd in ready:
            key = self._ended.get(fd)
            if key is None:
                continue
            kernel = self._kernels[key]
            if kernel['ending']:
                # Until it is reaped nobody else can get its number.
                _kill_group(kernel['pid'])
            ended = os.waitid(os.P_PIDFD, kernel['pidfd'], os.WEXITED)
            by_itself = ended.si_code == os.CLD_EXITED
            event = {
                'event': 'exited', 'key': key, 'pid': kernel['pid'], 'code': ended.si_status if by_itself else None,
                'signal': None if by_itself else ended.si_status,
            }
            event |= _read_words(kernel['words'])
            self._unwatch(fd, self._ended)
            self._unwatch(kernel['words'], self._entering)
            _close((kernel['pidfd'], kernel['words']))
            if key in self._gates:
                os.close(self._gates.pop(key))
            del self._kernels[key]
            _answer(event)

    def _end(self):
        for kernel in self._kernels.values():
            try:
                signal.pidfd_send_signal(kernel['pidfd'], signal.SIGKILL)
            except ProcessLookupError:
                pass
        os._exit(0)


def _make_pipe(name, request, fds):
    """A pipe of the sandbox's uid, so that code can open `/dev/stdout` anew: the end for the program, and the one that the host is to open."""
    reader, writer = os.pipe2(os.O_CLOEXEC)
    fds[name], fds[f'{name} held'] = (reader, writer) if name == 'stdin' else (writer, reader)
    os.fchown(reader, request['uid'], request['gid'])
    if name != 'stdin':
        # The kernel's own, for end markers. No dup: a child may set its own non-blocking.
        fds[f'{name} own'] = os.open(f'/proc/self/fd/{writer}', os.O_WRONLY | os.O_CLOEXEC)


def _wait_at(gate, held):
    # Else it would wait for ever when the zygote has died.
    os.close(held)
    if not os.read(gate, 1):
        raise RuntimeError('the zygote ended before the sandbox was complete')


def _connect(path, waits):
    # Without what Python adds to it.
    connection = _socket.socket(_socket.AF_UNIX)
    connection.connect(path)
    connection.setblocking(waits)
    return move_high(connection.detach())


def _inside_pid(pidfd):
    """The pid of a child as its own sandbox sees it. The host could ask, too, but the child may be gone by then; here it is at most a zombie."""
    fd = os.open(f'/proc/self/fdinfo/{pidfd}', os.O_RDONLY | os.O_CLOEXEC)
    try:
        _, _, after = os.read(fd, 500).partition(b'\nNSpid:')
    finally:
        os.close(fd)
    return int(after.partition(b'\n')[0].split()[-1])


def _read_words(fd):
    """What a child said on its way in: a code, where the caller can mend it, and a sentence. Hostile processes may have written too."""
    os.set_blocking(fd, False)
    try:
        problem, _, message = os.read(fd, 4096).decode('utf-8', 'replace').partition('\n')
    except BlockingIOError:
        return {}
    if not message:
        return {}
    return {'message': message, 'problem': problem} if problem in _PROBLEMS else {'message': message}


def _kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _close(fds):
    for fd in fds:
        os.close(fd)


def _answer(event):
    data = json.dumps(event).encode() + b'\n'
    while data:
        data = data[os.write(1, data):]
