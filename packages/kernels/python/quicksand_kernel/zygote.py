"""The zygote: a warm process that kernels are forked from.

    PYTHONPATH=packages/kernels/python python -m quicksand_kernel.zygote --preload numpy,pandas,matplotlib
"""

import argparse
import gc
import importlib
import importlib.metadata
import os
import shutil
import signal
import sys
import tempfile

from .named_inside import NamedInside

_named = NamedInside(__package__, globals())

from . import linux  # noqa: E402
from .fork_memory import fill_gaps, fill_heap, gather, use_huge_pages  # noqa: E402
from .originals import Originals, find_places  # noqa: E402

# More than what is loaded below needs, and than what it needs with a dozen more packages.
_gathered = gather(megabytes=64)
_places = find_places()
if __name__ == '__main__':
    # Loading takes a while, in which it does not hear that the host is gone.
    linux.die_with_parent()
# Before numpy is imported: threads would make a fork unsafe.
for _name in ('OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMEXPR_NUM_THREADS', 'ARROW_NUM_THREADS'):
    os.environ[_name] = '1'

from .charts import keep_charts  # noqa: E402
from .figures import use_inline_figures  # noqa: E402
from .files.agent import FileAgent  # noqa: E402
from .forks import Forks  # noqa: E402
from .immortal import forget_names, make_immortal  # noqa: E402
from .kernel import Kernel, Pristine, prepare_template  # noqa: E402
from .rehearsal import rehearse  # noqa: E402
from .shell import create_shell  # noqa: E402


def _preload(names):
    packages = {}
    for name in ['ipython', *names]:
        if name != 'ipython':
            importlib.import_module(name)
        try:
            packages[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            packages[name] = ''
    return packages


def main():
    parser = argparse.ArgumentParser(prog='quicksand_kernel.zygote', description='Forks Python kernels into sandboxes.')
    parser.add_argument('--preload', default='', help='modules to import first, with commas between')
    names = [name for name in parser.parse_args().preload.split(',') if name]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = tempfile.mkdtemp(prefix='quicksand-ipython-')
    shell = create_shell(folder)
    packages = _preload(names)
    if 'matplotlib' in sys.modules:
        use_inline_figures(shell)
    keep_charts()
    rehearse(shell)
    shutil.rmtree(folder, ignore_errors=True)
    if linux.thread_count() != 1:
        sys.exit('quicksand: the preloaded modules have started threads; a fork would not be safe')
    prepare_template(_named.end())
    originals = Originals()
    kernel = Kernel(shell, Pristine(), originals)
    forks = Forks(lambda inside: _become(kernel, inside), kernel.make_own)
    gc.collect()
    _gathered.clear()
    make_immortal()
    forget_names()
    _gathered.extend(fill_gaps())
    fill_heap()
    gc.freeze()
    if not originals.keep(_places):
        use_huge_pages()
    forks.run(packages)


def _become(kernel, inside):
    if inside.kind == 'files':
        FileAgent(inside.channel).serve(inside.key)
    else:
        kernel.serve(inside.key, inside.channel, inside.pipes, inside.env)


if __name__ == '__main__':
    main()
