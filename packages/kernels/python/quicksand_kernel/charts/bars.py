"""Bars, vertical and horizontal, side by side and stacked."""

import numpy
from matplotlib.container import BarContainer

from .colors import to_color
from .values import number


def find_bars(view):
    for container in view.axes.containers:
        if not isinstance(container, BarContainer):
            continue
        bars = [bar for bar in container.patches if view.is_there(bar)]
        if bars and view.z is not None:
            # They stand in space, and are rectangles no more.
            view.take(bars)
            view.add(bars[0], {'kind': 'other', **view.base(container, _color(bars)), 'name': type(container).__name__})
        elif bars:
            _add(view, container, bars)


def boxes_of(bars):
    """Left, bottom, width and height of rectangles, as rows of an array."""
    return numpy.array([(bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()) for bar in bars], dtype=float)


def is_horizontal(container, boxes):
    if container.orientation is not None:
        return container.orientation == 'horizontal'
    # Made by hand: bars stand on what they have in common.
    return len(boxes) > 1 and numpy.ptp(boxes[:, 0]) == 0 and numpy.ptp(boxes[:, 1]) > 0


def _add(view, container, bars):
    total = len(bars)
    stride = view.budget.stride(total, 3)
    boxes = boxes_of(bars[::stride])
    horizontal = is_horizontal(container, boxes)
    at, along = (1, 0) if horizontal else (0, 1)
    centers = boxes[:, at] + boxes[:, at + 2] / 2
    starts, lengths = boxes[:, along], boxes[:, along + 2]
    across, axis = (view.y, view.x) if horizontal else (view.x, view.y)
    places = across.read_nearest(centers)
    # A length counted in days says nothing by itself: such bars reach from `base` to where they end.
    if axis.scale == 'date':
        values, base = axis.read(starts + lengths), axis.read(starts)
    else:
        values, base = lengths, starts if starts.any() else None
    series = {
        'kind': 'bar', 'orientation': 'horizontal' if horizontal else 'vertical', **view.base(container, _color(bars)),
        'x': values if horizontal else places, 'y': places if horizontal else values,
    }
    if base is not None:
        series['base'] = base
    if isinstance(places, numpy.ndarray):
        series['width'] = _width(boxes[:, at + 2])
    if stride > 1:
        series['total'] = total
    colors = _colors(bars[::stride])
    if colors is not None:
        series['colors'] = colors
    view.take(bars)
    view.add(bars[0], series, places=(centers, centers))


def _width(widths):
    widths = numpy.abs(widths)
    return number(widths[0]) if numpy.allclose(widths, widths[0], rtol=1e-9, atol=0) else widths


def _color(bars):
    first = bars[0].get_facecolor()
    return first if all(bar.get_facecolor() == first for bar in bars) else None


def _colors(bars):
    colors = [bar.get_facecolor() for bar in bars]
    if all(color == colors[0] for color in colors):
        return None
    return [to_color(color) for color in colors]
