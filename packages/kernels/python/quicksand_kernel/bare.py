"""The bare zygote: what needs nothing of Python's is forked from it, programs and file agents. A fork copies the tables of all memory that a process has.

    PYTHONPATH=packages/kernels/python python -S -m quicksand_kernel.bare
"""

import gc
import os
import signal

from . import linux
from .files.agent import FileAgent
from .forks import Forks


def main():
    linux.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forks = Forks(_become)
    gc.collect()
    gc.freeze()
    forks.run({})


def _become(inside):
    if inside.kind != 'files':
        os._exit(1)
    FileAgent(inside.channel).serve(inside.key)


if __name__ == '__main__':
    main()
