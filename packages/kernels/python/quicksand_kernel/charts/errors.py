"""Error bars and stems: what belongs to points and bars, and is drawn apart."""

import numpy
from matplotlib.container import ErrorbarContainer, StemContainer
from matplotlib.lines import Line2D

from .budget import cut
from .lines import points_of
from .notes import seaborn_of
from .values import plain


def find_stems(view):
    for container in view.axes.containers:
        if not isinstance(container, StemContainer) or not view.is_there(container.markerline):
            continue
        line = container.markerline
        (x, y, *z), total, stride = points_of(view, line)
        series = {'kind': 'stem', **view.base(container, line.get_markerfacecolor()), 'x': view.x.read(x), 'y': view.y.read(y)}
        if z:
            series['z'] = view.z.read(z[0])
        if stride > 1:
            series['total'] = total
        stems = container.stemlines if isinstance(container.stemlines, (list, tuple)) else [container.stemlines]
        view.take([line, container.baseline, *stems])
        view.add(line, series, places=(x, y))


def find_bands(view):
    """The band that seaborn draws around a line is the line's error."""
    lines = [found for found in view.found if found.series['kind'] == 'line']
    for band in [found for found in view.found if found.series['kind'] == 'area' and found.places is not None]:
        at, low, high = band.places
        for line in lines:
            if line.series.get('color') == (band.series.get('color') or '')[:7] and numpy.array_equal(line.places[0], at):
                line.series['yError'] = {'low': view.y.read(low), 'high': view.y.read(high)}
                view.found.remove(band)
                break


def take_errors(view):
    """The artists of error bars, so that no other family takes them: a list of (data line or None, first artist, {axis: places, low, high})."""
    errors = []
    for container in view.axes.containers:
        if not isinstance(container, ErrorbarContainer):
            continue
        data, caps, bars = container.lines
        # Those in space are known by where they are seen.
        ends = dict(zip(['x'] * container.has_xerr + ['y'] * container.has_yerr, map(_ends, bars))) if view.z is None else {}
        view.take([*caps, *bars])
        errors.append((data, bars[0] if bars else None, ends, container))
    return errors


def _ends(collection):
    """(places, low, high) of the bars of one direction; which one shows in what both ends of a bar have in common."""
    segments = [plain(segment) for segment in collection.get_segments() if len(segment) == 2]
    return numpy.array(segments, dtype=float).reshape(-1, 2, 2)


def attach_errors(view, errors):
    bars = {id(container.errorbar): container for container in view.axes.containers if getattr(container, 'errorbar', None) is not None}
    for data, first, ends, container in errors:
        artist = bars[id(container)].patches[0] if id(container) in bars and bars[id(container)].patches else data
        owner = next((found for found in view.found if artist is not None and found.position == view.position(artist)), None)
        if owner is None and first is not None and ends:
            owner = _same_places(view, ends)
            if owner is None:
                _add_alone(view, first, container, ends)
        if owner is None:
            continue
        label = str(container.get_label() or '_')
        if not label.startswith('_'):
            owner.series.setdefault('label', cut(label))
        for axis, segments in ends.items():
            _attach(view, owner, axis, segments)


def _same_places(view, ends):
    """What stands where error bars without points of their own stand."""
    axis, segments = next(iter(ends.items()))
    column = 1 if axis == 'x' else 0
    for found in view.found:
        if found.places is not None and found.series['kind'] in ('bar', 'line', 'scatter') and _is_close(found.places[column], segments[:, 0, column]):
            return found
    return None


def _is_close(one, other):
    return len(one) == len(other) and numpy.allclose(one, other, rtol=1e-9, atol=1e-12)


def _attach(view, owner, axis, segments):
    column, read = (0, view.x.read) if axis == 'x' else (1, view.y.read)
    places = owner.places[1 - column]
    low, high = segments[:, 0, column], segments[:, 1, column]
    if len(segments) != len(places):
        # Points without an error bar have none; places are compared as they were drawn.
        known = dict(zip(segments[:, 0, 1 - column].tolist(), zip(low.tolist(), high.tolist())))
        low, high = numpy.array([known.get(place, (numpy.nan, numpy.nan)) for place in places.tolist()]).reshape(-1, 2).T
    owner.series[f'{axis}Error'] = {'low': read(low), 'high': read(high)}


def _add_alone(view, first, container, ends):
    """Error bars without points: the points would be in the middle of what is known."""
    axis, segments = next(iter(ends.items()))
    colors = first.get_color()
    middles = segments.mean(axis=1)
    series = {'kind': 'scatter', **view.base(container, colors[0] if len(colors) else None), 'x': view.x.read(middles[:, 0]), 'y': view.y.read(middles[:, 1])}
    view.add(first, series, places=(middles[:, 0], middles[:, 1]))
    for axis, segments in ends.items():
        _attach(view, view.found[-1], axis, segments)


def take_seaborn_errors(view):
    """seaborn draws the error of each bar or point as a line of its own, after what it belongs to."""
    lines = [line for line in view.rest(Line2D) if seaborn_of(line) in ('plot_errorbars', 'draw_confints')]
    view.take(lines)
    return lines


def attach_seaborn_errors(view, lines):
    owners = sorted((found for found in view.found if found.places is not None and found.series['kind'] in ('bar', 'line')), key=lambda found: found.position)
    ends = {}
    for line in lines:
        before = [found for found in owners if found.position < view.position(line)]
        points = numpy.column_stack([plain(column) for column in line.get_data(orig=False)])
        if before and len(points):
            ends.setdefault(id(before[-1]), (before[-1], []))[1].append((numpy.nanmin(points, axis=0), numpy.nanmax(points, axis=0)))
    for owner, boxes in ends.values():
        low, high = numpy.array([box[0] for box in boxes]), numpy.array([box[1] for box in boxes])
        column = 0 if _is_horizontal(owner, low, high) else 1
        middles = (low + high)[:, 1 - column] / 2
        centers = owner.places[1 - column] if owner.series['kind'] == 'line' else owner.places[0]
        nearest = numpy.abs(centers[:, None] - middles[None, :]).argmin(axis=1)
        near = numpy.abs(centers - middles[nearest]) < 1e-6
        found_low, found_high = numpy.where(near, low[nearest, column], numpy.nan), numpy.where(near, high[nearest, column], numpy.nan)
        if numpy.isnan(found_low).all():
            continue
        axis = view.x if column == 0 else view.y
        owner.series['xError' if column == 0 else 'yError'] = {'low': axis.read(found_low), 'high': axis.read(found_high)}


def _is_horizontal(owner, low, high):
    if owner.series['kind'] == 'bar':
        return owner.series['orientation'] == 'horizontal'
    # Caps are narrower than the axes' categories are apart; bars of nothing have no direction.
    return bool((high - low)[:, 0].max() > (high - low)[:, 1].max())
