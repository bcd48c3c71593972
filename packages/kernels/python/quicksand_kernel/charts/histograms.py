"""Histograms: by Axes.hist, by seaborn, and steps whose edges are known."""

import numpy
from matplotlib.container import BarContainer
from matplotlib.patches import Polygon, StepPatch

from .bars import boxes_of, is_horizontal
from .notes import note_of, seaborn_of
from .values import plain


def find_histograms(view):
    by_seaborn = []
    for container in view.axes.containers:
        if not isinstance(container, BarContainer) or not container.patches or not view.is_there(container.patches[0]):
            continue
        note = note_of(container)
        if note is not None and note['made'] == 'histogram':
            _add_bars(view, container, note)
        elif seaborn_of(container.patches[0]) == 'plot_univariate_histogram' and 'category' not in (view.x.scale, view.y.scale):
            by_seaborn.append(container)
    _add_seaborn(view, by_seaborn)
    for outline in view.rest(Polygon):
        note = note_of(outline)
        if note is not None and note['made'] == 'histogram':
            color = outline.get_facecolor() if outline.get_fill() else outline.get_edgecolor()
            base = note['base'] if note['base'] is not None else note['bottom']
            _add(view, outline, outline, color, (note['edges'], note['counts'], base, note['horizontal']))
            view.take([outline])
    for steps in view.rest(StepPatch):
        values, edges, base = steps.get_data()
        color = steps.get_facecolor() if steps.get_fill() else steps.get_edgecolor()
        base = None if base is None or not numpy.any(base) else base
        counts = values if base is None else values - base
        _add(view, steps, steps, color, (edges, counts, base, steps.orientation == 'horizontal'))
        view.take([steps])


def _add_bars(view, container, note):
    bars = list(container.patches)
    # Heights as they are drawn: a program may have changed them.
    boxes = boxes_of(bars)
    along = 0 if note['horizontal'] else 1
    # Axes.hist() labels the first bar, not all of them together.
    named = bars[0] if str(container.get_label() or '_').startswith('_') else container
    _add(view, bars[0], named, bars[0].get_facecolor(), (note['edges'], boxes[:, along + 2], boxes[:, along], note['horizontal']))
    view.take(bars)


def _add_seaborn(view, containers):
    """seaborn draws the bars of a bin side by side, or narrower than it is: the bins lie around what all series have drawn in the first."""
    boxes = [boxes_of(container.patches) for container in containers]
    for container, own in zip(containers, boxes):
        horizontal = is_horizontal(container, own)
        at, along = (1, 0) if horizontal else (0, 1)
        starts, widths = own[:, at], own[:, at + 2]
        edges = numpy.append(starts, starts[-1] + widths[-1])
        if len(own) > 1 and not numpy.allclose(starts[:-1] + widths[:-1], starts[1:], atol=1e-6 * widths.max()):
            low = min(other[0, at] for other in boxes)
            high = max(other[0, at] + other[0, at + 2] for other in boxes)
            step = starts[1] - starts[0]
            edges = (low + high - step) / 2 + step * numpy.arange(len(own) + 1)
        color = container.patches[0].get_facecolor()
        _add(view, container.patches[0], container, color, (edges, own[:, along + 2], own[:, along], horizontal))
        view.take(container.patches)


def _add(view, artist, named, color, histogram):
    edges, counts, base, horizontal = histogram
    edges, counts = plain(edges), plain(counts)
    total = len(counts)
    stride = view.budget.stride(total, 3)
    # With gaps between them edges would say nothing: the first bins are listed.
    counts, edges = counts[:total // stride], edges[:total // stride + 1]
    if base is not None:
        base = numpy.broadcast_to(plain(base), (total,))[:len(counts)]
    axis, orientation = (view.y, 'horizontal') if horizontal else (view.x, 'vertical')
    bins = _bins_of_names(axis, edges)
    if bins is None:
        series = {'kind': 'histogram', 'orientation': orientation, **view.base(named, color), 'edges': axis.read(edges), 'counts': counts}
    else:
        # What counts names is a bar for each.
        counts, base = counts[bins], base if base is None else base[bins]
        across, along = ('y', 'x') if horizontal else ('x', 'y')
        series = {'kind': 'bar', 'orientation': orientation, **view.base(named, color), across: [axis.names[at] for at in sorted(axis.names)], along: counts}
    if base is not None and base.any():
        series['base'] = base
    if stride > 1:
        series['total'] = total
    view.add(artist, series, places=(edges, edges))


def _bins_of_names(axis, edges):
    """Which bin each name of an axis of categories is in; None for other axes, and where some are in one, or in none."""
    if axis.scale != 'category':
        return None
    places = numpy.array(sorted(axis.names))
    bins = numpy.searchsorted(edges, places, side='right') - 1
    # The last bin has both its edges.
    bins[places == edges[-1]] -= 1
    return bins if bins.min() >= 0 and bins.max() < len(edges) - 1 and len(numpy.unique(bins)) == len(bins) else None
