"""Programs that are no fork of the zygote: they come through the same door, with the descriptors of docs/kernel-channel.md."""

import json
import os
import signal
import unittest

from host import ENV, HOLDER_UID, shared_host

NAMESPACES = ('user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup')


class Program:
    """A program without a channel, and the test's ends of its pipes."""

    def __init__(self, host, *argv, stdin=None, **changes):
        self.host = host
        request = host.request(program=list(argv), channel=None, **changes)
        self.key = request['key']
        if stdin is not None:
            request['pipes'].append('stdin')
        host.tell(request)
        spawned = host.event('spawned', self.key)
        self.pid = spawned['pid']
        pipes = host.open_pipes(spawned)
        self.out, self.err = pipes['stdout'], pipes['stderr']
        if stdin is not None:
            os.write(pipes['stdin'], stdin)
            os.close(pipes['stdin'])

    def end(self):
        """(stdout, stderr, exited): reads until nobody holds the pipes."""
        texts = []
        for fd in (self.out, self.err):
            data = b''
            while piece := os.read(fd, 65536):
                data += piece
            os.close(fd)
            texts.append(data.decode())
        return (*texts, self.host.event('exited', self.key))


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.host = shared_host()

    def run_program(self, *argv, **changes):
        return Program(self.host, *argv, **changes).end()

    def test_it_has_no_rights_and_the_defaults(self):
        out, _, ended = self.run_program('cat', '/proc/self/status')
        self.assertEqual((ended['code'], ended['signal']), (0, None))
        status = dict(line.split(':\t', 1) for line in out.splitlines() if ':\t' in line)
        for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'SigBlk', 'SigIgn', 'SigCgt'):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual((status['Seccomp'], status['NoNewPrivs'], status['Groups'].strip()), ('2', '1', ''))
        self.assertEqual((status['Uid'].split(), status['Gid'].split()), (['1000'] * 4, ['1000'] * 4))

    def test_it_is_in_all_namespaces_of_the_holder(self):
        program = Program(self.host, 'sh', '-c', 'echo in; exec sleep 100')
        self.addCleanup(program.end)
        self.addCleanup(lambda: self.host.tell({'op': 'signal', 'key': program.key, 'signal': 'SIGKILL', 'group': True}))
        self.assertEqual(os.read(program.out, 100), b'in\n')
        for name in NAMESPACES:
            own, inside = (os.stat(f'/proc/{pid}/ns/{name}').st_ino for pid in (self.host.zygote.pid, program.pid))
            self.assertEqual(inside, os.stat(f'/proc/{self.host.holder}/ns/{name}').st_ino, name)
            self.assertNotEqual(inside, own, name)
        self.assertEqual(os.stat(f'/proc/{program.pid}').st_uid, HOLDER_UID)

    def test_it_gets_exactly_its_environment_and_descriptors(self):
        env = {**ENV, 'ODD': 'a "quoted" }], "program": ["x"] \\ é\n', 'program': '["no"]'}
        code = ('import json, os; print(json.dumps([dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid(), '
                '{n: os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")}]))')
        out, err, _ = self.run_program('python3', '-c', code, env=env, cwd='/tmp')
        self.assertEqual(err, '')
        found, cwd, leads, fds = json.loads(out)
        found.pop('LC_CTYPE', None)
        self.assertEqual((found, cwd, leads), (env, '/tmp', True))
        self.assertEqual((sorted(fds), fds['0']), (['0', '1', '2'], '/dev/null'))

    def test_arguments_are_data(self):
        odd = ['-n', "'; id #", '$(id)', 'a\nb', '', 'ünï\u2028', '"', '\\']
        out, _, _ = self.run_program('python3', '-c', 'import sys, json; print(json.dumps(sys.argv[1:]))', *odd)
        self.assertEqual(json.loads(out), odd)

    def test_standard_input(self):
        self.assertEqual(self.run_program('sh', '-c', 'sleep 0.05; cat; echo end >&2', stdin='wörd\n'.encode())[:2], ('wörd\n', 'end\n'))
        self.assertEqual(self.run_program('cat', stdin=b'')[:2], ('', ''))

    def test_what_a_short_program_wrote_is_not_lost(self):
        for _ in range(20):
            request = self.host.request(program=['echo', 'x'], channel=None)
            self.host.tell(request)
            spawned = self.host.event('spawned', request['key'])
            self.host.event('exited', request['key'])
            pipes = self.host.open_pipes(spawned)
            self.assertEqual(os.read(pipes['stdout'], 100), b'x\n')
            for fd in pipes.values():
                os.close(fd)

    def test_problems_are_told(self):
        for argv, changes, problem, message in (
            (['true'], {'cwd': '/nope'}, 'cwd_unusable', '/nope: No such file or directory'),
            (['true'], {'cwd': '/usr/bin/env'}, 'cwd_unusable', '/usr/bin/env: Not a directory'),
            (['no-such'], {}, 'program_not_found', 'no-such: No such file or directory'),
            (['/workspace'], {}, 'program_unusable', '/workspace: Permission denied'),
            (['env'], {'env': {'PATH': '/nope'}}, 'program_not_found', 'env: No such file or directory'),
            (['true', 'x' * 200_000], {}, 'program_unusable', 'true: Argument list too long'),
        ):
            with self.subTest(message):
                out, err, ended = self.run_program(*argv, **changes)
                self.assertEqual((out, err, ended['code'], ended['problem'], ended['message']), ('', '', 1, problem, message))
                self.assertFalse([event for event in self.host.events if event['event'] == 'running' and event['key'] == ended['key']])

    def test_that_it_runs_is_told_before_it_ends(self):
        program = Program(self.host, 'cat', stdin=b'')
        self.host.event('running', program.key)
        self.assertEqual(program.end()[2]['code'], 0)

    def test_ends_are_told(self):
        self.assertEqual(self.run_program('sh', '-c', 'exit 7')[2]['code'], 7)
        self.assertEqual(self.run_program('sh', '-c', 'kill -9 $$')[2]['signal'], signal.SIGKILL)
        program = Program(self.host, 'sh', '-c', 'sleep 100 & echo started; wait')
        self.assertEqual(os.read(program.out, 100), b'started\n')
        self.host.tell({'op': 'signal', 'key': program.key, 'signal': 'SIGTERM', 'group': True})
        self.assertEqual(program.end()[2]['signal'], signal.SIGTERM)

    def test_nothing_of_it_reaches_the_next_one(self):
        secret = 'sesame' + os.urandom(8).hex()
        self.run_program('true', secret, env={**ENV, 'TOKEN': secret})
        kernel = self.host.spawn()
        self.addCleanup(kernel.kill)
        code = (
            'import gc\nhalf = %r\nfound = 0\nfor line in open("/proc/self/maps"):\n    span, mode, *rest = line.split()\n    if "r" not in mode or "[v" in line: continue\n'
            '    start, stop = (int(x, 16) for x in span.split("-"))\n    with open("/proc/self/mem", "rb", 0) as m:\n        m.seek(start)\n        try: data = m.read(stop - start)\n'
            '        except OSError: continue\n    found += data.count(half[::-1].encode() + %r)\n    del data\n[found]')
        self.assertEqual(kernel.execute(code % (secret[:11][::-1], secret[11:].encode())).results[0]['json'], [0])

    def test_a_kernel_has_a_channel_that_waits_on_3_and_markers_on_4_and_5(self):
        code = (
            'import os, json, socket, stat\n'
            's = socket.socket(fileno=3)\n'
            'data = json.dumps({"key": os.environ["KEY"]}).encode()\n'
            's.sendall(len(data).to_bytes(4, "little") + bytes([16]) + bytes(4) + data)\n'
            'for fd in (4, 5): os.write(fd, b"by %d" % fd)\n'
            'names = sorted(int(n) for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}"))\n'
            'data = json.dumps([names, [stat.S_ISFIFO(os.fstat(n).st_mode) for n in (1, 2, 4, 5)]]).encode()\n'
            's.sendall(len(data).to_bytes(4, "little") + bytes([19]) + bytes(4) + data)\n'
            's.recv(1)\n')
        key = f'k{self.host.keys + 1}'
        kernel = self.host.spawn(program=['python3', '-c', code], env={**ENV, 'KEY': key})
        self.addCleanup(kernel.kill)
        self.assertEqual(kernel.greeting, {'key': key})
        kernel.marker = '0' * 32
        kernel.until(lambda: kernel.run.results and 'by 5' in kernel.run.stderr)
        self.assertEqual((kernel.run.stdout, kernel.run.stderr), ('by 4', 'by 5'))
        self.assertEqual(kernel.run.results[0], [[0, 1, 2, 3, 4, 5], [True] * 4])


if __name__ == '__main__':
    unittest.main()
