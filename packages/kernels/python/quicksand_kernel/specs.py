"""Plotly and Altair: what they show is a specification of a chart, which the host reads, and HTML, which loads its scripts by URL."""

import base64
import builtins
import os
import re
import sys

from .after_import import after_import
from .plain_json import encode_plain

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

# Altair 6 writes a dot where others write a plus.
_SPEC = re.compile(r'application/vnd\.(?:plotly\.v1\+json|vegalite\.v\d{1,2}[+.]json)')
_PLOTLY = 'application/vnd.plotly.v1+json'
_NUMBERS = {'i1': '<i1', 'i2': '<i2', 'i4': '<i4', 'u1': '<u1', 'u2': '<u2', 'u4': '<u4', 'f4': '<f4', 'f8': '<f8'}


def is_spec(mime):
    """Whether a mime type is that of a specification that the host reads."""
    return _SPEC.fullmatch(mime) is not None


def encode_spec(spec):
    """A specification as JSON; raises TooLarge. What Plotly packs into base64 is numbers again."""
    return encode_plain(_unpack(spec, 0))


def _unpack(value, depth):
    if depth > 30:
        return value
    if isinstance(value, dict):
        if 'bdata' in value and value.get('dtype') in _NUMBERS:
            return _to_array(value)
        return {name: _unpack(item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)) and any(isinstance(item, (dict, list, tuple)) for item in value):
        return [_unpack(item, depth + 1) for item in value]
    return value


def _to_array(packed):
    import numpy
    array = numpy.frombuffer(base64.b64decode(packed['bdata']), dtype=_NUMBERS[packed['dtype']])
    shape = packed.get('shape')
    return array.reshape([int(size) for size in str(shape).split(',')]) if shape else array


def register_specs(formatter):
    """Have both show their specification beside HTML, whenever they are imported."""
    for name in ('altair.vegalite.api', *(f'altair.vegalite.v{version}.api' for version in (4, 5, 6, 7))):
        formatter.mimebundle_formatter.for_type_by_name(name, 'TopLevelMixin', _show_altair)
    after_import('plotly.io._renderers', _add_plotly_renderer)


def _show_altair(chart, include=None, exclude=None):
    # By itself a chart shows nothing but HTML.
    spec = chart.to_dict()
    render = sys.modules['altair'].renderers.get()
    bundle = render(spec) if render is not None else {}
    bundle, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    version = re.search(r'/v(\d+)', str(spec.get('$schema')))
    mime = f'application/vnd.vegalite.v{version[1] if version else 5}+json'
    return {**bundle, **({} if any(map(is_spec, bundle)) else {mime: spec})}, metadata


def _add_plotly_renderer():
    # Those that Plotly has open a browser, carry its 4 MB of script, or need packages for nothing. Programs ask for them by name.
    from types import SimpleNamespace
    from plotly.io import _renderers
    from plotly.io.base_renderers import ImageRenderer, JsonRenderer, MimetypeRenderer

    class Renderer(MimetypeRenderer):
        def __init__(self):
            # What `show(config=…)` sets.
            self.config = None

        def to_mimebundle(self, figure):
            from plotly.io import to_html
            html = to_html(figure, config=self.config, include_plotlyjs='cdn', full_html=False, validate=False)
            return {_PLOTLY: {**figure, 'config': self.config} if self.config else figure, 'text/html': html}

    renderers, ours = _renderers.renderers, Renderer()
    for name in ('quicksand', *renderers):
        if name == 'quicksand' or not isinstance(renderers[name], (ImageRenderer, JsonRenderer)) and not name.startswith('sphinx'):
            renderers[name] = ours
    if getattr(_renderers, 'nbformat', None) is None:
        # It asks for its version, and for nothing else.
        _renderers.nbformat = SimpleNamespace(__version__='5.0.0')
    renderers.default = os.environ.get('PLOTLY_RENDERER') or 'quicksand'
