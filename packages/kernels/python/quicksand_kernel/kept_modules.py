"""Modules that are imported late, from where their files cannot be seen: their code is compiled now and kept."""

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys


def keep_modules(package, folder):
    """Keep the code of the modules of `package` that lie in `folder`; they are imported when somebody asks for them."""
    kept = {}
    for entry in os.scandir(folder):
        name, dot, kind = entry.name.partition('.')
        if dot and kind == 'py' and name != '__init__':
            full = f'{package}.{name}'
            kept[full] = importlib.util.find_spec(full).loader.get_code(full)
    sys.meta_path.insert(0, _Kept(kept))


class _Kept(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, kept):
        self._kept = kept

    def find_spec(self, name, path=None, target=None):
        code = self._kept.get(name)
        return None if code is None else importlib.machinery.ModuleSpec(name, self, origin=code.co_filename)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(self._kept[module.__name__], vars(module))
