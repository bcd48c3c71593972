"""The axes of a figure: labels, units, scales, ranges, ticks, legends."""

import re

from .budget import MOST_TICKS, cut
from .values import number

_UNIT = re.compile(r'[(\[]([^()\[\]]{1,40})[)\]]\s*$')


def describe_axes(view, kind, twin, colorbar):
    axes = view.axes
    bounds = axes.get_position().bounds
    described = {'type': kind, 'position': [round(float(part), 4) for part in bounds]}
    title = title_of(axes)
    if title:
        described['title'] = title
    if axes.name not in ('rectilinear',):
        described['projection'] = axes.name
    if twin is not None:
        described['twin'] = twin
    for name, values in (('x', view.x), ('y', view.y), ('z', view.z)):
        if values is not None:
            described[name] = _describe_axis(values)
    if view.legend.labels:
        title = {'title': cut(view.legend.title)} if view.legend.title else {}
        described['legend'] = {**title, 'labels': [cut(label) for label in view.legend.labels[:MOST_TICKS]]}
    if colorbar is not None:
        described['colorbar'] = colorbar
    return described


def title_of(axes):
    """The titles of axes: in the middle, at the left and at the right."""
    return cut('\n'.join(filter(None, (axes.get_title(place) for place in ('left', 'center', 'right')))))


def describe_colorbar(colorbar):
    """A colour bar: what it stands for, and from where to where."""
    label = colorbar.ax.get_ylabel() or colorbar.ax.get_xlabel() or getattr(colorbar, '_label', '')
    low, high = colorbar.vmin, colorbar.vmax
    return {**({'label': cut(label)} if label else {}), 'range': [number(low), number(high)]}


def _describe_axis(values):
    axis = values.axis
    label = axis.get_label_text()
    described = {}
    if label:
        described['label'] = cut(label)
        unit = _UNIT.search(label)
        if unit:
            described['unit'] = unit[1].strip()
    low, high = axis.get_view_interval()
    read = values.read_one if values.scale == 'date' else number
    described |= {'scale': values.scale, 'range': [read(min(low, high)), read(max(low, high))]}
    if axis.get_inverted():
        described['inverted'] = True
    described['ticks'] = _ticks(values, min(low, high), max(low, high))
    return described


def _ticks(values, low, high):
    axis = values.axis
    # Axes in space draw their own, and say that they have none.
    is_off = not axis.axes.axison and not hasattr(axis.axes, 'zaxis')
    if is_off or not axis.get_visible():
        return []
    places, labels = _drawn_ticks(axis)
    slack = (high - low) * 1e-9
    inside = [(place, label) for place, label in zip(places, labels) if low - slack <= place <= high + slack][:MOST_TICKS]
    # A name that stands for a position of its own says where only together with it.
    read = values.read_one if values.scale in ('date', 'category') else number
    return [{'value': read(place), 'label': cut(label)} for place, label in inside]


def _drawn_ticks(axis):
    """Positions and labels as they were drawn. Finding them anew takes milliseconds where they are dates."""
    formatter = axis.get_major_formatter()
    places = list(getattr(formatter, 'locs', ()))[:10 * MOST_TICKS]
    ticks = axis.majorTicks[:len(places)]
    if places and len(ticks) == len(places) and all(tick.get_loc() == place for tick, place in zip(ticks, places)):
        return places, [tick.label1.get_text() for tick in ticks]
    places = axis.get_majorticklocs()[:10 * MOST_TICKS]
    return places, formatter.format_ticks(places)
