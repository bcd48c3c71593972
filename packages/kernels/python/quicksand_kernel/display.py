"""What code displays, as `result` frames: one for each object, with all of its formats."""

import builtins
import base64
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.lib import pretty

from .channel import encode_json
from .frames import MAX_WHOLE
from .jsonable import TooLarge, to_jsonable

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_FIELDS = {
    'text/plain': 'text', 'text/html': 'html', 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/svg+xml': 'svg',
    'text/latex': 'latex', 'text/markdown': 'markdown', 'application/javascript': 'javascript', 'application/json': 'json',
}
_TOO_LARGE = object()
_REPR = {kind: pretty._type_pprinters[kind] for kind in (int, str, bytes)}
_SCALARS = frozenset((int, float, bool, complex, str, bytes, type(None)))


def encode_result(data, metadata=None):
    """The payload of a `result` frame; formats that do not fit are left out and named. None when there is nothing to show."""
    result, truncated = {}, []
    for mime, value in data.items():
        field = _FIELDS.get(mime)
        if field is None or value is None:
            continue
        if value is _TOO_LARGE:
            truncated.append(field)
        else:
            result[field] = value = _plain(field, value, truncated)
            if value is None and field in truncated:
                del result[field]
    if not result and not truncated:
        return None
    if metadata:
        try:
            result['metadata'] = to_jsonable(metadata)
        except Exception:
            pass
    sizes = {field: len(encode_json(value)) for field, value in result.items()} if _is_large(result) else {}
    for field in sorted(sizes, key=sizes.get, reverse=True):
        if sum(sizes.values()) < MAX_WHOLE - 4096:
            break
        truncated.append(field)
        del result[field], sizes[field]
    if truncated:
        result['truncated'] = truncated
    return encode_json(result)


def _is_large(result):
    return sum(len(value) for value in result.values() if isinstance(value, str)) > MAX_WHOLE // 8


def _plain(field, value, truncated):
    if field == 'json':
        try:
            return to_jsonable(value)
        except TooLarge:
            truncated.append(field)
            return None
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode('ascii') if field in ('png', 'jpeg') else value.decode('utf-8', 'replace')
    value = value if isinstance(value, str) else str(value)
    return value.replace('\n', '') if field in ('png', 'jpeg') else value


class Formats(DisplayFormatter):
    """IPython's formats, and JSON for plain data. Remembers which figures were shown, so that none is shown twice."""

    def format(self, obj, include=None, exclude=None):
        # The types of most results have nothing but text, unless the user has registered more for them.
        shell = self.parent
        before = shell.is_formatting
        shell.is_formatting = True
        try:
            if type(obj) in _SCALARS and include is None and exclude is None and not self._has_custom():
                return {'text/plain': repr(obj) if self._is_plain(obj) else self.formatters['text/plain'](obj)}, {}
            data, metadata = super().format(obj, include, exclude)
            self._note_figure(obj)
            if isinstance(obj, (dict, list, tuple)) and 'application/json' not in data:
                self._add_json(obj, data)
        finally:
            shell.is_formatting = before
        return data, metadata

    def _has_custom(self):
        return any(not _SCALARS.isdisjoint(printers) for printers in self._printers())

    def _printers(self):
        # What `type_printers` holds; reading the attribute of each would take as long as all the rest.
        return [formatter._trait_values.get('type_printers', ()) for mime, formatter in self.formatters.items() if mime != 'text/plain']

    def _is_plain(self, obj):
        # What IPython's printer makes of it is its repr; that of a long number may fail, which is IPython's to tell.
        kind = type(obj)
        return kind in _REPR and (kind is not int or obj.bit_length() < 1024) and self.formatters['text/plain'].type_printers.get(kind) is _REPR[kind]

    def _add_json(self, obj, data):
        try:
            data['application/json'] = to_jsonable(obj)
        except TooLarge:
            data['application/json'] = _TOO_LARGE
        except Exception:
            pass

    def _note_figure(self, obj):
        module = sys.modules.get('matplotlib.figure')
        figure_class = getattr(module, 'Figure', None)
        if figure_class is not None and isinstance(obj, figure_class):
            obj.stale = False
            self.parent.shown_figures.append(obj)


class Hook(DisplayHook):
    """The last expression of an execution."""

    @property
    def prompt_count(self):
        # The number of the running execution, in every version of IPython.
        return self.shell.execution_count - 1

    def quiet(self):
        return self.shell.is_quiet()

    def __call__(self, result=None):
        self.check_for_underscore()
        if result is None or self.quiet():
            return
        data, metadata = self.compute_format_data(result)
        self.update_user_ns(result)
        self.fill_exec_result(result)
        self.shell.emit_value(encode_result(data, metadata), sys._getframe(1).f_code)


class Publisher(DisplayPublisher):
    """display()."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self._validate_data(data, metadata)
        self.shell.emit_result(encode_result(data, metadata))

    def clear_output(self, wait=False):
        """Events that were sent cannot be taken back."""
