"""The packages of the sandbox as a running kernel sees them: what is installed meanwhile can be imported at once."""

import builtins
import os
import site
import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader, SourcelessFileLoader,
)
from os import F_OK, access

from .packages import INTERPRETER, PREFIX, environment_folders, installed_among, loaded_packages, packages_folder

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_LOADERS = ((ExtensionFileLoader, EXTENSION_SUFFIXES), (SourceFileLoader, SOURCE_SUFFIXES), (SourcelessFileLoader, BYTECODE_SUFFIXES))


class Installed:
    """`look` is called before user code runs and after its commands have run."""

    def __init__(self):
        self._folder = packages_folder()
        # Python would remember that there is no such folder, and not look again.
        self._finder = FileFinder(self._folder, *_LOADERS)
        # Looked for now: it takes pages that each fork shares.
        self._next = next(iter(environment_folders()), None)
        self._changed = None
        self._told = set()

    def join(self):
        """Make this process one of the sandbox's own: its packages come before those of the environment."""
        if access(INTERPRETER, F_OK):
            sys.executable = INTERPRETER
            spawn = sys.modules.get('multiprocessing.spawn')
            if spawn is not None:
                spawn.set_executable(INTERPRETER)
        sys.prefix = sys.exec_prefix = PREFIX
        if self._folder not in sys.path:
            sys.path.insert(len(sys.path) if self._next is None else sys.path.index(self._next), self._folder)
        sys.path_importer_cache[self._folder] = self._finder

    def look(self):
        """Take notice of what was installed since the last time, and tell of what this process cannot have any more."""
        try:
            # Most sandboxes have none, and an error costs more than to ask.
            changed = os.stat(self._folder).st_mtime_ns if access(self._folder, F_OK) else None
        except OSError:
            changed = None
        if changed == self._changed:
            return
        self._changed = changed
        self._finder.invalidate_caches()
        # Folders that .pth files name, as those of editable packages are.
        site.addsitedir(self._folder, set(sys.path))
        try:
            self._tell_outdated()
        except Exception:
            # The user may have put anything into sys.modules, and anything in the place of sys.stderr.
            pass

    def _tell_outdated(self):
        outdated = {name for name in installed_among(loaded_packages()) if not self._is_own(sys.modules[name])}
        news, self._told = outdated - self._told, outdated
        if news:
            sys.stderr.write(
                f'quicksand: installed in the sandbox, but this context has loaded another version of it already: {", ".join(sorted(outdated))}. '
                'It goes on with that; a new context, or a restart of this one, has what is installed.\n')

    def _is_own(self, module):
        folders = [module.__file__] if getattr(module, '__file__', None) else list(module.__path__)
        return any(folder.startswith(self._folder + os.sep) for folder in folders)
