"""Values on a grid: heatmaps of all makers, hexagons, pictures."""

import numpy
from matplotlib.collections import PolyCollection, QuadMesh
from matplotlib.image import AxesImage, _ImageBase

from .values import plain


def find_grids(view):
    for image in view.rest(_ImageBase):
        view.take([image])
        if isinstance(image, AxesImage):
            _add_image(view, image)
    for mesh in view.rest(QuadMesh, *_POLY_QUAD):
        view.take([mesh])
        _add_mesh(view, mesh)
    for cells in view.rest(PolyCollection):
        offsets, values = plain(cells.get_offsets()), cells.get_array()
        if values is not None and len(offsets) > 1 and len(offsets) == numpy.size(values):
            view.take([cells])
            _add_cells(view, cells, offsets, plain(values))


def _poly_quad():
    # pcolor() makes these since matplotlib 3.8.
    from matplotlib import collections
    return tuple(filter(None, [getattr(collections, 'PolyQuadMesh', None)]))


_POLY_QUAD = _poly_quad()


def _add_image(view, image):
    values = image.get_array()
    left, right, bottom, top = (float(end) for end in image.get_extent())
    rows, columns = values.shape[:2]
    if values.ndim == 3:
        view.add(image, {'kind': 'image', 'shape': [rows, columns], 'extent': [left, right, bottom, top]}, votes=False)
        return
    # get_extent() names the ends where the first row is at `bottom` for 'lower', and at `top` for 'upper'.
    first, last = (bottom, top) if image.origin == 'lower' else (top, bottom)
    x = left + (numpy.arange(columns) + 0.5) * (right - left) / columns
    y = first + (numpy.arange(rows) + 0.5) * (last - first) / rows
    _add_grid(view, image, x, y, values)


def _add_mesh(view, mesh):
    corners = plain(mesh.get_coordinates()) if hasattr(mesh, 'get_coordinates') else plain(mesh._coordinates)
    values = mesh.get_array()
    rows, columns = corners.shape[0] - 1, corners.shape[1] - 1
    if values is None or values.ndim == 3:
        view.add(mesh, {'kind': 'image', 'shape': [rows, columns]}, votes=False)
        return
    if values.size != rows * columns:
        # Gouraud shading: values are at the corners.
        rows, columns = corners.shape[:2]
        x, y = corners[:, :, 0], corners[:, :, 1]
    else:
        x, y = ((corners[:-1, :-1, at] + corners[1:, 1:, at]) / 2 for at in (0, 1))
    _add_grid(view, mesh, x[0], y[:, 0], values.reshape(rows, columns))


def _add_grid(view, artist, x, y, values):
    rows, columns = values.shape
    down, across = view.budget.grid_stride(rows, columns)
    series = {
        'kind': 'heatmap', **view.base(artist, None), 'x': view.x.read(x[::across]), 'y': view.y.read(y[::down]),
        'values': plain(values[::down, ::across]),
    }
    if down > 1 or across > 1:
        series['total'] = [rows, columns]
    view.add(artist, series)


def _add_cells(view, cells, offsets, values):
    stride = view.budget.stride(len(values), 3)
    series = {
        'kind': 'hexbin', **view.base(cells, None), 'x': view.x.read(offsets[::stride, 0]), 'y': view.y.read(offsets[::stride, 1]),
        'values': values[::stride],
    }
    if stride > 1:
        series['total'] = len(values)
    view.add(cells, series)
