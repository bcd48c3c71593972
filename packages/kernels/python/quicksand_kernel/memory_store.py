"""What IPython keeps between cells of its own accord: bookmarks, visited folders, what `%store` was given."""

import builtins
import fnmatch
import pickle
from collections.abc import MutableMapping

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)


class MemoryStore(MutableMapping):
    """Stands in for the database in IPython's profile, whose folder is not there inside; lives as long as the context. Values
    are kept as they were when they were stored, as in the database."""

    def __init__(self):
        self._pickled = {}

    def __getitem__(self, key):
        return pickle.loads(self._pickled[key])

    def __setitem__(self, key, value):
        self._pickled[key] = pickle.dumps(value)

    def __delitem__(self, key):
        # Magics forget what may not be there.
        self._pickled.pop(key, None)

    def __iter__(self):
        return iter(self._pickled)

    def __len__(self):
        return len(self._pickled)

    def keys(self, pattern=None):
        """The keys, or those that match `pattern`, as a shell has it."""
        return [key for key in self._pickled if pattern is None or fnmatch.fnmatchcase(key, pattern)]

    def uncache(self, *keys):
        """Nothing is cached."""
