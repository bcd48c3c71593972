"""Areas between two curves: fill_between, stacked areas, bands around lines, and spans across the axes."""

import numpy
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.quiver import Barbs, Quiver

from .notes import maker_of, note_of, seaborn_of
from .values import plain


def find_areas(view):
    for area in view.rest(PolyCollection):
        if len(area.get_offsets()) > 1 or not is_flat(area):
            continue
        pieces = [_curves(path.vertices) for path in area.get_paths()]
        if not pieces or None in [piece and piece[0] for piece in pieces]:
            continue
        if len({piece[0] for piece in pieces}) == 1:
            view.take([area])
            _add(view, area, pieces[0][0], _joined([piece[1] for piece in pieces]))


def is_flat(collection):
    """Whether the vertices of a collection are positions on two axes: those of arrows and of what has depth are not."""
    return not isinstance(collection, (Quiver, Barbs)) and not hasattr(collection, 'do_3d_projection')


def find_spans(view):
    """axhspan and axvspan: one direction is in data, the other in fractions of the axes."""
    data = view.axes.transData
    for span in view.rest(Rectangle, Polygon):
        transform = span.get_transform() if isinstance(span, Polygon) else span.get_data_transform()
        if transform is data:
            continue
        x_in_data, y_in_data = transform.contains_branch_seperately(data)
        if x_in_data == y_in_data:
            continue
        view.take([span])
        low, high = _ends(span, 0 if x_in_data else 1)
        axis = view.x if x_in_data else view.y
        series = {'kind': 'reference', **view.base(span, span.get_facecolor())}
        view.add(span, {**series, 'x' if x_in_data else 'y': [axis.read_one(low), axis.read_one(high)]}, votes=False)


def _ends(span, column):
    if isinstance(span, Polygon):
        corners = span.get_xy()[:, column]
        return corners.min(), corners.max()
    start = (span.get_x(), span.get_y())[column]
    end = start + (span.get_width(), span.get_height())[column]
    return min(start, end), max(start, end)


def _curves(vertices):
    """The outline of an area that fill_between drew: one curve forth, the other back, over the same places. None for any other outline."""
    vertices = plain(vertices)
    count = (len(vertices) - 3) // 2
    if count < 1 or len(vertices) != 2 * count + 3:
        return None
    forth, back = vertices[1:count + 1], vertices[count + 2:2 * count + 2][::-1]
    for orientation, at in (('vertical', 0), ('horizontal', 1)):
        if numpy.array_equal(forth[:, at], back[:, at], equal_nan=True):
            return orientation, (forth[:, at], forth[:, 1 - at], back[:, 1 - at])
    return None


def _joined(pieces):
    """Several pieces as one, with a gap between each two."""
    if len(pieces) == 1:
        return pieces[0]
    gap = numpy.array([numpy.nan])
    return [numpy.concatenate([part for piece in columns for part in (piece, gap)][:-1]) for columns in zip(*pieces)]


def _add(view, area, orientation, curves):
    at, first, second = curves
    maker = seaborn_of(area)
    if maker == 'plot_violins':
        _add_violin(view, area, orientation, curves)
        return
    if maker == 'plot_univariate_histogram' and (at[1:-1:2] == at[2::2]).all() and len(at) % 2:
        _add_steps(view, area, orientation, curves)
        return
    total = len(at)
    stride = view.budget.stride(total, 4)
    at, first, second = at[::stride], first[::stride], second[::stride]
    horizontal = orientation == 'horizontal'
    across, along = (view.y, view.x) if horizontal else (view.x, view.y)
    stacked = (note_of(area) or {}).get('made') == 'stack'
    if maker_of(area) == 'pandas AreaPlot._plot':
        # pandas draws a line along the area, right before it.
        stacked = True
        line = view.artists[max(view.position(area) - 1, 0)]
        view.take([line] if isinstance(line, Line2D) else ())
    low, high = (first, second) if stacked else (numpy.fmin(first, second), numpy.fmax(first, second))
    series = {
        'kind': 'area', 'orientation': orientation, **view.base(area, _face(area)),
        'y' if horizontal else 'x': across.read(at), 'low': along.read(low), 'high': along.read(high),
    }
    if stacked:
        series['values'] = high - low
    if stride > 1:
        series['total'] = total
    view.add(area, series, votes=stacked, places=(at, low, high) if maker else None)


def _add_steps(view, area, orientation, curves):
    """A histogram that seaborn draws as an area: each edge is there twice, but for the first."""
    at, first, second = curves
    low, high = numpy.fmin(first, second)[:-1:2], numpy.fmax(first, second)[:-1:2]
    axis = view.y if orientation == 'horizontal' else view.x
    series = {'kind': 'histogram', 'orientation': orientation, **view.base(area, _face(area)), 'edges': axis.read(at[::2]), 'counts': high - low}
    if low.any():
        series['base'] = low
    view.add(area, series)


def _add_violin(view, area, orientation, curves):
    """seaborn draws a violin as an area around its category, with a small box plot of lines inside."""
    at, low, high = curves
    horizontal = orientation == 'vertical'
    middle = numpy.array([(low[0] + high[0]) / 2])
    across, along = (view.y, view.x) if horizontal else (view.x, view.y)
    label = across.read_nearest(middle)[0]
    violin = {'label': label if isinstance(label, str) else float(label), 'at': along.read(at), 'density': numpy.abs(high - low) / 2}
    column, inner = 0 if horizontal else 1, []
    for artist in view.artists[view.position(area) + 1:]:
        if seaborn_of(artist) != 'plot_violins' or not isinstance(artist, Line2D):
            break
        inner.append(artist)
    ends = [plain(line.get_data(orig=False)[column]) for line in inner]
    if [len(end) for end in ends] == [2, 2, 1]:
        violin |= {'low': along.read_one(ends[0][0]), 'high': along.read_one(ends[0][1]), 'median': along.read_one(ends[2][0])}
    view.take(inner)
    orientation = 'horizontal' if horizontal else 'vertical'
    view.add(area, {'kind': 'violin', 'orientation': orientation, **view.base(area, _face(area)), 'violins': [violin]})


def _face(area):
    faces = area.get_facecolor()
    return faces[0] if len(faces) else None
