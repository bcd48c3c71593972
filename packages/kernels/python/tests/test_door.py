"""The door and the zygote: what a kernel may do, what it must not be able to (I1, I2, I4), and how its end is told."""

import os
import select
import signal
import time
import unittest

from host import ENV, HOLDER_UID, shared_host
from memory import finding

CGROUPS = '/sys/fs/cgroup/pids'


class DoorTest(unittest.TestCase):
    def setUp(self):
        self.host = shared_host()

    def spawn(self, **changes):
        kernel = self.host.spawn(**changes)
        self.addCleanup(lambda: kernel.closed or kernel.kill())
        return kernel

    def start_waiting(self):
        """(key, pid, connection) of a child whose sandbox is not complete."""
        request = self.host.request(waits=True)
        self.host.tell(request)
        spawned = self.host.event('spawned', request['key'])
        connection = self.host.accept(request['key'])
        self.addCleanup(connection.close)
        for fd in self.host.open_pipes(spawned).values():
            self.addCleanup(os.close, fd)
        return request['key'], spawned['pid'], connection

    def ask(self, code, **changes):
        run = self.spawn(**changes).execute(code)
        self.assertEqual(run.errors, [])
        return run.results[0]['json']

    def test_it_has_no_rights(self):
        status = self.ask('dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)')
        for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual(status['Seccomp'], '2')
        self.assertEqual((status['NoNewPrivs'], status['Threads'], status['Groups'].strip()), ('1', '2', ''))
        self.assertEqual((status['Uid'].split(), status['Gid'].split()), (['1000'] * 4, ['1000'] * 4))

    def test_it_is_in_all_namespaces_of_the_holder(self):
        kernel = self.spawn()
        kernel.execute('1')
        for name in ('user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'):
            own, inside = (os.stat(f'/proc/{pid}/ns/{name}').st_ino for pid in (self.host.zygote.pid, kernel.pid))
            self.assertEqual(inside, os.stat(f'/proc/{self.host.holder}/ns/{name}').st_ino, name)
            self.assertNotEqual(inside, own, name)
        self.assertEqual(os.stat(f'/proc/{kernel.pid}').st_uid, HOLDER_UID)

    def test_refused(self):
        for code in ('open("/etc/shadow")', 'import os; os.listdir("/root")', 'import os; os.setuid(0)', 
                     'import socket; socket.create_connection(("1.1.1.1", 80), 1)', 'open("/usr/x", "w")',
                     f'open({str(self.host.folder + "/channel")!r})'):
            with self.subTest(code):
                self.assertEqual(len(self.spawn().execute(code).errors), 1)

    def test_it_keeps_nothing_of_the_zygote(self):
        found = self.ask('import os, sys\n[sorted(os.listdir("/proc/self/fd"), key=int)[:4], sorted(os.environ), os.getcwd(), os.getsid(0) == os.getpid(), os.umask(0)]')
        self.assertEqual(found[0][:3], ['0', '1', '2'])
        self.assertEqual(sorted(ENV), found[1])
        self.assertEqual(found[2:], ['/workspace', True, 0o022])
        links = self.ask('import os\n{n: os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")}')
        self.assertLessEqual(len(links), 7, links)

    def test_one_environment_does_not_reach_another_kernel(self):
        secret = 'sesame' + os.urandom(8).hex()
        self.spawn(env={**ENV, 'TOKEN': secret}).execute('1')
        self.assertEqual(self.ask(finding(secret)), [0])
        own = os.urandom(8).hex()
        self.assertNotEqual(self.ask(f'kept = {own!r}\n{finding(own)}'), [0])

    def test_a_child_waits_until_its_sandbox_is_complete(self):
        key, pid, connection = self.start_waiting()
        own, inside = (os.stat(f'/proc/{each}/ns/mnt').st_ino for each in (self.host.zygote.pid, pid))
        self.assertEqual(inside, own)
        self.assertFalse(select.select([connection], [], [], 0.1)[0])
        self.host.tell({'op': 'enter', 'key': key})
        self.assertIn(key.encode(), connection.recv(1000))
        self.assertNotEqual(os.stat(f'/proc/{pid}/ns/mnt').st_ino, own)
        connection.close()
        self.host.event('exited', key)

    def test_one_that_ends_while_it_waits_harms_nobody(self):
        key, pid, connection = self.start_waiting()
        # Both before the zygote has heard of the end.
        os.kill(self.host.zygote.pid, signal.SIGSTOP)
        os.kill(pid, signal.SIGKILL)
        self.assertEqual(connection.recv(1), b'')
        self.host.tell({'op': 'enter', 'key': key})
        os.kill(self.host.zygote.pid, signal.SIGCONT)
        self.assertEqual(self.host.event('exited', key)['signal'], signal.SIGKILL)
        self.assertEqual(self.spawn().execute('1+1').results, [{'text': '2'}])

    def test_dev_stdout_can_be_opened(self):
        run = self.spawn().execute('print("a")\nwith open("/dev/stdout", "w") as f: f.write("b\\n")\n!echo c > /dev/stderr')
        self.assertEqual((run.stdout, run.stderr), ('a\nb\n', 'c\n'))

    def test_its_resources_do_not_depend_on_those_of_the_host(self):
        code = 'import resource as r\n[r.getrlimit(getattr(r, "RLIMIT_" + n)) for n in ("CORE", "NOFILE", "NICE", "RTPRIO")]'
        self.assertEqual(self.ask(code), [[1, 1], [16384, 16384], [0, 0], [0, 0]])
        self.assertEqual(self.ask('import resource as r\nr.setrlimit(r.RLIMIT_CORE, (0, 0))\n[r.getrlimit(r.RLIMIT_CORE)]'), [[1, 1]])

    def test_a_bad_cwd_is_a_problem(self):
        kernel = self.host.spawn(cwd='/nope')
        self.assertEqual(kernel.greeting['problem'], {'code': 'cwd_unusable', 'message': '/nope: No such file or directory'})
        self.assertEqual(self.host.event('exited', kernel.key)['code'], 0)

    def test_failures_are_told(self):
        request = self.host.request(holder=2**22 - 1)
        self.host.tell(request)
        self.assertIn('No such process', self.host.event('failed', request['key'])['message'])
        request = self.host.request(cgroups=['/sys/fs/cgroup/nope/cgroup.procs'])
        self.host.tell(request)
        self.host.event('spawned', request['key'])
        ended = self.host.event('exited', request['key'])
        self.assertEqual(ended['code'], 1)
        self.assertIn('/sys/fs/cgroup/nope', ended['message'])
        self.host.listener.accept()[0].close()

    def test_ends_are_told(self):
        for code, expected in (('import os; os._exit(7)', (7, None)), ('import os, signal; os.kill(os.getpid(), signal.SIGSEGV)', (None, 11))):
            kernel = self.host.spawn()
            kernel.start(code)
            ended = self.host.event('exited', kernel.key)
            self.assertEqual((ended['code'], ended['signal']), expected)
        kernel = self.host.spawn()
        kernel.connection.close()
        self.assertEqual(self.host.event('exited', kernel.key)['code'], 0)
        kernel = self.host.spawn()
        self.host.tell({'op': 'signal', 'key': kernel.key, 'signal': 'SIGKILL', 'group': False})
        self.assertEqual(self.host.event('exited', kernel.key)['signal'], 9)

    def test_it_joins_its_cgroups(self):
        path = f'{CGROUPS}/quicksand-test-{os.getpid()}'
        os.mkdir(path)
        kernel = self.host.spawn(cgroups=[f'{path}/cgroup.procs'])
        with open(f'{path}/cgroup.procs', encoding='ascii') as file:
            self.assertIn(str(kernel.pid), file.read().split())
        kernel.kill()
        self.host.event('exited', kernel.key)
        for _ in range(100):
            try:
                return os.rmdir(path)
            except OSError:
                time.sleep(0.02)


if __name__ == '__main__':
    unittest.main()
