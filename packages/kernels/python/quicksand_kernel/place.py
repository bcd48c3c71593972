"""What modules remember of the place where they were imported: that was the zygote's, and code runs elsewhere."""

import builtins
import os
import sys
from pathlib import Path

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


def take_place(shell):
    """Make it that of this process: it is inside, in the folder in which its code begins."""
    try:
        folder = os.getcwd()
    except OSError:
        # It is gone already.
        folder = '/workspace'
    shell.home_dir = os.path.expanduser('~')
    shell.starting_dir = folder
    # What `%cd -` goes back to.
    shell.history_manager.dir_hist[:] = [Path(folder)]
    process = sys.modules.get('multiprocessing.process')
    if process is not None:
        # Where processes that are not forks look for modules.
        process.ORIGINAL_DIR = folder
    platform = sys.modules.get('platform')
    if platform is not None:
        # The name of the machine.
        platform._uname_cache = None
