"""Calls a function once a module has been imported, whenever that is."""

import importlib.abc
import importlib.machinery
import sys


def after_import(name, function):
    """`function()` runs right after the module `name` has been loaded; at once where it has been."""
    if name in sys.modules:
        function()
    else:
        sys.meta_path.insert(0, _Watch(name, function))


class _Watch(importlib.abc.MetaPathFinder):
    def __init__(self, name, function):
        self._name, self._function = name, function

    def find_spec(self, name, path=None, target=None):
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._function)
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, inner, function):
        self._inner, self._function = inner, function

    def create_module(self, spec):
        return self._inner.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._inner
        self._inner.exec_module(module)
        self._function()
