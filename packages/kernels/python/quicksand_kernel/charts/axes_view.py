"""One coordinate system while its series are read: its artists, in the order in which they were made, and what a series has of them all."""

from dataclasses import dataclass

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .budget import cut
from .colors import to_color
from .values import AxisValues


@dataclass
class Found:
    """A series, and where its first artist stands among all."""

    position: int
    series: dict
    # Whether it has a say in what the whole is called.
    votes: bool = True
    # Where its points are on both axes, for what belongs to them and is drawn apart.
    places: object = None


class AxesView:
    """Artists are taken by the family that knows them best; what nobody has taken is left for the next."""

    def __init__(self, axes, budget):
        self.axes, self.budget = axes, budget
        self.x, self.y = AxisValues(axes.xaxis, axes), AxisValues(axes.yaxis, axes)
        self.z = AxisValues(axes.zaxis, axes) if hasattr(axes, 'zaxis') else None
        frame = {id(part) for part in (axes.patch, *axes.spines.values(), axes.xaxis, axes.yaxis)}
        self.artists = [artist for artist in axes.get_children() if id(artist) not in frame]
        self.positions = {id(artist): at for at, artist in enumerate(self.artists)}
        self._by_class = {}
        for artist in self.artists:
            self._by_class.setdefault(type(artist), []).append(artist)
        self._taken = set()
        self.found = []
        # The plots of a grid share the legend of their figure.
        self.legend = LegendReading(axes.get_legend() or next(iter(axes.figure.legends), None), self._reference_labels(), self._own_labels())

    def _reference_labels(self):
        """What lines and spans across the axes are called: plots that happen to have their colour are not."""
        named = [artist for artist in self.artists if isinstance(artist, (Line2D, Patch)) and not str(artist.get_label()).startswith('_')]
        return {artist.get_label() for artist in named if _is_across(artist, self.axes.transData)}

    def _own_labels(self):
        return {artist.get_label() for artist in (*self.artists, *self.axes.containers)}

    def rest(self, *kinds):
        """The artists of these classes that nobody has taken, if they can be seen."""
        artists = [artist for named, members in self._by_class.items() if issubclass(named, kinds) for artist in members]
        artists = [artist for artist in artists if id(artist) not in self._taken and artist.get_visible()]
        return sorted(artists, key=self.position)

    def take(self, artists):
        self._taken.update(map(id, artists))

    def is_there(self, artist):
        """False for what has been removed from the axes, or hidden."""
        return id(artist) in self.positions and id(artist) not in self._taken and artist.get_visible()

    def position(self, artist):
        return self.positions.get(id(artist), len(self.artists))

    def add(self, artist, series, **more):
        self.found.append(Found(self.position(artist), series, **more))

    def base(self, named, color):
        """What every series has: its label, by its own name or by its colour in the legend, and its colour."""
        color = to_color(color) if color is not None else None
        label = named.get_label() if named is not None else ''
        label = str(label) if label is not None else ''
        if not label or label.startswith('_'):
            label = self.legend.label_of(color)
        return {**({'label': cut(label)} if label else {}), **({'color': color} if color else {})}


class LegendReading:
    """The texts of a legend, and whose colours they explain."""

    def __init__(self, legend, apart=frozenset(), own=frozenset()):
        """`apart` are labels that explain no colour, `own` those that artists have themselves."""
        self.title, self.labels, self._by_color, self._own = '', [], {}, own
        if legend is None or not legend.get_visible():
            return
        self.title = legend.get_title().get_text()
        self.labels = [text.get_text() for text in legend.get_texts()]
        handles = getattr(legend, 'legend_handles', None) or getattr(legend, 'legendHandles', [])
        for handle, label in zip(handles, self.labels):
            color = _handle_color(handle) if label not in apart else None
            if color is not None:
                # A colour that explains two things explains neither.
                self._by_color[color] = label if self._by_color.get(color, label) == label else ''

    def label_of(self, color):
        """What the legend says of a colour, or else of the one colour that is the same but for being more opaque; what it says of a colour that is less
        so, as of the band around a line, only where no artist is called that."""
        if color is None or color in self._by_color:
            return self._by_color.get(color, '')
        alike = [label for other, label in self._by_color.items() if other[:7] == color[:7] and (_opacity(other) > _opacity(color) or label not in self._own)]
        return alike[0] if len(alike) == 1 else ''

    @property
    def colors(self):
        """Labels by colour, each colour once."""
        return {color: label for color, label in self._by_color.items() if label}


def _is_across(artist, data):
    if type(artist).__name__.lstrip('_') == 'AxLine':
        return True
    transform = artist.get_data_transform() if isinstance(artist, Patch) else artist.get_transform()
    return transform is not data and not all(transform.contains_branch_seperately(data))


def _opacity(color):
    return color[7:] or 'ff'


def _handle_color(handle):
    for name in ('get_facecolor', 'get_color', 'get_edgecolor'):
        get = getattr(handle, name, None)
        if get is None:
            continue
        color = get()
        if getattr(color, 'ndim', 1) == 2:
            color = color[0] if len(color) else None
        text = to_color(color) if color is not None else None
        if text is not None:
            return text
    # Markers without a line, as seaborn makes them.
    marker = getattr(handle, 'get_markerfacecolor', None)
    return to_color(marker()) if marker is not None else None
