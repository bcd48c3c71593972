"""Folders as archives, out of a file agent and into it: whole, or refused by name."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import unittest

from file_agent import AgentTest


class ArchivesTest(AgentTest):
    def test_archives_there_and_back(self):
        for name, data in (('in/a', b'1'), ('in/sub/b', b'22'), ('in/ü \n', b'333')):
            self.write(name, data)
        os.symlink('a', f'{self.inside}/in/link')
        os.mkfifo(f'{self.inside}/in/pipe')
        os.chmod(f'{self.inside}/in/a', 0o750)
        self.agent.start('pack', path='in')
        self.assertEqual(self.agent.next()[0], 'answer')
        packed = self.agent.data()
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            self.assertEqual(sorted(archive.getnames()), ['a', 'link', 'sub', 'sub/b', 'ü \n'])
        answer = self.agent.call('unpack', path='out/there', upload=packed)
        self.assertEqual(answer, {'path': '/workspace/out/there', 'entries': 5, 'bytes': 6, 'skipped': 0})
        self.assertEqual(self.agent.read('out/there/link')[1], b'1')
        self.assertEqual(os.stat(f'{self.inside}/out/there/a').st_mode & 0o777, 0o750)

    def test_archives_cannot_lead_out_of_their_folder(self):
        self.write('outside/file', b'untouched')

        link = {'type': tarfile.SYMTYPE, 'linkname': '../outside'}
        for members, failure in (
            ([('../outside/file', {})], 'ARCHIVE'),
            ([('/workspace/outside/file', {})], 'ARCHIVE'),
            ([('link', link), ('link/file', {})], 'ENOTDIR'),
            ([('hard', {'type': tarfile.LNKTYPE, 'linkname': '../outside/file'})], 'ARCHIVE'),
        ):
            self.assertIn(self.agent.fails('unpack', path='jail', upload=_pack(*members)), (failure, 'ELOOP'))
        self.assertEqual(self.agent.call('unpack', path='jail', upload=_pack(('dev', {'type': tarfile.CHRTYPE})))['skipped'], 1)
        self.assertEqual(self.agent.read('outside/file')[1], b'untouched')
        for broken in (b'no archive at all', b'', _pack(('a', {}))[:700]):
            self.assertIn(self.agent.fails('unpack', path='jail', upload=broken), ('ARCHIVE', 'answer') if broken == b'' else ('ARCHIVE',))

    def test_archives_of_several_compressed_streams(self):
        packed = _pack(*((f'{n}', {'size': 3000}) for n in range(200)))
        pieces = [packed[at:at + 100_000] for at in range(0, len(packed), 100_000)]
        for compress in (gzip.compress, bz2.compress, lzma.compress):
            upload = b''.join(map(compress, pieces))
            self.assertEqual(self.agent.call('unpack', path='streams', upload=upload)['entries'], 200, compress)
            self.assertEqual(self.agent.fails('unpack', path='streams', upload=upload[:-1]), 'ARCHIVE', compress)
        zipped = gzip.compress(packed)
        for broken in (zipped[:-8] + bytes(8), zipped + b'no archive'):
            self.assertEqual(self.agent.fails('unpack', path='streams', upload=broken), 'ARCHIVE')
        self.assertEqual(self.agent.call('unpack', path='streams', upload=zipped + bytes(512))['entries'], 200)

    def test_archives_that_are_broken_behind_their_begin(self):
        packed = _pack(('a', {}), ('b', {}))
        for broken in (packed[:1024] + b'?' * 512 + packed[1536:], packed[:1024 + 100], packed[:1024 + 514]):
            self.assertEqual(self.agent.fails('unpack', path='broken', upload=broken), 'ARCHIVE')
        self.assertEqual(self.agent.fails('unpack', path='broken', upload=_pack(('a', {'pax_headers': {'mtime': '1e300'}}))), 'ARCHIVE')
        deep = tarfile.TarInfo('deep')
        deep.type, deep.size = tarfile.GNUTYPE_LONGNAME, 512
        upload = (deep.tobuf(tarfile.GNU_FORMAT) + b'n' * 512) * 2000 + packed
        self.assertEqual(self.agent.fails('unpack', path='broken', upload=upload), 'ARCHIVE')

    def test_a_file_that_becomes_shorter_while_it_is_packed(self):
        self.write('shorter/file', b'')
        os.truncate(f'{self.inside}/shorter/file', 50 << 20)
        self.agent.start('pack', path='shorter')
        self.assertEqual([self.agent.next()[0] for _ in range(2)], ['answer', 'data'])
        os.truncate(f'{self.inside}/shorter/file', 1)
        self.assertEqual(self.agent.data(), 'SHRANK')


def _pack(*members):
    """An archive of members with these names and fields; files have 4 bytes where these do not say otherwise."""
    packed = io.BytesIO()
    with tarfile.open(mode='w', fileobj=packed) as tar:
        for name, fields in members:
            member = tarfile.TarInfo(name)
            member.size = 4
            for field, value in fields.items():
                setattr(member, field, value)
            member.size *= member.isreg()
            tar.addfile(member, io.BytesIO(b'evil' + bytes(member.size)) if member.isreg() else None)
    return packed.getvalue()


if __name__ == '__main__':
    unittest.main()
