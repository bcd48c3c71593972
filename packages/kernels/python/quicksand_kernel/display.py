"""What code displays, as `result` frames: one for each object, with all of its formats."""

import builtins
import base64
import sys
import weakref

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.formatters import DisplayFormatter
from IPython.lib import pretty

from .channel import encode_json
from .frames import MAX_WHOLE
from .jsonable import TooLarge, to_jsonable
from .plain_json import encode_plain
from .progress import register_progress
from .specs import encode_spec, is_spec, register_specs
from .tables import Table, register_tables
from .traits import peek

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_FIELDS = {
    'text/plain': 'text', 'text/html': 'html', 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/svg+xml': 'svg',
    'text/latex': 'latex', 'text/markdown': 'markdown', 'application/javascript': 'javascript', 'application/json': 'json',
}
# Pictures that have no format of their own, and that browsers show.
_PICTURES = ('image/gif', 'image/webp')
# What the kernel itself adds to a figure: a chart, as JSON, or why there is none.
CHART, CHART_FAILURE = 'application/vnd.quicksand.chart+json', 'application/vnd.quicksand.chart-failure'
_TOO_LARGE = object()
# Of Pillow's pictures, those that cannot be PNG.
_JPEG_ONLY = ('CMYK', 'YCbCr', 'RGBX')
# What may come beside the formats of IPython: charts, tables, names.
_ROOM = 16 << 20
_SHORT = 65536
_REPR = {kind: pretty._type_pprinters[kind] for kind in (int, str, bytes)}
_SCALARS = frozenset((int, float, bool, complex, str, bytes, type(None)))


class EncodedChart(bytes):
    """The JSON of a chart that the kernel has made."""


def encode_result(data, metadata=None, charts=True):
    """The payload of a `result` frame; formats that do not fit are left out and named. None when there is nothing to show."""
    text = data.get('text/plain')
    if len(data) == 1 and type(text) is str and not metadata and len(text) < _SHORT:
        return b'{"text":' + encode_json(text) + b'}'
    # What is JSON already is no part of the object that is encoded.
    result, encoded, truncated = {}, {}, []
    for mime, value in data.items():
        field = _FIELDS.get(mime)
        if value is None:
            continue
        if mime in _PICTURES and 'text/html' not in data:
            result['html'] = f'<img src="data:{mime};base64,{_plain("png", value, truncated)}">'
        elif field is None:
            if charts:
                _take_chart(mime, value, encoded, truncated)
        elif value is _TOO_LARGE:
            truncated.append(field)
        elif isinstance(value, Table):
            _encode_table(value, encoded, truncated)
        else:
            result[field] = value = _plain(field, value, truncated)
            if value is None and field in truncated:
                del result[field]
    if not result and not truncated and not encoded:
        return None
    if metadata:
        try:
            result['metadata'] = to_jsonable(metadata)
        except Exception:
            pass
    sizes = {field: len(encode_json(value)) for field, value in result.items()} if _is_large(result) else {}
    for field in sorted(sizes, key=sizes.get, reverse=True):
        if sum(sizes.values()) < MAX_WHOLE - _ROOM:
            break
        truncated.append(field)
        del result[field], sizes[field]
    if truncated:
        result['truncated'] = truncated
    return _joined(encode_json(result), encoded)


def _take_chart(mime, value, encoded, truncated):
    if mime == CHART and value is _TOO_LARGE:
        truncated.append('chart')
    elif mime == CHART and isinstance(value, EncodedChart):
        encoded['chart'] = value
    elif mime == CHART_FAILURE:
        encoded['chartFailure'] = encode_json(str(value)[:200])
    elif is_spec(mime):
        try:
            spec = encode_spec(value) if isinstance(value, dict) else encode_json(to_jsonable(value))
            encoded['specs'] = _joined(b'{}', {mime: spec})
        except TooLarge:
            truncated.append('chart')


def _encode_table(table, encoded, truncated):
    try:
        encoded['json'] = encode_plain(table, exact=True)
    except TooLarge:
        truncated.append('json')


def _joined(json, more):
    """A JSON object with more fields, whose values are JSON."""
    fields = [json[1:-1]] if len(json) > 2 else []
    fields += [encode_json(name) + b':' + value for name, value in more.items()]
    return b'{' + b','.join(fields) + b'}' if more else json


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
    """IPython's formats, JSON for plain data and tables, and charts. Remembers which figures were shown, so that none is shown twice."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        register_tables(self)
        register_specs(self)
        register_progress()
        for name in ('Plot', 'Plotter'):
            self.mimebundle_formatter.for_type_by_name('seaborn._core.plot', name, self._show_seaborn)
        # Pillow offers both formats of one picture, where it can be both.
        self.formatters['image/jpeg'].for_type_by_name('PIL.Image', 'Image', lambda image: image._repr_jpeg_() if image.mode in _JPEG_ONLY else None)

    def format(self, obj, include=None, exclude=None):
        # The types of most results have nothing but text, unless the user has registered more for them.
        shell = peek(self, 'parent')
        before = shell.is_formatting
        shell.is_formatting = True
        try:
            if type(obj) in _SCALARS and include is None and exclude is None and not self._has_custom():
                return {'text/plain': repr(obj) if self._is_plain(obj) else self.formatters['text/plain'](obj)}, {}
            data, metadata = super().format(obj, include, exclude)
            if _is_figure(obj):
                if shell.charts and not include:
                    self._add_chart(obj, data)
                # Drawing and reading change nothing that could be seen.
                obj.stale = False
                # Not the figure itself: code that shows thousands would keep them all.
                shell.shown_figures.append(weakref.ref(obj))
            if isinstance(obj, (dict, list, tuple)) and 'application/json' not in data:
                self._add_json(obj, data)
        finally:
            shell.is_formatting = before
        return data, metadata

    def _has_custom(self):
        for mime, formatter in peek(self, 'formatters').items():
            if mime != 'text/plain' and not _SCALARS.isdisjoint(formatter._trait_values.get('type_printers', ())):
                return True
        return False

    def _is_plain(self, obj):
        # What IPython's printer makes of it is its repr; that of a long number may fail, which is IPython's to tell.
        kind = type(obj)
        return kind in _REPR and (kind is not int or obj.bit_length() < 1024) and peek(peek(self, 'formatters')['text/plain'], 'type_printers').get(kind) is _REPR[kind]

    def _add_json(self, obj, data):
        try:
            data['application/json'] = to_jsonable(obj)
        except TooLarge:
            data['application/json'] = _TOO_LARGE
        except Exception:
            pass

    def _add_chart(self, figure, data):
        # The picture is there, whatever becomes of the chart.
        try:
            from .charts.extract import extract_chart
            chart = extract_chart(figure)
            if chart is not None:
                data[CHART] = EncodedChart(encode_plain(chart))
        except TooLarge:
            data[CHART] = _TOO_LARGE
        except Exception as error:
            data[CHART_FAILURE] = type(error).__name__

    def _show_seaborn(self, plot, include=None, exclude=None):
        """An object of seaborn.objects, which draws on a figure of its own when it is shown."""
        plotter = plot.plot() if hasattr(plot, 'plot') else plot
        data, metadata = {'text/plain': repr(plot)}, {}
        for mime, name in (('image/png', '_repr_png_'), ('image/svg+xml', '_repr_svg_')):
            picture = getattr(plotter, name, lambda: None)()
            if picture is not None:
                data[mime], *more = picture if isinstance(picture, tuple) else (picture,)
                metadata |= {mime: more[0]} if more else {}
        if self.parent.charts:
            self._add_chart(plotter._figure, data)
        return data, metadata


def _is_figure(obj):
    figure_class = getattr(sys.modules.get('matplotlib.figure'), 'Figure', None)
    return figure_class is not None and isinstance(obj, figure_class)


class Hook(DisplayHook):
    """The last expression of an execution."""

    @property
    def prompt_count(self):
        # The number of the running execution, in every version of IPython.
        return peek(peek(self, 'shell'), 'execution_count') - 1

    def compute_format_data(self, result):
        return peek(peek(self, 'shell'), 'display_formatter').format(result)

    def quiet(self):
        return peek(self, 'shell').is_quiet()

    def update_user_ns(self, result):
        # As IPython has it, which asks the shell for its names a dozen times, each through two properties.
        shell = peek(self, 'shell')
        names, hidden = shell.user_ns, shell.user_ns_hidden
        # Code may have cleared its names.
        outputs = names.setdefault('_oh', hidden['_oh'])
        if not self.cache_size or result is outputs:
            return
        if self.do_full_cache and len(outputs) >= self.cache_size:
            self.cull_cache()
        # What code has given these names to stays.
        own = {'_': self._, '__': self.__, '___': self.___}
        is_free = '_' not in builtins.__dict__ and all(names[name] is hidden.get(name, value) for name, value in own.items() if name in names)
        self._, self.__, self.___ = result, self._, self.__
        new = {'_': self._, '__': self.__, '___': self.___} if is_free else {}
        if self.do_full_cache:
            new[f'_{self.prompt_count}'] = outputs[self.prompt_count] = result
        names.update(new)
        hidden.update(new)

    def __call__(self, result=None):
        self.check_for_underscore()
        if result is None or self.quiet():
            return
        data, metadata = self.compute_format_data(result)
        self.update_user_ns(result)
        self.fill_exec_result(result)
        shell = peek(self, 'shell')
        shell.emit_value(encode_result(data, metadata, shell.charts), sys._getframe(1).f_code)


class Publisher(DisplayPublisher):
    """display()."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self._validate_data(data, metadata)
        shown = (transient or {}).get('display_id')
        if shown is not None:
            metadata = {**(metadata or {}), 'display_id': shown}
        self.shell.emit_result(encode_result(data, metadata, self.shell.charts))

    def clear_output(self, wait=False):
        """What was sent cannot be taken back: the next event says that it replaces what was there."""
        self.shell.emit_result(encode_json({'clear': True}))
