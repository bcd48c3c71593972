"""Lines: joined points, points alone, steps; and lines across the axes, which are references."""

import numpy
from matplotlib import lines as matplotlib_lines
from matplotlib.lines import Line2D

from .notes import seaborn_of
from .values import AxisValues, number, plain

# Older versions do not tell where such a line is.
_AX_LINE = getattr(matplotlib_lines, 'AxLine', ())
_STEPS = {'steps': 'pre', 'steps-pre': 'pre', 'steps-mid': 'mid', 'steps-post': 'post'}


def find_lines(view):
    data = view.axes.transData
    for line in view.rest(Line2D):
        view.take([line])
        if isinstance(line, _AX_LINE):
            view.add(line, _slope(view, line), votes=False)
        elif line.get_transform() is data or _is_in(data, line):
            _add_points(view, line)
        else:
            reference = _across(view, line)
            if reference is not None:
                view.add(line, reference, votes=False)


def points_of(view, line):
    """The coordinates of a line as arrays, and how many of them there are, before any are left out."""
    if hasattr(line, 'get_data_3d'):
        columns = [plain(numpy.atleast_1d(column)) for column in line.get_data_3d()]
    else:
        columns = [plain(column) for column in line.get_data(orig=False)]
    stride = view.budget.stride(len(columns[0]), len(columns))
    return [column[::stride] for column in columns], len(columns[0]), stride


def _add_points(view, line):
    joined = line.get_linestyle() not in ('None', 'none', ' ', '') and line.get_linewidth() > 0
    marked = line.get_marker() not in ('None', 'none', ' ', '', None)
    if not joined and not marked:
        return
    (x, y, *z), total, stride = points_of(view, line)
    if total == 0:
        return
    color = line.get_color() if joined else line.get_markerfacecolor()
    # seaborn moves the lines of several groups apart, so that none hides another.
    read = AxisValues.read_nearest if seaborn_of(line) == 'plot_points' else AxisValues.read
    series = {'kind': 'line' if joined else 'scatter', **view.base(line, color), 'x': read(view.x, x), 'y': read(view.y, y)}
    if z:
        series['z'] = view.z.read(z[0])
    if stride > 1:
        series['total'] = total
    if joined and line.get_drawstyle() in _STEPS:
        series['step'] = _STEPS[line.get_drawstyle()]
    # The density that seaborn draws over a histogram is part of it.
    view.add(line, series, votes=seaborn_of(line) != 'plot_univariate_histogram', places=(x, y))


def _is_in(data, artist):
    return all(artist.get_transform().contains_branch_seperately(data))


def _across(view, line):
    """axhline and axvline: one direction is in data, the other in fractions of the axes."""
    x_in_data, y_in_data = line.get_transform().contains_branch_seperately(view.axes.transData)
    x, y = (plain(column) for column in line.get_data(orig=False))
    if x_in_data == y_in_data or len(x) != 2:
        return None
    base = {'kind': 'reference', **view.base(line, line.get_color())}
    return {**base, 'x': view.x.read_one(x[0])} if x_in_data else {**base, 'y': view.y.read_one(y[0])}


def _slope(view, line):
    x, y = line.get_xy1()
    base = {'kind': 'reference', **view.base(line, line.get_color()), 'x': view.x.read_one(x), 'y': view.y.read_one(y)}
    second, slope = line.get_xy2(), line.get_slope()
    if slope is None and second is not None and second[0] != x:
        slope = (second[1] - y) / (second[0] - x)
    return base if slope is None or number(slope) is None else {**base, 'slope': number(slope)}
