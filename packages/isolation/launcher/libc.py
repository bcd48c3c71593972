"""The C library, for calls that Python does not have."""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    """Throws OSError where a call has failed that was about `what`."""
    if result < 0:
        raise OSError(ctypes.get_errno(), f'{what}: {os.strerror(ctypes.get_errno())}')
