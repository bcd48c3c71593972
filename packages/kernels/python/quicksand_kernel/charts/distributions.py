"""Box plots and violins: the statistics that they were drawn from."""

import numpy

from .notes import note_of, seaborn_of
from .values import number, plain

_MOST = 500
_MOST_OUTLIERS = 1000


def find_distributions(view):
    for artist in view.artists:
        note = note_of(artist)
        if note is None or note['made'] not in ('boxes', 'violins') or not view.is_there(artist):
            continue
        stats, places = note['stats'][:_MOST], plain(note['positions'][:_MOST])
        horizontal = note['horizontal']
        labels = (view.y if horizontal else view.x).read_nearest(places)
        ours = note['made'] == 'boxes' and seaborn_of(artist) is not None
        filled = _filled(note['artists'])
        series = {
            'kind': 'box' if note['made'] == 'boxes' else 'violin', 'orientation': 'horizontal' if horizontal else 'vertical',
            **view.base(None if ours else artist, filled),
        }
        read = _box if note['made'] == 'boxes' else _violin
        along = view.x if horizontal else view.y
        series['boxes' if note['made'] == 'boxes' else 'violins'] = [
            read(along, one, label if isinstance(label, str) else number(label)) for one, label in zip(stats, labels)]
        view.take(note['artists'])
        view.add(artist, series, places=(places, places))


def _filled(artists):
    """The colour that the boxes are filled with, if all have the same."""
    colors = {tuple(numpy.ravel(artist.get_facecolor())) for artist in artists if hasattr(artist, 'get_facecolor')}
    color = colors.pop() if len(colors) == 1 else None
    return color if color is not None and len(color) == 4 else None


def _box(along, stats, label):
    outliers = plain(stats.get('fliers', ()))
    box = {
        'label': label, 'low': along.read_one(stats['whislo']), 'q1': along.read_one(stats['q1']), 'median': along.read_one(stats['med']),
        'q3': along.read_one(stats['q3']), 'high': along.read_one(stats['whishi']), 'outliers': along.read(outliers[:_MOST_OUTLIERS]),
    }
    if stats.get('mean') is not None:
        box['mean'] = along.read_one(stats['mean'])
    if len(outliers) > _MOST_OUTLIERS:
        box['total'] = len(outliers)
    return box


def _violin(along, stats, label):
    names = (('low', 'min'), ('median', 'median'), ('mean', 'mean'), ('high', 'max'))
    return {
        'label': label, **{name: along.read_one(stats[key]) for name, key in names},
        'at': along.read(plain(stats['coords'])), 'density': plain(stats['vals']),
    }
