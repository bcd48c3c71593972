"""JSON of data that holds arrays of numpy. A Python object for each number would take longer than all the rest."""

import builtins
import sys

from .channel import encode_json
from .jsonable import TooLarge, to_jsonable

try:
    import orjson
except ImportError:
    orjson = None

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

# Half of what the host reads in one result.
_MOST = 4 << 20


def encode_plain(value, exact=False):
    """`value` as JSON, in which NaN and infinities are null; raises TooLarge beyond 4 MiB. For `exact` see to_jsonable: it holds for what is no array."""
    encoded = _encode(value, exact)
    if len(encoded) > _MOST:
        raise TooLarge
    return encoded


def _encode(value, exact):
    if orjson is not None:
        try:
            strict = orjson.OPT_STRICT_INTEGER if exact else 0
            return orjson.dumps(value, default=_default, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS | strict)
        except (TypeError, ValueError):
            # A lone surrogate, a number that is too long, a list in itself: what takes longer copes with it.
            pass
    return encode_json(to_jsonable(value, _MOST, exact))


def _default(value):
    numpy = sys.modules.get('numpy')
    if numpy is not None and isinstance(value, numpy.ndarray):
        # What lies in memory in another order, or has another type of elements.
        return numpy.ascontiguousarray(value) if value.dtype.kind in 'fiub' and not value.flags.c_contiguous else value.tolist()
    return to_jsonable(value)
