"""What a fork has copied and not changed is given back: seen in processes of their own, since a process puts its memory into the file once."""

import platform
import subprocess
import sys
import time
import unittest

from host import FOLDER, Host

_HEAD = f'''
import ctypes, gc, os, sys
sys.path.insert(0, {FOLDER!r})
from quicksand_kernel.originals import Originals, find_places
def dirty():
    return next(int(line.split()[1]) for line in open('/proc/self/smaps_rollup') if line.startswith('Private_Dirty'))
def forked(step):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            step()
            sys.stdout.flush()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
data = [(str(n), float(n)) for n in range(100_000)]
originals, places = Originals(), find_places()
gc.freeze()
'''
_PAGE_OF_THE_HEAP = '''
block = bytearray(b"y" * 65536)
page = -(-ctypes.addressof(ctypes.c_char.from_buffer(block)) // 4096) * 4096
'''
_HAS_ROUTINE = platform.machine() == 'x86_64'


def run(code, *wrapper, whole=False):
    done = subprocess.run([*wrapper, sys.executable, '-c', _HEAD + code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout if whole else done.stdout.split()


@unittest.skipUnless(_HAS_ROUTINE, 'the routine is for 64-bit x86')
class OriginalsTest(unittest.TestCase):
    def test_what_a_fork_has_only_looked_at_is_given_back_and_what_it_has_changed_is_not(self):
        code = '''
in_heap = [bytearray(b'h' * 100_000) for _ in range(100)]
print(originals.keep(places))
def look():
    originals.begin()
    held = [thing for pair in data for thing in pair]
    for piece in in_heap:
        piece[:] = b'h' * 100_000
    data[5] = ('changed', 5.5)
    more = bytes(1) + b'new' * 3_000_000
    print(dirty(), originals.are_copied())
    del held
    originals.give_back(lambda: True)
    print(dirty(), originals.are_copied())
    print(data[5], all(data[n] == (str(n), float(n)) for n in range(100_000) if n != 5))
forked(look)
print(data[5])
'''
        kept, before, much, after, still, *rest = run(code)
        self.assertEqual((kept, much, still), ('True', 'True', 'False'))
        self.assertGreater(int(before), 30_000)
        self.assertLess(int(after), int(before) - 20_000)
        self.assertEqual(rest, ["('changed',", '5.5)', 'True', "('5',", '5.0)'])

    def test_it_can_be_done_again_and_again_while_memory_is_taken_and_given_back(self):
        code = '''
originals.keep(places)
def work():
    from quicksand_kernel.linux import give_back_memory
    for turn in range(30):
        held = [(thing, [turn] * 5, bytes(5000 * (n % 7))) for n, thing in enumerate(data[turn * 1000:turn * 1000 + 9000])]
        data[turn] = (str(turn), turn + 0.5)
        if turn % 3:
            del held
        give_back_memory()
        originals.give_back(lambda: True)
    print(all(data[n] == (str(n), n + 0.5 if n < 30 else float(n)) for n in range(100_000)), gc.collect() >= 0)
forked(work)
'''
        self.assertEqual(run(code), ['True', 'True'])

    def test_no_fork_can_write_to_what_others_have(self):
        code = '''
originals.keep(places)
def write():
    import mmap
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    libc.madvise.argtypes = libc.mprotect.argtypes
    places = [line.split() for line in open('/proc/self/maps').read().splitlines() if 'memfd:' in line]
    assert {mode for _, mode, *_ in places} == {'r--p', 'rw-p'}, places
    span = next(span for span, mode, *_ in places if mode == 'r--p')
    assert os.stat(f'/proc/self/map_files/{span}').st_mode & 0o777 == 0
    # As root, which code in a sandbox is not.
    fd = os.open(f'/proc/self/map_files/{span}', os.O_RDWR)
    for attempt in (lambda: os.pwrite(fd, b'x', 0), lambda: os.ftruncate(fd, 0), lambda: mmap.mmap(fd, 4096, mmap.MAP_SHARED)):
        try:
            attempt()
            print('written')
        except OSError:
            pass
    for span, mode, *_ in places:
        start = int(span.split('-')[0], 16)
        # 9: MADV_REMOVE, a hole in the file.
        assert libc.madvise(start, 4096, 9) == -1
        if mode == 'r--p':
            assert libc.mprotect(start, 4096, 3) == 0
            ctypes.memset(start, 120, 4096)
    print('tried')
def read():
    print(all(data[n] == (str(n), float(n)) for n in range(100_000)))
    for line in open('/proc/self/maps'):
        if 'memfd:' in line and ' r--p ' in line:
            print(ctypes.string_at(int(line.split('-')[0], 16), 4096) != b'x' * 4096)
forked(write)
forked(read)
'''
        self.assertEqual(run(code), ['tried', 'True', 'True'])

    def test_what_lies_where_the_file_was_is_left_alone(self):
        code = '''
originals.keep(places)
def map_over():
    import mmap
    libc = ctypes.CDLL(None)
    libc.mmap.restype, libc.mmap.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_size_t, *(ctypes.c_int,) * 3, ctypes.c_long)
    # The page as it is, in memory of another kind.
    held = ctypes.string_at(page, 4096)
    assert held == b'y' * 4096
    # 0x32: MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
    assert libc.mmap(page, 4096, 3, 0x32, -1, 0) == page
    ctypes.memmove(page, held, 4096)
    # And a file of its own, with a copy of the first page.
    begin = next(int(line.split('-')[0], 16) for line in open('/proc/self/maps') if 'memfd:' in line and 'r--p' in line)
    file = os.memfd_create('own')
    os.ftruncate(file, 4096)
    own = mmap.mmap(file, 4096, mmap.MAP_PRIVATE)
    own[:] = first = ctypes.string_at(begin, 4096)
    originals.give_back(lambda: True)
    print(ctypes.string_at(page, 4096) == held, own[:] == first != bytes(4096))
forked(map_over)
'''
        self.assertEqual(run(_PAGE_OF_THE_HEAP + code), ['True', 'True'])

    def test_memory_that_others_take_from_linux_stays_what_it_is(self):
        code = '''
import mmap
own = mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
own.write(b'x' * (4 << 20))
large = bytearray(b'x' * (40 << 20))
print(originals.keep(places))
def use():
    own.madvise(mmap.MADV_DONTNEED)
    print(own.find(b'x'))
    # The C library makes it longer where it lies.
    large.extend(bytes(200 << 20))
    print(large.count(b'x') == 40 << 20)
forked(use)
'''
        self.assertEqual(run(code), ['True', '-1', 'True'])

    def test_a_look_that_comes_to_nothing_leaves_nothing_behind(self):
        code = '''
originals.keep(places)
def look():
    held = [thing for pair in data for thing in pair]
    del held
    ctypes.memset(page, ord('y'), 4096)
    before = dirty()
    originals.give_back(lambda: False)
    print(dirty() > before - 1000)
    libc = ctypes.CDLL(None)
    libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    assert libc.munmap(page, 4096) == 0
    originals.give_back(lambda: True)
    print(dirty() < before - 1000)
forked(look)
'''
        self.assertEqual(run(_PAGE_OF_THE_HEAP + code), ['True', 'True'])

    def test_nothing_is_collected_while_memory_is_looked_at(self):
        code = '''
originals.keep(places)
def look(collects):
    while_looking = []
    gc.callbacks.append(lambda phase, info: while_looking.append(phase))
    (gc.enable if collects else gc.disable)()
    gc.set_threshold(1)
    originals.give_back(lambda: while_looking.clear() or [[] for _ in range(1000)])
    print(len(while_looking) < 10, gc.isenabled())
forked(lambda: look(True))
forked(lambda: look(False))
'''
        self.assertEqual(run(code), ['True', 'True', 'True', 'False'])

    def test_without_what_it_needs_of_linux_memory_stays_as_it_is(self):
        hidden = '''
libc = ctypes.CDLL(None, use_errno=True)
# 4096: MS_BIND
assert libc.mount(b'/dev/null', b'/proc/%d/pagemap' % os.getpid(), None, 4096, None) == 0, ctypes.get_errno()
'''
        after = 'print(originals.keep(places), "memfd:" in open("/proc/self/maps").read(), originals.are_copied(), data[7])'
        for wrapper, before in ((('unshare', '--mount'), hidden), (('prlimit', '--fsize=1000000'), '')):
            with self.subTest(wrapper):
                self.assertEqual(run(before + after, *wrapper), ['False', 'False', 'False', "('7',", '7.0)'])

    def test_steps_end_with_the_first_call_that_gives_something_else(self):
        code = '''
from quicksand_kernel.steps import Routine, Steps
routine, steps = Routine(), Steps()
same, other, counter = bytearray(4096), bytearray(b'1' * 4096), os.memfd_create('counter')
a, b = (ctypes.addressof(ctypes.c_char.from_buffer(block)) for block in (same, other))
write = lambda result=1: steps.call(1, counter, b, 1, result=result)
write()
steps.skip_unless_same(a, b, 4096)
write()
steps.skip_unless_same(a, a, 4096)
write()
steps.skip_unless_same(a, b, 8)
write()
routine.run(steps)
print(os.fstat(counter).st_size)
def fail():
    before = os.fstat(counter).st_size
    try:
        routine.run(steps)
    except OSError as error:
        print(error, os.fstat(counter).st_size - before, sep='|')
steps = Steps()
write()
write(result=2)
write()
fail()
steps = Steps()
write()
steps.skip_unless_same(a, b, 8)
# What lies behind the last step is none.
write()
del steps.words[-8:]
fail()
'''
        said = run(code, whole=True)
        self.assertEqual(said, '2\na system call failed, and 2 of 3 steps were not taken|2\na system call failed, and -1 of 2 steps were not taken|1\n')


class WithoutRoutineTest(unittest.TestCase):
    def test_another_processor_keeps_its_memory_where_it_is(self):
        self.assertEqual(run('print(originals.keep(places), "memfd:" in open("/proc/self/maps").read(), originals.are_copied())', 'setarch', 'i686'), ['False'] * 3)


@unittest.skipUnless(_HAS_ROUTINE, 'the routine is for 64-bit x86')
class AtRestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.host = Host()

    @classmethod
    def tearDownClass(cls):
        cls.host.close()

    def test_a_kernel_gives_back_at_rest_what_its_code_has_only_looked_at(self):
        kernel = self.host.spawn()
        kernel.execute('seen, told = 1, set()\nimport sys\nsys.addaudithook(lambda name, arguments: told.add((name, str(arguments)[:50])))')
        # Each attribute of each class of each module, and what these hang on.
        code = (
            'import gc, pandas, sys\nheld = [vars(module).copy() for module in sys.modules.copy().values()]\n'
            'held += [vars(thing).copy() for names in held for thing in names.values() if isinstance(thing, type)]\n'
            'held.append(gc.get_referents(*[thing for names in held for thing in names.values()]))\nlen(held)')
        self.assertEqual(kernel.execute(code).errors, [])
        before = _own(kernel.pid)
        kernel.execute('del held')
        limit = time.monotonic() + 20
        while _own(kernel.pid) > before / 2 and time.monotonic() < limit:
            time.sleep(0.05)
        self.assertLess(_own(kernel.pid), before / 2)
        run = kernel.execute('print(pandas.DataFrame({"a": [1.5, 2]}).a.sum(), seen, [event for event in told if "/proc" in event[1] or "ctypes" in event[0]])')
        self.assertEqual(run.output, '3.5 1 []\n')

    def test_only_threads_that_are_known_to_wait_are_no_trouble(self):
        code = """
import threading, time
from quicksand_kernel.linux import is_alone_with
gate = threading.Lock()
gate.acquire()
began = threading.Event()
def wait():
    began.set()
    gate.acquire()
    gate.release()
thread = threading.Thread(target=wait)
thread.start()
began.wait()
while not is_alone_with(thread.native_id):
    pass
other = threading.Thread(target=wait)
other.start()
print(is_alone_with(thread.native_id))
gate.release()
thread.join()
other.join()
# It waits for the lock, but not until it has it.
gate.acquire()
patient = threading.Thread(target=gate.acquire, kwargs={'timeout': 600})
patient.start()
def state():
    with open(f'/proc/self/task/{patient.native_id}/syscall') as file:
        return file.read()
# The same twice, while it could have had its turn: it has come to the lock.
before = ''
while before != state() or not before.startswith('202 '):
    before = state()
    time.sleep(0.01)
print(is_alone_with(patient.native_id))
gate.release()
"""
        self.assertEqual(run(code), ['False', 'False'])


def _own(pid):
    """What it has copied of the file, in KiB."""
    with open(f'/proc/{pid}/smaps', encoding='ascii') as file:
        _, *places = file.read().split('/memfd:quicksand')
    return sum(int(place.partition('\nAnonymous:')[2].split()[0]) for place in places)


if __name__ == '__main__':
    unittest.main()
