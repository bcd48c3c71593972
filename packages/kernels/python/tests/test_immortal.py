"""What of a zygote is not copied for being looked at: seen in a process of its own, since it is for ever."""

import subprocess
import sys
import unittest

from host import FOLDER

_HEAD = (
    f'import os, sys\nsys.path.insert(0, {FOLDER!r})\nfrom quicksand_kernel.immortal import make_immortal\n'
    'def dirty():\n    return next(int(line.split()[1]) for line in open("/proc/self/smaps_rollup") if line.startswith("Private_Dirty"))\n'
    'class Thing:\n    pass\ndata = [Thing() for _ in range(100_000)]\n')
_READING = '''
if os.fork() == 0:
    before = dirty()
    copies = [thing for thing in data]
    del copies
    print(dirty() - before)
    sys.stdout.flush()
    os._exit(0)
os.wait()
'''
_HAS_IMMORTAL = sys.implementation.name == 'cpython' and (3, 12) <= sys.version_info < (3, 14)


def run(code):
    done = subprocess.run([sys.executable, '-c', _HEAD + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


class ImmortalTest(unittest.TestCase):
    def test_a_fork_that_reads_what_was_there_copies_it_unless_it_is_immortal(self):
        copied, = run(_READING)
        self.assertGreater(int(copied), 4000)
        made, copied = run(f'print(make_immortal(), flush=True)\n{_READING}')
        if _HAS_IMMORTAL:
            self.assertGreater(int(made), 100_000)
            self.assertLess(int(copied), 2000)
        else:
            self.assertEqual(int(made), 0)
            self.assertGreater(int(copied), 4000)

    def test_what_is_made_later_still_ends(self):
        self.assertEqual(run('import weakref\nmake_immortal()\nlater = Thing()\nseen = weakref.ref(later)\ndel later\nprint(seen())'), ['None'])

    def test_what_only_the_search_holds_is_let_go(self):
        self.assertEqual(run('import gc\nmake_immortal()\nprint(max(len(thing) for thing in gc.get_objects() if type(thing) is dict) < 100_000)'), ['True'])

    def test_what_code_refers_to_is_immortal_too(self):
        code = (
            'def f():\n    return ("a text of its own", 12345.678, lambda x: (x, 98765.4321))\n'
            'make_immortal()\n'
            'inner = next(constant for constant in f.__code__.co_consts if hasattr(constant, "co_consts"))\n'
            'names = [f.__code__.co_consts, f.__code__.co_name, inner.co_consts, inner.co_linetable, *inner.co_consts]\n'
            'print(all(sys.getrefcount(thing) > 1 << 30 for thing in names))')
        self.assertEqual(run(code), [str(_HAS_IMMORTAL)])


if __name__ == '__main__':
    unittest.main()
