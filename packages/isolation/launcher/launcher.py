"""Starts programs and mounts for the host, which would hold up all that it serves if it copied itself for each: this process is small.

    python -I -S launcher.py

It reads requests as JSON lines on its standard input, answers as JSON lines on its standard output, and ends when its
input closes. It is part of the host, and trusted. A program gets /dev/null as 0, has 1 and 2 read, and nothing else open
but what `input` and `info` ask for. It also mounts, without the program `mount`, which needs five times as long as the calls
that it makes; to unmount takes a process of its own, since what was written is written back first.

    → {"op": "start", "key": str, "argv": [str, …], "env": {name: str}, "uid"?: int, "gid"?: int,
       "cgroups"?: [path of a file of a group, which it enters first, …],
       "view"?: {"paths": [str, …], "folder": str, "at": str} (of all mounts it sees those that hold one of `paths` or lie below one, and `folder` at `at`),
       "spared"?: bool (the last that is ended where memory runs out, if the host may say so), "input"?: base64 of what it can read from 4, "info"?: bool (3 is read, too), "ready"?: str}
    → {"op": "mount", "key": str, "image": str, "point": str, "options": str, "new": bool}    an ext4 file system, on a loop device
    → {"op": "unmount", "key": str, "point": str}
    → {"op": "signal", "key": str, "signal": "SIGKILL" | …}
    ← {"event": "started", "key": str, "pid": int}
    ← {"event": "info", "key": str, "info": str}                                 what it has said on 3, which it has closed
    ← {"event": "ready", "key": str, "said": {"1": str, "2": str, "3": str}}    1 or 2 has said `ready`; what it says later is not read
    ← {"event": "ended", "key": str, "code": int | null, "signal": int | null, "said": {"1": str, "2": str, "3": str}}
    ← {"event": "mounted", "key": str}
    ← {"event": "failed", "key": str, "message": str}                            nothing was started, or mounted
"""

import base64
import ctypes
import errno
import fcntl
import json
import os
import re
import select
import signal
import struct

#: The most that is kept of what a program says on one descriptor, and the most that it can be given: a pipe holds it.
LONGEST = 65536

# linux/loop.h: what a loop device is asked and told, `struct loop_info64` (which `struct loop_config` has within).
_LOOP_CTL_GET_FREE, _LOOP_CONFIGURE, _LOOP_GET_STATUS64, _LO_FLAGS_AUTOCLEAR = 0x4C82, 0x4C0A, 0x4C05, 4
_LOOP_INFO = struct.Struct('=QQQQQIIII64s64s32sQQ')
_MS_NOSUID, _MS_NODEV, _MS_NOATIME, _MS_REC, _MS_PRIVATE, _MNT_DETACH = 0x2, 0x4, 0x400, 0x4000, 0x40000, 2
_CLONE_NEWNS = 0x20000
# Calls that the C library of Debian 11 does not have yet, with their numbers on every machine that there is; linux/mount.h.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _OPEN_TREE_CLONE, _MOVE_MOUNT_F_EMPTY_PATH, _AT_FDCWD = 428, 429, 1, 4, -100
_libc = ctypes.CDLL(None, use_errno=True)

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
        self._views = {}

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
            if request['op'] in ('start', 'unmount'):
                self._start(request)
            elif request['op'] == 'mount':
                self._mount(request)
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
            view = self._get_view(tuple(request['view']['paths'])) if 'view' in request else None
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
        _answer({'event': 'started', 'key': key, 'pid': pid})

    def _get_view(self, paths):
        # A host has one.
        if paths not in self._views:
            self._views[paths] = _make_view(paths)
        return self._views[paths]

    def _mount(self, request):
        # In this process: 0.8 ms, where a fork would be twice that. A journal of at most 4 MiB is replayed in it after a crash.
        key = request['key']
        try:
            _mount(request['image'], request['point'], request['options'], request['new'])
        except OSError as error:
            _answer({'event': 'failed', 'key': key, 'message': str(error)})
        else:
            _answer({'event': 'mounted', 'key': key})

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
            _answer({'event': 'ready', 'key': program.key, 'said': program.tell()})

    def _tell_info(self, program):
        _answer({'event': 'info', 'key': program.key, 'info': program.tell()['3']})

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


def _become(request, outputs, given, view):
    """In the child: the program, or the end."""
    try:
        os.dup2(_NOTHING, 0)
        for number, fd in outputs.items():
            os.dup2(fd, number)
        if given is not None:
            os.dup2(given, 4)
        if request['op'] == 'unmount':
            _unmount(request['point'])
            os._exit(0)
        # What Python ignores, and what this process does.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.chdir('/')
        for path in request.get('cgroups', ()):
            file = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
            os.write(file, b'0')
        if request.get('spared'):
            _be_spared()
        if view is not None:
            _look_through(view, request['view']['folder'], request['view']['at'])
        if 'uid' in request:
            os.setgroups([])
            os.setresgid(*[request['gid']] * 3)
            os.setresuid(*[request['uid']] * 3)
        os.execvpe(request['argv'][0], request['argv'], request['env'])
    except BaseException as error:
        name = request['argv'][0] if 'argv' in request else request['op']
        os.write(2, f'{name}: {error}'.encode())
    finally:
        os._exit(127)


def _make_view(paths):
    """A mount namespace without the mounts that nobody needs who needs `paths`, and its root; both are there as long as they are open.

    bubblewrap copies all mounts, and reads the list of them for each one that it makes: with a hundred workspaces in it, that is most of its time.
    """
    before = _open_namespace()
    try:
        _check(_libc.unshare(_CLONE_NEWNS), 'unshare')
        # Nothing of what follows is seen outside.
        _make_private('/')
        needed = {os.fsencode(path) for name in paths for path in (name, os.path.realpath(name))}
        view = _open_namespace()
        _hide_all_but(needed)
        return view
    finally:
        try:
            _enter(before)
        except OSError as error:
            raise SystemExit(f'launcher: {error}') from error
        for fd in before:
            os.close(fd)


def _open_namespace():
    return os.open('/proc/self/ns/mnt', os.O_RDONLY | os.O_CLOEXEC), os.open('/', os.O_PATH | os.O_CLOEXEC)


def _enter(view):
    namespace, root = view
    _check(_libc.setns(namespace, _CLONE_NEWNS), 'setns')
    # The root of a namespace may be another than that of the host.
    os.fchdir(root)
    os.chroot('.')


def _hide_all_but(paths):
    with open('/proc/self/mountinfo', 'rb') as file:
        points = [re.sub(rb'\\([0-7]{3})', lambda match: bytes((int(match[1], 8),)), line.split(b' ')[4]) for line in file]
    for point in points:
        if not any(_is_within(path, point) or _is_within(point, path) for path in paths):
            # What is below one of them has gone with it; and where whoever runs this machine has locked one, it stays.
            _libc.umount2(point, _MNT_DETACH)


def _is_within(path, folder):
    return path == folder or path.startswith(folder.rstrip(b'/') + b'/')


def _look_through(view, folder, at):
    """See what a view shows, and a folder that it does not show, at the place of an empty one."""
    tree = _libc.syscall(_SYS_OPEN_TREE, _AT_FDCWD, os.fsencode(folder), _OPEN_TREE_CLONE | os.O_CLOEXEC)
    _check(tree, folder)
    _enter(view)
    _check(_libc.unshare(_CLONE_NEWNS), 'unshare')
    _check(_libc.syscall(_SYS_MOVE_MOUNT, tree, b'', _AT_FDCWD, os.fsencode(at), _MOVE_MOUNT_F_EMPTY_PATH), at)
    _make_private(at)


def _make_private(point):
    _check(_libc.mount(None, os.fsencode(point), None, _MS_REC | _MS_PRIVATE, None), point)


def _be_spared():
    try:
        with open('/proc/self/oom_score_adj', 'w') as file:
            file.write('-1000')
    except PermissionError:
        # Without CAP_SYS_RESOURCE. It is spared only where it is the smallest.
        pass


def _mount(image, point, options, new):
    """Mount the ext4 file system in a file, which nobody else knows yet if it is `new`. Its loop device goes with the mount."""
    with open(image, 'r+b', buffering=0) as file:
        # Two devices of one file would be two file systems that write over each other.
        with not new and _find_device(file) or _make_device(file, image) as device:
            flags = _MS_NOSUID | _MS_NODEV | _MS_NOATIME
            _check(_libc.mount(device.name.encode(), point.encode(), b'ext4', flags, options.encode()), point)


def _find_device(file):
    """The loop device that has the file already: another host has mounted it, or a program that still runs uses it. While it is open here it stays."""
    for name in os.listdir('/sys/block'):
        if not name.startswith('loop') or not os.path.exists(f'/sys/block/{name}/loop'):
            continue
        try:
            device = _open_device(name)
        except OSError:
            # Not one of this container.
            continue
        if _has_file(device, os.fstat(file.fileno())):
            return device
        device.close()
    return None


def _has_file(device, wanted):
    try:
        number, inode = struct.unpack_from('=QQ', fcntl.ioctl(device, _LOOP_GET_STATUS64, bytes(_LOOP_INFO.size)))
    except OSError:
        # It has ended in the meantime.
        return False
    major, minor = number >> 8 & 0xFFF, number & 0xFF | number >> 12 & ~0xFF
    return (os.makedev(major, minor), inode) == (wanted.st_dev, wanted.st_ino)


def _make_device(file, image):
    info = _LOOP_INFO.pack(0, 0, 0, 0, 0, 0, 0, 0, _LO_FLAGS_AUTOCLEAR, image.encode()[:63], b'', b'', 0, 0)
    config = struct.pack('=II', file.fileno(), 0) + info + bytes(64)
    with open('/dev/loop-control', 'r+b', buffering=0) as control:
        while True:
            device = _open_device(f'loop{fcntl.ioctl(control, _LOOP_CTL_GET_FREE)}')
            try:
                fcntl.ioctl(device, _LOOP_CONFIGURE, config)
                return device
            except OSError as error:
                device.close()
                # Somebody else has taken it in the meantime.
                if error.errno != errno.EBUSY:
                    raise


def _open_device(name):
    return open(f'/dev/{name}', 'r+b', buffering=0)


def _unmount(point):
    """A file that the host itself has open delays this; then the mount goes from the tree now and ends with the file."""
    result = _libc.umount2(point.encode(), 0)
    if result < 0 and ctypes.get_errno() == errno.EBUSY:
        result = _libc.umount2(point.encode(), _MNT_DETACH)
    # EINVAL: somebody else was first.
    if result < 0 and ctypes.get_errno() != errno.EINVAL:
        _check(result, point)


def _check(result, what):
    if result < 0:
        raise OSError(ctypes.get_errno(), f'{what}: {os.strerror(ctypes.get_errno())}')


def _answer(event):
    data = json.dumps(event).encode() + b'\n'
    while data:
        data = data[os.write(1, data):]


def main():
    # What the host had open is not for those that it starts; and a terminal's ^C is the host's to take.
    os.closerange(3, os.sysconf('SC_OPEN_MAX'))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open('/proc/self/comm', 'w') as name:
        name.write('launcher')
    while os.open('/dev/null', os.O_RDONLY) < 9:
        pass
    Launcher().serve()


if __name__ == '__main__':
    main()
