"""Modules that bear the names of the files that sandboxes have of them: code sees them in the frames below its own, in stacks that it prints, and learns
nothing of where the host has them."""

import builtins
import os
import sys
from _imp import _fix_co_filename
from importlib.machinery import PathFinder, SourceFileLoader

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_INSIDE = f'/opt/quicksand/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages'


class NamedInside:
    """From when it is made until `end`, modules of the package `name` that are imported get such names; `names`, those of the module that runs, at once."""

    def __init__(self, name, names):
        self._name = name
        path = os.path.abspath(names['__file__'])
        self._outside = os.path.dirname(os.path.dirname(path))
        names['__file__'] = self._to_inside(path)
        _fix_co_filename(sys._getframe(1).f_code, names['__file__'])
        sys.meta_path.insert(0, self)

    def end(self):
        """What is imported later is looked for inside. Gives the folder of the package outside."""
        sys.meta_path.remove(self)
        for name, module in list(sys.modules.items()):
            if name.partition('.')[0] == self._name:
                # Those that were there before, too.
                spec = module.__spec__
                module.__file__ = spec.origin = spec.loader.path = self._to_inside(module.__file__)
                module.__cached__ = spec.cached = None
                folders = getattr(module, '__path__', [])
                folders[:] = map(self._to_inside, folders)
        for path in [path for path in sys.path_importer_cache if path.startswith(self._outside)]:
            del sys.path_importer_cache[path]
        return self._outside

    def find_spec(self, name, path=None, target=None):
        """Called by Python, for each import."""
        if name.partition('.')[0] != self._name:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            inside = self._to_inside(spec.origin)
            spec.loader = _Loader(name, spec.origin, inside)
            spec.origin = inside
        return spec

    def _to_inside(self, path):
        return _INSIDE + path.removeprefix(self._outside) if path.startswith(self._outside) else path


class _Loader(SourceFileLoader):
    def __init__(self, name, path, inside):
        super().__init__(name, path)
        self._inside = inside

    def get_code(self, fullname):
        code = super().get_code(fullname)
        _fix_co_filename(code, self._inside)
        return code
