"""What a finished figure no longer tells: bins, statistics and shares are gone once they are shapes, and so is who drew them.

Plotting methods that know these leave a note on an artist that they made, and artists made by seaborn or pandas say so. A note is plain
data, so that figures can still be copied and pickled. What the methods do and return stays the same.
"""

import functools
import sys

_NOTE, _MAKER = '_quicksand_note', '_quicksand_maker'
_LIBRARIES = ('seaborn.', 'pandas.plotting.')
_DEEPEST = 60


def note_of(artist):
    """What the method that made `artist` noted: `{'made': name, …}`, or None."""
    return vars(artist).get(_NOTE)


def maker_of(artist):
    """The library and the function that made `artist`: `'seaborn plot_bars'`; None when it was neither seaborn nor pandas."""
    return vars(artist).get(_MAKER)


def seaborn_of(artist):
    """The function of seaborn that made `artist`, or None when it was not seaborn."""
    library, _, function = (maker_of(artist) or '').partition(' ')
    return function if library == 'seaborn' else None


def take_notes():
    """Wrap the methods of matplotlib, which has been imported. Once a process."""
    from matplotlib.axes import Axes
    for name, note in (('hist', _note_histogram), ('bxp', _note_boxes), ('violin', _note_violins), ('pie', _note_pie), ('stackplot', _note_stack)):
        _wrap(Axes, name, note)
    for name in ('add_line', 'add_patch', 'add_collection'):
        _wrap(Axes, name, _note_maker)


def _wrap(owner, name, note):
    method = getattr(owner, name)

    @functools.wraps(method)
    def noting(*args, **kwargs):
        made = method(*args, **kwargs)
        try:
            note(made, args, kwargs)
        except Exception:
            # The plot is what the user asked for; without the note it is told less well.
            pass
        return made

    setattr(owner, name, noting)


def _leave(artist, made, **note):
    setattr(artist, _NOTE, {'made': made, **note})


def _note_histogram(made, args, kwargs):
    heights, edges, groups = made
    several = not hasattr(heights, 'ndim') or heights.ndim > 1
    stacked = bool(kwargs.get('stacked')) or kwargs.get('histtype') == 'barstacked'
    below = None
    for top, group in zip(heights, groups) if several else ((heights, groups),):
        base = below if stacked and below is not None else None
        artist = group if hasattr(group, 'patches') else group[0]
        counts = top - base if base is not None else top
        sideways = kwargs.get('orientation') == 'horizontal'
        _leave(artist, 'histogram', counts=counts, edges=edges, base=base, bottom=kwargs.get('bottom'), horizontal=sideways)
        below = top


def _note_boxes(made, args, kwargs):
    stats = args[1] if len(args) > 1 else kwargs['bxpstats']
    positions = args[2] if len(args) > 2 else kwargs.get('positions')
    _leave_distributions(made, 'boxes', stats, positions, kwargs)


def _note_violins(made, args, kwargs):
    stats = args[1] if len(args) > 1 else kwargs['vpstats']
    positions = args[2] if len(args) > 2 else kwargs.get('positions')
    _leave_distributions(made, 'violins', stats, positions, kwargs)


def _leave_distributions(made, name, stats, positions, kwargs):
    artists = [artist for part in made.values() for artist in (part if isinstance(part, (list, tuple)) else (part,))]
    sideways = kwargs.get('orientation') == 'horizontal' or kwargs.get('vert') in (False, 0)
    places = list(range(1, len(stats) + 1)) if positions is None else list(positions)
    _leave(artists[0], name, stats=list(stats), positions=places, horizontal=sideways, artists=artists)


def _note_pie(made, args, kwargs):
    wedges = made[0]
    values = args[1] if len(args) > 1 else kwargs['x']
    data = kwargs.get('data')
    values = data[values] if data is not None and isinstance(values, str) else values
    _leave(wedges[0], 'pie', wedges=list(wedges), values=[float(value) for value in values])


def _note_stack(made, args, kwargs):
    for area in made:
        _leave(area, 'stack')


def _note_maker(made, args, kwargs):
    frame = sys._getframe(2)
    for _ in range(_DEEPEST):
        if frame is None:
            return
        module = frame.f_globals.get('__name__')
        if isinstance(module, str) and module.startswith(_LIBRARIES):
            code = frame.f_code
            function = getattr(code, 'co_qualname', code.co_name) if module.startswith('pandas') else code.co_name
            setattr(made, _MAKER, f'{module.partition(".")[0]} {function}')
            return
        frame = frame.f_back
