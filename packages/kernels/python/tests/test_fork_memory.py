"""The layout of a zygote's memory: seen from outside, in a process of its own."""

import subprocess
import sys
import unittest

from host import FOLDER

_HEAD = f'import sys\nsys.path.insert(0, {FOLDER!r})\nfrom quicksand_kernel.fork_memory import fill_gaps, fill_heap, gather, use_huge_pages\n'
# Pools with a few objects each that stay, and room for more.
_HOLES = 'old = [bytes(167) for _ in range(20_000)]\nold = old[::10]\n'


def run(code):
    return subprocess.run([sys.executable, '-c', _HEAD + code], capture_output=True, check=True, text=True).stdout.split()


class ForkMemoryTest(unittest.TestCase):
    def test_what_is_made_after_the_gaps_are_filled_lies_apart_from_what_was_there(self):
        new = 'new = [bytes(167) for _ in range(1500)]\nprint(len({id(thing) // 16384 for thing in old} & {id(thing) // 16384 for thing in new}))'
        self.assertGreater(int(run(_HOLES + new)[0]), 0)
        self.assertEqual(int(run(f'{_HOLES}kept = fill_gaps()\n{new}')[0]), 0)

    def test_nothing_is_free_in_the_heap_once_it_is_filled(self):
        code = 'from quicksand_kernel.linux import freed_memory\nold = [bytearray(n) for n in range(600, 6000)]\nold = old[::10]\n'
        show = 'print((freed_memory() or [0])[0])'
        before, after = (int(run(f'{code}{step}{show}')[0]) for step in ('', 'fill_heap()\n'))
        if before:
            self.assertGreater(before, 1_000_000)
            self.assertLess(after, 10_000)

    def test_an_allocator_without_pools_is_no_trouble(self):
        code = 'import os, subprocess\nprint(len(fill_gaps()))'
        done = subprocess.run([sys.executable, '-c', _HEAD + code], env={'PYTHONMALLOC': 'malloc'}, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_memory_moves_into_huge_pages_and_stays_what_it_is(self):
        code = (
            'gathered = gather(16)\ndata = [bytes(str(n), "ascii") * 20 for n in range(100_000)]\ngathered.clear()\nuse_huge_pages()\n'
            'print(all(thing == bytes(str(n), "ascii") * 20 for n, thing in enumerate(data)))\n'
            'print(next(line.split()[1] for line in open("/proc/self/smaps_rollup") if line.startswith("AnonHugePages")))')
        same, kilobytes = run(code)
        self.assertEqual(same, 'True')
        with open('/sys/kernel/mm/transparent_hugepage/enabled', encoding='ascii') as file:
            allowed = '[never]' not in file.read()
        if allowed:
            self.assertGreater(int(kilobytes), 2048)


if __name__ == '__main__':
    unittest.main()
