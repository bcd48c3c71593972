"""The file agent: what it does for the host, and what a sandbox cannot make it do."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from file_agent import Agent, AgentTest
from host import HOLDER_UID
from quicksand_kernel import frames
from quicksand_kernel.files.reading import open_folder
from quicksand_kernel.files.replacement import Replacement
from quicksand_kernel.files.tree import Folders, Walk


class FilesTest(AgentTest):
    def pages(self, path, limit, **fields):
        """All entries, and the last page."""
        entries = []
        while True:
            page = self.agent.call('list', path=path, limit=limit, **fields)
            entries += page['entries']
            if 'next' not in page:
                return entries, page
            fields['after'] = page['next']

    def test_it_is_inside_and_has_no_rights(self):
        self.assertEqual(self.agent.greeting, ('ready', 0, {'key': self.agent.key}))
        with open(f'/proc/{self.agent.pid}/status', encoding='ascii') as file:
            status = dict(line.rstrip('\n').split(':\t', 1) for line in file)
        for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
            self.assertEqual(int(status[name], 16), 0, name)
        self.assertEqual((status['Seccomp'], status['NoNewPrivs'], status['Uid'].split()), ('2', '1', [str(HOLDER_UID)] * 4))
        for name in ('user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup'):
            self.assertEqual(os.stat(f'/proc/{self.agent.pid}/ns/{name}').st_ino, os.stat(f'/proc/{self.host.holder}/ns/{name}').st_ino, name)
        fds = {int(fd): os.readlink(f'/proc/{self.agent.pid}/fd/{fd}') for fd in os.listdir(f'/proc/{self.agent.pid}/fd')}
        self.assertEqual([fds.pop(fd) for fd in (0, 1, 2)], ['/dev/null'] * 3)
        self.assertEqual([name.split(':')[0] for name in fds.values()], ['socket'])

    def test_bytes_come_back_as_they_were(self):
        data = os.urandom(700_001)
        self.assertEqual(self.write('a/b/data', data)['size'], len(data))
        answer, read = self.agent.read('/workspace/a/b/data')
        self.assertEqual((read == data, answer['size'], answer['start'], answer['length']), (True, len(data), 0, len(data)))
        for wanted, part in (([5, 9], data[5:10]), ([700_000, None], data[-1:]), ([None, 3], data[-3:]), ([0, 10**9], data)):
            self.assertEqual(self.agent.read('a/b/data', range=wanted)[1], part)
        self.assertEqual(self.agent.fails('read', path='a/b/data', range=[700_001, None]), 'RANGE')
        self.assertEqual(self.agent.call('read', path='a/b/data', head=True)['size'], len(data))

    def test_a_broken_upload_leaves_what_was_there(self):
        self.write('kept', b'old')
        for path in ('kept', 'new/folder/file'):
            other = Agent(self.host)
            other.count = 1
            other.send(frames.OPERATION, json.dumps({'op': 'write', 'path': path, 'upload': True}).encode())
            other.send(frames.DATA, b'half of it')
            self.assertEqual(other.close()['code'], 0)
        self.assertEqual(self.agent.read('kept')[1], b'old')
        self.assertEqual(sorted(name for name in os.listdir(self.inside) if name in ('new', 'kept') or name.startswith('.quicksand')), ['kept'])

    def test_what_is_no_file_neither_hangs_nor_is_replaced(self):
        os.mkfifo(f'{self.inside}/fifo', 0o666)
        os.chown(f'{self.inside}/fifo', HOLDER_UID, HOLDER_UID)
        for path in ('fifo', '/dev/null', '/dev/tty'):
            for op in ('read', 'write'):
                expected = 'NOT_REGULAR'
                self.assertEqual(self.agent.fails(op, path=path, **({'upload': b'x'} if op == 'write' else {})), expected, (op, path))
        for op in ('read', 'write'):
            self.assertEqual(self.agent.fails(op, path='/workspace', **({'upload': b'x'} if op == 'write' else {})), 'EISDIR')

    def test_files_of_proc_are_read_to_their_end(self):
        answer, data = self.agent.read('/proc/self/status')
        self.assertEqual(answer['size'], 0)
        self.assertIn(b'Seccomp:\t2', data)

    def test_links_lead_nowhere_but_inside(self):
        os.symlink('/etc/shadow', f'{self.inside}/shadow')
        os.symlink('loop', f'{self.inside}/loop')
        os.symlink('target', f'{self.inside}/link')
        self.assertEqual(self.agent.fails('read', path='shadow'), 'ENOENT')
        self.assertEqual(self.agent.fails('read', path='loop'), 'ELOOP')
        self.assertEqual(self.agent.fails('read', path='../../../../../../root/.bashrc'), 'ENOENT')
        self.write('link', b'through')
        self.assertEqual((self.agent.read('target')[1], os.readlink(f'{self.inside}/link')), (b'through', 'target'))

    def test_modes_stay_and_count(self):
        self.write('run.sh', b'#!/bin/sh\n')
        os.chmod(f'{self.inside}/run.sh', 0o754)
        self.write('run.sh', b'#!/bin/sh\nexit 1\n')
        self.assertEqual(os.stat(f'{self.inside}/run.sh').st_mode & 0o7777, 0o754)
        os.chmod(f'{self.inside}/run.sh', 0o400)
        self.assertEqual(self.agent.fails('write', path='run.sh', upload=b'x'), 'EACCES')
        os.chmod(f'{self.inside}/run.sh', 0)
        self.assertEqual(self.agent.fails('read', path='run.sh'), 'EACCES')

    def test_all_names(self):
        names = [b'with space', b'line\nbreak', b'-rf', 'ünï\U0001f40d'.encode(), b'x' * 255, b'not \xff utf-8']
        os.mkdir(f'{self.inside}/names')
        os.chown(f'{self.inside}/names', HOLDER_UID, HOLDER_UID)
        for name in names:
            with open(f'{self.inside}/names/'.encode() + name, 'wb') as file:
                file.write(name)
        page = self.agent.call('list', path='names', limit=100)
        self.assertEqual([entry['path'] for entry in page['entries']], [name.decode('utf-8', 'replace') for name in sorted(names)])
        for name in names[:-1]:
            self.assertEqual(self.agent.read('names/' + name.decode())[1], name)
        self.assertEqual(self.agent.fails('write', path='y' * 256, upload=b''), 'ENAMETOOLONG')

    def test_pages_follow_each_other(self):
        for folder in ('t', 't/a', 't/a b', 't/b', 't/b/c', 't/.h'):
            os.mkdir(f'{self.inside}/{folder}')
            for name in ('1', '2', '.3'):
                open(f'{self.inside}/{folder}/{name}', 'w').close()
        for fields in ({}, {'recursive': True}, {'recursive': True, 'hidden': True}):
            whole = self.agent.call('list', path='t', limit=1000, **fields)
            self.assertNotIn('next', whole)
            for limit in (1, 2, 5):
                self.assertEqual(self.pages('t', limit, **fields)[0], whole['entries'])
        self.assertEqual([entry['path'] for entry in self.agent.call('list', path='t', limit=9)['entries']], ['1', '2', 'a', 'a b', 'b'])

    def test_a_tree_deeper_than_a_path_may_be(self):
        folder = os.open(self.inside, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir('deep', dir_fd=folder)
            folder, before = os.open('deep', os.O_RDONLY, dir_fd=folder), folder
            os.close(before)
        os.close(folder)
        self.addCleanup(subprocess.run, ['rm', '-rf', f'{self.inside}/deep'], check=True)
        entries, page = self.pages('deep', 10_000, recursive=True)
        self.assertGreater(entries[-1]['path'].count('deep'), 800)
        self.assertGreater(page['unreadable'], 0)
        self.assertEqual(self.agent.fails('pack', path='deep'), 'ENAMETOOLONG')

    def test_a_file_longer_than_numbers_are_exact(self):
        self.write('/tmp/holes/file', b'')
        # Only in a file system without blocks to count can it be that long.
        with open(f'/proc/{self.agent.pid}/root/tmp/holes/file', 'r+b') as file:
            file.truncate((1 << 63) - 4096)
        self.assertEqual(self.agent.call('list', path='/tmp/holes', limit=1)['entries'][0]['size'], (1 << 53) - 1)
        self.assertEqual(self.agent.read('/tmp/holes/file', range=[5, 8])[1], bytes(4))

    def test_paths_that_are_longer_than_they_need_be(self):
        self.write('tidy/sub/file', b'')
        os.symlink('/tmp', f'{self.inside}/tidy/link')
        for path, base, name in (
            ('tidy/sub/', '/workspace/tidy', 'sub'), ('tidy//./sub/.', '/workspace/tidy', 'sub'), ('.', '/', 'workspace'),
            ('tidy/sub/..', '/workspace', 'tidy'), ('tidy/link/..', '/', ''), ('tidy/link/', '/workspace/tidy', 'link'),
        ):
            found = self.agent.call('stat', path=path)
            self.assertEqual((found['base'], found['path']), (base, name), path)
        page = self.agent.call('list', path='tidy/link/../workspace/tidy/sub/', limit=9)
        self.assertEqual((page['base'], len(page['entries'])), ('/workspace/tidy/sub', 1))

    def test_a_path_with_more_folders_than_python_calls_itself(self):
        path = 'f/' * 1900 + 'file'
        self.addCleanup(subprocess.run, ['rm', '-rf', f'{self.inside}/f'], check=True)
        self.write(path, b'deep')
        self.assertEqual(self.agent.read(path)[1], b'deep')
        self.agent.call('mkdir', path='f/' * 1901, recursive=True)

    def test_changes(self):
        for name in ('kept', 'changed', 'same size', 'gone', 'replaced'):
            self.write(f'ch/{name}', b'1')
        self.agent.call('begin')
        self.write('ch/new', b'1')
        with open(f'{self.inside}/ch/changed', 'ab') as file:
            file.write(b'2')
        before = os.stat(f'{self.inside}/ch/same size')
        with open(f'{self.inside}/ch/same size', 'r+b') as file:
            file.write(b'2')
        os.utime(f'{self.inside}/ch/same size', ns=(before.st_atime_ns, before.st_mtime_ns))
        os.unlink(f'{self.inside}/ch/gone')
        self.write('ch/replaced', b'1')
        found = self.agent.call('changes')
        self.assertEqual(found['created'], ['/workspace/ch/new'])
        self.assertEqual(found['changed'], [f'/workspace/ch/{name}' for name in ('changed', 'replaced', 'same size')])
        self.assertEqual(found['deleted'], ['/workspace/ch/gone'])

    def test_moves(self):
        self.write('m/a', b'a')
        self.write('m/b', b'b')
        self.assertEqual(self.agent.call('move', **{'from': 'm/a', 'to': 'm/b'})['path'], '/workspace/m/b')
        self.agent.call('mkdir', path='m/into')
        self.assertEqual(self.agent.call('move', **{'from': 'm/b', 'to': 'm/into'})['path'], '/workspace/m/into/b')
        self.agent.call('move', **{'from': 'm/into/b', 'to': '/tmp/across'})
        self.assertEqual(self.agent.read('/tmp/across')[1], b'a')
        self.assertEqual(self.agent.fails('move', **{'from': 'm/into/b', 'to': 'x'}), 'ENOENT')
        self.assertEqual(self.agent.fails('move', **{'from': 'm/into', 'to': '/tmp/folder'}), 'ACROSS')
        self.assertEqual(self.agent.fails('move', **{'from': 'm', 'to': 'm/into'}), 'ITSELF')

    def test_a_link_that_moves_to_another_file_system_replaces_a_file(self):
        self.write('/tmp/taken', b'old')
        os.symlink('nowhere', f'{self.inside}/moved')
        self.agent.call('move', **{'from': 'moved', 'to': '/tmp/taken'})
        self.assertEqual(os.readlink(f'/proc/{self.agent.pid}/root/tmp/taken'), 'nowhere')
        self.assertFalse(os.path.lexists(f'{self.inside}/moved'))

    def test_types(self):
        for name, data, kind in (
            ('t.csv', b'a,b', 'text/csv'), ('t.png', b'', 'image/png'), ('pic', b'\x89PNG\r\n\x1a\n\0', 'image/png'), ('notes', 'ü'.encode(), 'text/plain'),
            ('blob', b'\0\1', 'application/octet-stream'), ('cut', b'x' * 4095 + 'ü'.encode(), 'text/plain'), ('data.parquet', b'', 'application/vnd.apache.parquet'),
        ):
            self.write(f'types/{name}', data)
            self.assertEqual(self.agent.read(f'types/{name}')[0]['mimeType'], kind, name)


class FoldersTest(unittest.TestCase):
    def test_a_large_folder_is_read_again_only_when_it_has_changed(self):
        with tempfile.TemporaryDirectory() as root:
            path, read = os.fsencode(root), []
            sys.addaudithook(lambda event, args: read.append(args) if (event, args) == ('os.scandir', (path,)) else None)
            for name, times in (('b', 2), ('c', 3), ('a', 4)):
                with open(os.path.join(root, name), 'w', encoding='ascii'):
                    # Two changes within one tick of its clock are one to a file system.
                    os.utime(root, (times, times))
            folders = Folders(large=2)
            for _ in range(2):
                self.assertEqual([entry.name for entry in folders.read(path)], [b'a', b'b', b'c'])
            self.assertEqual(len(read), 1)
            os.rename(os.path.join(root, 'c'), os.path.join(root, 'd'))
            for _ in range(2):
                self.assertEqual([entry.name for entry in folders.read(path)], [b'a', b'b', b'd'])
            self.assertEqual(len(read), 2)
            folders.forget()
            folders.read(path)
            self.assertEqual(len(read), 3)

    def test_a_small_folder_takes_no_place_of_a_large_one(self):
        with tempfile.TemporaryDirectory() as root:
            path = os.fsencode(root)
            os.mkdir(path + b'/a')
            folders = Folders(large=0)
            entries = folders.read(path)
            self.assertEqual(folders.read(path + b'/a'), [])
            self.assertIs(folders.read(path), entries)


class WalkTest(unittest.TestCase):
    def test_what_is_gone_is_not_what_cannot_be_read(self):
        with tempfile.TemporaryDirectory() as path:
            for name in ('gone', 'kept', 'replaced'):
                os.mkdir(f'{path}/{name}')
            walk, seen = Walk(os.fsencode(path), recursive=True, hidden=True), []
            for relative, entry in walk.entries():
                seen.append(relative)
                if relative != b'kept':
                    os.rmdir(entry.path)
                if relative == b'replaced':
                    open(entry.path, 'wb').close()
            self.assertEqual((seen, walk.unreadable), ([b'gone', b'kept', b'replaced'], 0))


class ReplacementTest(unittest.TestCase):
    def test_with_and_without_files_that_have_no_name(self):
        for nameless in (True, False):
            with tempfile.TemporaryDirectory() as path, open_folder(path) as folder:
                for data in (b'first', b'second'):
                    with Replacement(folder, 0o640, nameless) as new:
                        new.write(data)
                        self.assertEqual(len(os.listdir(path)), (data == b'second') + (not nameless))
                        new.commit(folder, b'name')
                    with open(f'{path}/name', 'rb') as file:
                        self.assertEqual(file.read(), data)
                with self.assertRaises(ZeroDivisionError), Replacement(folder, 0o640, nameless) as new:
                    new.write(b'third')
                    raise ZeroDivisionError
                os.mkdir(f'{path}/folder')
                with self.assertRaises(IsADirectoryError), Replacement(folder, 0o640, nameless) as new:
                    new.commit(folder, b'folder')
                self.assertEqual(sorted(os.listdir(path)), ['folder', 'name'])


if __name__ == '__main__':
    unittest.main()
