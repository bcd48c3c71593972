"""What no two forks may have in common: seeds and keys. Python seeds `random` itself."""

import ctypes
import os
import sys

_KEY_BYTES = 624 * 4


class Seeds:
    """Made before the first fork."""

    def __init__(self):
        self._numpy_key = _find_numpy_key()
        self._process = sys.modules.get('multiprocessing.process')

    def renew(self):
        """In a fork, once."""
        if self._numpy_key is not None:
            self._numpy_key[:] = os.urandom(_KEY_BYTES)
        if self._process is not None:
            self._process.current_process().authkey = os.urandom(32)


def _find_numpy_key():
    """The state of the generator behind `numpy.random`, in memory (`mt19937_state` of numpy/random/src/mt19937/mt19937.h): to set it through
    numpy takes a fork 0.4 ms, most of it for pages that it shares."""
    numpy = sys.modules.get('numpy')
    if numpy is None:
        return None
    # The next number is drawn from a new key, and nothing is left of a pair of them.
    numpy.random.set_state(('MT19937', numpy.frombuffer(os.urandom(_KEY_BYTES), 'u4'), 624))
    # `get_bit_generator` is of numpy 1.24.
    generator = numpy.random.mtrand._rand._bit_generator
    key = memoryview((ctypes.c_ubyte * _KEY_BYTES).from_address(generator.ctypes.state_address)).cast('B')
    if key != generator.state['state']['key'].tobytes():
        raise RuntimeError('numpy has the state of its generator elsewhere')
    return key
