"""A figure of matplotlib as a chart: `data` and `layout` as docs/charts.md describes them, with arrays where the encoder takes them."""

import warnings

from matplotlib.axes import Axes

from .areas import find_areas, find_spans
from .axes_view import AxesView
from .bars import find_bars
from .budget import MOST_SERIES, Budget, cut
from .distributions import find_distributions
from .errors import attach_errors, attach_seaborn_errors, find_bands, find_stems, take_errors, take_seaborn_errors
from .grids import find_grids
from .histograms import find_histograms
from .layout import describe_axes, describe_colorbar, title_of
from .lines import find_lines
from .notes import seaborn_of
from .pies import find_pies
from .scatters import find_scatters
from .shapes import find_contours, find_others, find_shapes

_TYPES = {'line': 'line', 'bar': 'bar', 'scatter': 'scatter', 'pie': 'pie', 'histogram': 'histogram', 'heatmap': 'heatmap', 'hexbin': 'heatmap'}
# What knows its artists best comes first; what is left is for the last.
_BEFORE_LINES = (find_pies, find_histograms, find_distributions, find_bars, find_stems, find_spans, find_contours)
_AFTER_LINES = (find_areas, find_lines, find_scatters, find_grids, find_bands, find_shapes, find_others)


def extract_chart(figure):
    """The chart of a figure that has been drawn; None when there is nothing in it.

        extract_chart(figure)  ->  {'type': 'line', 'data': {'series': […]}, 'layout': {'size': …, 'axes': […]}, 'library': 'matplotlib'}
    """
    with warnings.catch_warnings():
        # Those of the program are told when it draws.
        warnings.simplefilter('ignore')
        return _extract(figure)


def _extract(figure):
    colorbars, places = _split(figure)
    if not places:
        return None
    budget, twins = Budget(), _find_twins(places)
    series, described, types, omitted = [], [], [], 0
    for at, axes in enumerate(places):
        view = AxesView(axes, budget)
        found = _find(view)
        kind = _common([_TYPES.get(one.series['kind'], 'unknown') for one in found if one.votes] or ['unknown'] * bool(found))
        types += [kind] if found else []
        described.append(describe_axes(view, kind, twins.get(at), colorbars.get(id(axes))))
        room = MOST_SERIES - len(series)
        omitted += max(0, len(found) - room)
        series += [{**one.series, **({'axes': at} if len(places) > 1 else {})} for one in found[:room]]
    width, height = figure.get_size_inches() * figure.dpi
    title = _title_of(figure, places, twins)
    return {
        'type': _common(types), **({'title': title} if title else {}),
        'data': {'series': series, **({'omitted': omitted} if omitted else {})},
        'layout': {'size': {'width': round(float(width)), 'height': round(float(height))}, 'axes': described},
        'library': 'seaborn' if any(map(_is_by_seaborn, places)) else 'matplotlib',
    }


def _split(figure):
    """Colour bars, by the axes that they belong to, and all other axes, insets included, in the order in which they were made."""
    colorbars, places = {}, []
    for axes in figure.axes:
        colorbar = getattr(axes, '_colorbar', None)
        owner = getattr(getattr(colorbar, 'mappable', None), 'axes', None)
        if colorbar is not None and colorbar.ax is axes:
            if owner is not None:
                colorbars.setdefault(id(owner), describe_colorbar(colorbar))
        elif axes.get_visible():
            places += [axes, *(inset for inset in axes.child_axes if isinstance(inset, Axes) and inset.get_visible())]
    return colorbars, places[:100]


def _find(view):
    errors, own_errors = take_errors(view), take_seaborn_errors(view)
    for find in (*_BEFORE_LINES, *_AFTER_LINES):
        find(view)
    attach_errors(view, errors)
    attach_seaborn_errors(view, own_errors)
    return sorted(view.found, key=lambda found: found.position)


def _common(types):
    """The name that all parts have, 'unknown' where they differ."""
    return types[0] if types and all(kind == types[0] for kind in types) else 'unknown'


def _find_twins(places):
    """By index: which other axes lie in the same place and share an axis."""
    first, twins = {}, {}
    for at, axes in enumerate(places):
        under = first.setdefault(axes.get_position(original=True).bounds, at)
        shared = (('x', axes.get_shared_x_axes()), ('y', axes.get_shared_y_axes())) if under != at else ()
        for name, group in shared:
            if group.joined(axes, places[under]):
                twins[at] = {'axes': under, 'shared': name}
                break
    return twins


def _title_of(figure, places, twins):
    above = figure._suptitle
    if above is not None and above.get_text():
        return cut(above.get_text())
    titles = [title for title in map(title_of, places) if title]
    # That of one of several is not that of all, but where they lie upon each other.
    return titles[0] if len(titles) == 1 and len(twins) == len(places) - 1 else ''


def _is_by_seaborn(axes):
    return any(seaborn_of(artist) is not None for artist in axes.get_children())
