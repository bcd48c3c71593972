"""A host in Python for the tests: a real zygote, a real bubblewrap holder, a real socket and pipes.

Needs root and bubblewrap (the backend `namespaces`); without them the tests fail and say so, they are not skipped.
"""

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, FOLDER)

from quicksand_kernel import frames  # noqa: E402

NAMES = {number: name for name, number in frames.KINDS.items()}
HOLDER_UID = 200001
ENV = {'HOME': '/home/user', 'PATH': '/usr/local/bin:/usr/bin:/bin', 'LANG': 'C.UTF-8'}


class Run:
    """What one execution did: `events` are (kind, value), with kind also `raw stdout` and `raw stderr`."""

    def __init__(self, number):
        self.number = number
        self.events, self.times = [], []
        self.done = False

    def add(self, kind, value):
        # As the host does: the pieces of one line are one event.
        if kind in ('stdout', 'stderr') and self.events:
            last, text = self.events[-1]
            soon = time.perf_counter() - self.times[-1] < 0.02
            if last == kind and soon and len(text) + len(value) < 16384 and not text.endswith(('\n', '\r')):
                self.events[-1] = (kind, text + value)
                return
        self.events.append((kind, value))
        self.times.append(time.perf_counter())

    def text(self, *kinds):
        parts = [value if isinstance(value, bytes) else value.encode() for kind, value in self.events if kind in kinds]
        return b''.join(parts).decode()

    @property
    def order(self):
        """What came in which order, where the pieces that text came in do not matter."""
        order = []
        for kind, value in self.events:
            if order and order[-1][0] == kind and kind.endswith(('stdout', 'stderr')):
                order[-1] = (kind, order[-1][1] + value)
            else:
                order.append((kind, value))
        return order

    @property
    def stdout(self):
        return self.text('stdout', 'raw stdout')

    @property
    def stderr(self):
        return self.text('stderr', 'raw stderr')

    @property
    def output(self):
        return self.text('stdout', 'raw stdout', 'stderr', 'raw stderr')

    @property
    def results(self):
        return [value for kind, value in self.events if kind == 'result']

    @property
    def errors(self):
        return [value for kind, value in self.events if kind == 'error']


class Pipe:
    """`reached` is the last marker that was read; what is behind it is held until its barrier is passed."""

    def __init__(self, name, fd):
        self.name, self.fd = name, fd
        os.set_blocking(fd, False)
        self.held = b''
        self.reached = 0


class Kernel:
    def __init__(self, host, key, pid, connection, pipes):
        self.host, self.key, self.pid, self.connection = host, key, pid, connection
        self.pipes = [Pipe('raw stdout', pipes['stdout']), Pipe('raw stderr', pipes['stderr'])]
        self.decoder = frames.FrameDecoder()
        self.waiting = []
        self.count = 0
        self.marker = ''
        self.run = Run(0)
        self.others = []
        self.barriers = self.passed = 0
        self.closed = False

    def start(self, code, env_vars=None, marker=None, charts=True):
        self.count += 1
        self.run = Run(self.count)
        self.marker = marker or os.urandom(16).hex()
        body = {'code': code, 'executionCount': self.count, 'envVars': env_vars or {}, 'charts': charts, 'marker': self.marker}
        self.connection.sendall(frames.encode_frame(frames.EXECUTE, self.count, json.dumps(body).encode()))
        return self.run

    def execute(self, code, env_vars=None, timeout=10, charts=True):
        run = self.start(code, env_vars, charts=charts)
        self.until(lambda: run.done, timeout)
        return run

    def gate(self, name):
        """A command for the shell that waits for `open_gate`: for something that only who reads what the code has written can cause."""
        return f'while [ ! -e /workspace/{self.key}-{name} ]; do sleep 0.01; done'

    def code_gate(self, name):
        """The same as a line of Python."""
        return f'while not __import__("os").path.exists("/workspace/{self.key}-{name}"): __import__("time").sleep(0.01)\n'

    def open_gate(self, name):
        with open(f'{self.host.folder}/work0/{self.key}-{name}', 'x', encoding='ascii'):
            pass

    def until(self, reached, timeout=10):
        limit = time.monotonic() + timeout
        while not reached():
            left = limit - time.monotonic()
            if left <= 0 or self.closed:
                state = 'the channel is closed' if self.closed else 'timeout'
                raise AssertionError(f'{state}; so far: {str(self.run.events)[-2000:]}, zygote: {self.host.events[-3:]}')
            self.pump(left)

    def pump(self, timeout):
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        for pipe in self.pipes:
            if pipe.reached <= self.passed:
                poll.register(pipe.fd, select.POLLIN)
        for fd, event in poll.poll(timeout * 1000):
            if fd == self.connection.fileno():
                try:
                    data = self.connection.recv(1 << 20)
                except ConnectionResetError:
                    data = b''
                if not data:
                    self.closed = True
                    return
                for frame in self.decoder.feed(data):
                    self.take(*frame)
            elif event & select.POLLIN:
                self.read_pipe(next(pipe for pipe in self.pipes if pipe.fd == fd))

    def take(self, kind, execution, payload):
        name = NAMES[kind]
        if name == 'barrier':
            self.barriers += 1
            self.pass_barrier(int.from_bytes(payload[:4], 'little'), payload[4])
        elif name == 'done':
            assert execution == self.run.number and not self.run.done, 'done twice'
            self.run.done = True
        elif name in ('stdout', 'stderr'):
            assert payload, 'an empty text frame'
            text = payload.decode()
            if execution == self.run.number:
                self.run.add(name, text)
            else:
                self.others.append((execution, text))
        elif name in ('result', 'error'):
            self.run.add(name, json.loads(payload))
        else:
            self.run.add(name, payload)
            self.others.append((execution, name, payload))

    def pass_barrier(self, sequence, mask):
        limit = time.monotonic() + 10
        for bit, pipe in enumerate(self.pipes):
            while mask & 1 << bit and pipe.reached < sequence:
                if not select.select([pipe.fd], [], [], max(0, limit - time.monotonic()))[0]:
                    raise AssertionError('a marker did not come')
                self.read_pipe(pipe)
        self.passed = sequence
        for pipe in self.pipes:
            self.hand_on(pipe)

    def read_pipe(self, pipe):
        try:
            pipe.held += os.read(pipe.fd, 1 << 16)
        except BlockingIOError:
            return
        self.hand_on(pipe)

    def hand_on(self, pipe):
        start = b'\0QS\x01' + self.marker.encode()
        while pipe.held and pipe.reached <= self.passed:
            at = pipe.held.find(start)
            end = at + 41 if at >= 0 else len(pipe.held)
            text = pipe.held[:at] if at >= 0 else pipe.held
            if text:
                self.run.add(pipe.name, text)
            if at >= 0:
                pipe.reached = int.from_bytes(pipe.held[at + 36:at + 40], 'little')
            pipe.held = pipe.held[end:]

    def interrupt(self, execution=None):
        self.connection.sendall(frames.encode_frame(frames.INTERRUPT, execution or self.count))
        self.host.tell({'op': 'signal', 'key': self.key, 'signal': 'SIGINT', 'group': True})

    def kill(self):
        self.host.tell({'op': 'signal', 'key': self.key, 'signal': 'SIGKILL', 'group': True})
        self.connection.close()
        for pipe in self.pipes:
            os.close(pipe.fd)


class Host:
    def __init__(self, preload='numpy,pandas,matplotlib'):
        if os.geteuid() != 0 or not shutil.which('bwrap'):
            raise AssertionError('these tests exercise the backend namespaces: run them as root with bubblewrap installed')
        self.folder = tempfile.mkdtemp(prefix='quicksand-test-')
        os.chmod(self.folder, 0o755)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f'{self.folder}/channel')
        self.listener.listen()
        self.events, self._held, self.keys, self.holders = [], b'', 0, []
        began = time.perf_counter()
        self.zygote = subprocess.Popen(
            [sys.executable, '-m', 'quicksand_kernel.zygote', '--preload', preload], env={'PYTHONPATH': FOLDER, 'HOME': os.path.expanduser('~')},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, cwd='/')
        self.ready = self.event('ready', timeout=60)
        self.start_seconds = time.perf_counter() - began
        self.holder = self.open_holder()

    def open_holder(self, uid=HOLDER_UID):
        work = f'{self.folder}/work{len(self.holders)}'
        os.mkdir(work)
        os.chown(work, uid, uid)
        binds = []
        for path in {sys.prefix, sys.base_prefix} - {'/usr'}:
            binds += ['--ro-bind', path, path]
        read_end, write_end = os.pipe()
        process = subprocess.Popen(
            ['bwrap', '--unshare-all', '--uid', '1000', '--gid', '1000', '--hostname', 'sandbox', '--die-with-parent', '--ro-bind', '/usr', '/usr',
             '--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64', '--proc', '/proc', '--dev', '/dev',
             '--tmpfs', '/tmp', '--dir', '/home/user', *binds, '--bind', work, '/workspace', '--ro-bind-try', '/etc/fonts', '/etc/fonts',
             '--cap-drop', 'ALL', '--info-fd', str(write_end), '/usr/bin/sh', '-c', 'echo R; exec /usr/bin/sleep infinity'],
            user=uid, group=uid, extra_groups=[], cwd='/', stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, pass_fds=[write_end])
        os.close(write_end)
        info = b''
        while b'}' not in info:
            info += os.read(read_end, 4096)
        os.close(read_end)
        process.stdout.readline()
        self.holders.append(process)
        return json.loads(info)['child-pid']

    def tell(self, *requests):
        self.zygote.stdin.write(b''.join(json.dumps(request).encode() + b'\n' for request in requests))

    def event(self, kind, key=None, timeout=10):
        limit = time.monotonic() + timeout
        while True:
            for event in self.events:
                if event['event'] == kind and event.get('key') == key:
                    self.events.remove(event)
                    return event
            if not select.select([self.zygote.stdout], [], [], max(0, limit - time.monotonic()))[0]:
                raise AssertionError(f'the zygote did not say {kind}: {self.events}')
            data = os.read(self.zygote.stdout.fileno(), 65536)
            if not data:
                raise AssertionError('the zygote has ended')
            *lines, self._held = (self._held + data).split(b'\n')
            self.events += map(json.loads, lines)

    def request(self, **changes):
        self.keys += 1
        key = f'k{self.keys}'
        return {
            'op': 'spawn', 'key': key, 'holder': self.holder, 'uid': HOLDER_UID, 'gid': HOLDER_UID, 'channel': f'{self.folder}/channel',
            'pipes': ['stdout', 'stderr'], 'cwd': '/workspace', 'env': ENV, 'cgroups': [], **changes,
        }

    def spawn(self, before=(), **changes):
        """A kernel; the zygote reads its request together with those `before` it."""
        request = self.request(**changes)
        self.tell(*before, request)
        spawned = self.event('spawned', request['key'])
        connection = self.accept(request['key'])
        kernel = Kernel(self, request['key'], spawned['pid'], connection, self.open_pipes(spawned))
        kernel.until(lambda: kernel.others)
        kernel.greeting = json.loads(kernel.others.pop()[2])
        return kernel

    def accept(self, key):
        """The channel of what was spawned."""
        if not select.select([self.listener], [], [], 10)[0]:
            raise AssertionError(f"the kernel did not connect: {self.event('exited', key)}")
        return self.listener.accept()[0]

    def open_pipes(self, spawned):
        """Our ends of the pipes of what was spawned."""
        ends = {
            name: os.open(f'/proc/{self.zygote.pid}/fd/{fd}', os.O_WRONLY if name == 'stdin' else os.O_RDONLY)
            for name, fd in spawned['pipes'].items()
        }
        self.tell({'op': 'opened', 'key': spawned['key']})
        return ends

    def close(self):
        for holder in self.holders:
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        self.zygote.stdin.close()
        self.zygote.wait(10)
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_host = None


def shared_host():
    """One zygote and one holder for all tests of a run."""
    global _host
    if _host is None:
        _host = Host()
        atexit.register(_host.close)
    return _host
