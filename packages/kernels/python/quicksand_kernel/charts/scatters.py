"""Scatter plots: sizes, and what colours stand for."""

import numpy
from matplotlib.collections import PathCollection

from .colors import to_codes, to_names
from .values import plain


def find_scatters(view):
    for points in view.rest(PathCollection):
        view.take([points])
        columns = _columns(points)
        if len(columns[0]):
            _add(view, points, columns)


def _columns(points):
    if hasattr(points, '_offsets3d'):
        return [plain(column) for column in points._offsets3d]
    offsets = plain(points.get_offsets())
    return [offsets[:, 0], offsets[:, 1]]


def _add(view, points, columns):
    total = len(columns[0])
    # Those of points in space are sorted and shaded by their depth, but in their base class.
    faces = PathCollection.get_facecolor(points)
    faces = faces if len(faces) else PathCollection.get_edgecolor(points)
    values, sizes = points.get_array(), getattr(points, '_sizes3d', points.get_sizes())
    codes = to_codes(faces) if values is None and len(faces) == total and total > 1 else None
    if codes is not None and (codes == codes[0]).all():
        codes = None
    varied = len(sizes) == total and total > 1 and not (sizes == sizes[0]).all()
    width = len(columns) + varied + (values is not None or codes is not None)
    stride = view.budget.stride(total, width)
    columns = [column[::stride] for column in columns]
    series = {'kind': 'scatter', **_size(plain(sizes[::stride]) if varied else None, sizes)}
    if stride > 1:
        series['total'] = total
    if values is not None:
        series['colors'] = plain(values.ravel()[::stride])
    groups = _groups(view, codes[::stride]) if codes is not None else None
    if groups is not None:
        _add_groups(view, points, columns, series, groups)
        return
    if codes is not None:
        series['colors'] = to_names(codes[::stride])
    color = None if codes is not None or values is not None or len(faces) == 0 else faces[0]
    view.add(points, {**view.base(points, color), **series, **_coordinates(view, columns)}, places=tuple(columns[:2]))


def _coordinates(view, columns):
    x, y, *z = columns
    # Points that are jittered or swarm beside their category belong to it.
    read = {'x': view.x.read_nearest(x) if view.x.scale == 'category' else view.x.read(x)}
    read['y'] = view.y.read_nearest(y) if view.y.scale == 'category' else view.y.read(y)
    if z:
        read['z'] = view.z.read(z[0])
    return read


def _size(varied, sizes):
    if varied is not None:
        return {'sizes': varied}
    return {'size': float(sizes[0])} if len(sizes) else {}


def _groups(view, codes):
    """Labels by colour where the legend explains the colour of every point: then each label is a series of its own."""
    labels = view.legend.colors
    if not labels:
        return None
    distinct = numpy.unique(codes)
    names = dict(zip(distinct.tolist(), map(labels.get, to_names(distinct))))
    return [(label, codes == code) for code, label in names.items()] if all(names.values()) and len(names) <= 50 else None


def _add_groups(view, points, columns, series, groups):
    order = list(view.legend.colors.values())
    for label, chosen in sorted(groups, key=lambda group: order.index(group[0])):
        own = {name: value[chosen] if isinstance(value, numpy.ndarray) else value for name, value in series.items()}
        color = next(color for color, other in view.legend.colors.items() if other == label)
        part = [column[chosen] for column in columns]
        view.add(points, {'label': label, 'color': color, **own, **_coordinates(view, part)}, places=tuple(part[:2]))
