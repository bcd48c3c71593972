"""Contours, separate lines and outlines, and everything that has no better name."""

from matplotlib.collections import Collection, LineCollection, PolyCollection
from matplotlib.contour import ContourSet
from matplotlib.patches import ConnectionPatch, FancyArrow, FancyArrowPatch, Patch, Polygon, Rectangle, Shadow

from .areas import is_flat
from .values import plain

_MOST = 2000
_ORNAMENTS = (ConnectionPatch, FancyArrow, FancyArrowPatch, Shadow)


def find_contours(view):
    for contours in view.rest(ContourSet) if issubclass(ContourSet, Collection) else ():
        view.take([contours])
        view.add(contours, {'kind': 'contour', 'levels': plain(contours.levels)}, votes=False)


def find_shapes(view):
    for lines in view.rest(LineCollection):
        if is_flat(lines):
            view.take([lines])
            colors = lines.get_colors()
            _add(view, lines, 'segments', lines.get_segments(), colors[0] if len(colors) else None)
    for outlines in view.rest(PolyCollection):
        if is_flat(outlines):
            view.take([outlines])
            faces = outlines.get_facecolor()
            _add(view, outlines, 'polygons', [path.vertices for path in outlines.get_paths()], faces[0] if len(faces) else None)
    for patch in view.rest(Rectangle, Polygon):
        view.take([patch])
        if isinstance(patch, _ORNAMENTS) or isinstance(patch, Rectangle) and patch.get_width() == 0 == patch.get_height():
            # Says nothing itself; what has no size stands for something in the legend.
            continue
        path = patch.get_patch_transform().transform_path(patch.get_path())
        _add(view, patch, 'polygons', [path.vertices], patch.get_facecolor() if patch.get_fill() else patch.get_edgecolor())


def find_others(view):
    for artist in view.rest(Collection, Patch):
        if isinstance(artist, _ORNAMENTS):
            continue
        series = {'kind': 'other', **view.base(artist, None), 'name': type(artist).__name__}
        if _has_places(view, artist) and 0 < len(artist.get_offsets()) <= _MOST:
            offsets = plain(artist.get_offsets())
            series |= {'x': view.x.read(offsets[:, 0]), 'y': view.y.read(offsets[:, 1])}
        view.take([artist])
        view.add(artist, series)


def _has_places(view, artist):
    """Whether the offsets of an artist are where its parts stand: where they are not, they are all 0."""
    flat = isinstance(artist, Collection) and not hasattr(artist, 'do_3d_projection')
    return flat and artist.get_offset_transform().contains_branch(view.axes.transData)


def _add(view, artist, kind, outlines, color):
    total = len(outlines)
    lengths = sum(map(len, outlines[:_MOST]))
    stride = max(-(-total // _MOST), view.budget.stride(lengths, 2))
    outlines = [plain(outline) for outline in outlines[::stride]]
    series = {
        'kind': kind, **view.base(artist, color), 'x': [view.x.read(outline[:, 0]) for outline in outlines],
        'y': [view.y.read(outline[:, 1]) for outline in outlines],
    }
    if stride > 1:
        series['total'] = total
    if outlines:
        view.add(artist, series, votes=False)
