"""Positions on an axis as what stands there: numbers, ISO 8601 dates, or category labels."""

import functools
import sys

import numpy
from matplotlib import category, dates, ticker

from .budget import cut

_DAY_US = 86_400_000_000
_MOST_DAYS = 3_000_000


class AxisValues:
    """Reads positions on one axis. `scale` is 'date', 'category', or what matplotlib calls it."""

    def __init__(self, axis, axes):
        self.axis = axis
        self.scale = _scale_of(axis)
        self._read_dates = None
        converter = axis.get_converter() if hasattr(axis, 'get_converter') else axis.converter
        self._frequency = _frequency_of(axis, axes, converter)
        if isinstance(converter, category.StrCategoryConverter):
            self.scale = 'category'
        elif self._frequency is not None:
            # The time series of pandas: positions are ordinals of periods.
            self.scale, self._read_dates = 'date', self._read_periods
        elif _is_date(converter) or isinstance(axis.get_major_locator(), dates.DateLocator):
            self.scale, self._read_dates = 'date', self._read_days

    @functools.cached_property
    def names(self):
        """Labels by position: categories, or ticks that a program has named one by one. Looked up late: many charts never ask."""
        if self.scale == 'category':
            return {float(at): cut(label) for label, at in self.axis.get_units()._mapping.items()}
        return {} if self._read_dates is not None else _fixed_labels(self.axis)

    def read(self, positions):
        """`positions`, an array, as values: names only where every position has one."""
        positions = plain(positions)
        if self._read_dates is not None:
            return self._read_dates(positions)
        if not self.names or len(positions) == 0:
            return positions
        nearest = self._nearest(positions)
        missing = numpy.isnan(positions)
        return self._named(nearest, missing) if ((nearest == positions) | missing).all() else positions

    def read_one(self, position):
        value = self.read(numpy.asarray([position], dtype=float))[0]
        return value if value is None or isinstance(value, str) else number(value)

    def read_nearest(self, positions):
        """The same for what stands at a name or beside it: the bars of a group, points that are spread over their category."""
        positions = plain(positions)
        if self._frequency is not None:
            positions = numpy.round(positions)
        read = self.read(positions)
        if self._read_dates is not None or not self.names or isinstance(read, list) or len(positions) == 0:
            return read
        nearest = self._nearest(positions)
        reach = numpy.diff(self._places).min() / 2 if len(self._places) > 1 else 0.5
        beside = (numpy.abs(positions - nearest) <= reach + 1e-9).all()
        # Where only some ticks have names, several bars would get the same.
        alone = self.scale == 'category' or len(numpy.unique(nearest)) == len(nearest)
        return self._named(nearest, numpy.isnan(positions)) if beside and alone else positions

    @functools.cached_property
    def _places(self):
        return numpy.array(sorted(self.names))

    def _nearest(self, positions):
        places = self._places
        right = numpy.minimum(numpy.searchsorted(places, positions), len(places) - 1)
        left = numpy.maximum(right - 1, 0)
        return numpy.where(positions - places[left] < places[right] - positions, places[left], places[right])

    def _named(self, places, missing):
        return [None if gone else self.names[place] for place, gone in zip(places.tolist(), missing.tolist())]

    def _read_days(self, days):
        units = self.axis.get_units()
        return _iso(numpy.datetime64(dates.get_epoch(), 'us'), days, 'Z' if units is not None else '')

    def _read_periods(self, ordinals):
        pandas = sys.modules['pandas']
        known = numpy.abs(ordinals) < 2**62
        whole = numpy.floor(numpy.where(known, ordinals, 0)).astype('int64')
        periods = pandas.arrays.PeriodArray(whole, dtype=pandas.PeriodDtype(self._frequency))
        stamps = pandas.PeriodIndex(periods).to_timestamp().to_numpy().astype('datetime64[us]')
        return _iso_strings(stamps, known, '')


def plain(numbers):
    """Numbers, masked or not, as an array of floats in which what is missing is NaN."""
    if isinstance(numbers, numpy.ma.MaskedArray):
        numbers = numbers.astype(float).filled(numpy.nan)
    return numpy.ascontiguousarray(numbers, dtype=float)


def number(value):
    """One number, or None for what is none."""
    value = float(value)
    return value if numpy.isfinite(value) else None


def _iso(epoch, days, suffix):
    known = numpy.abs(days) < _MOST_DAYS
    # Days are counted in doubles, which are exact to a few microseconds.
    microseconds = numpy.round(numpy.where(known, days, 0) * (_DAY_US / 10)) * 10
    return _iso_strings(epoch + microseconds.astype('int64').astype('timedelta64[us]'), known, suffix)


def _iso_strings(stamps, known, suffix):
    ticks = stamps.astype('int64')
    unit = 'D' if not (ticks % _DAY_US).any() else 's' if not (ticks % 1_000_000).any() else 'ms' if not (ticks % 1000).any() else 'us'
    texts = numpy.datetime_as_string(stamps.astype(f'datetime64[{unit}]'), unit=unit).tolist()
    if suffix and unit != 'D':
        texts = [text + suffix for text in texts]
    return texts if known.all() else [text if there else None for text, there in zip(texts, known.tolist())]


def _scale_of(axis):
    # seaborn.objects states every scale as a function, also where it changes nothing.
    scale, (low, high) = axis.get_scale(), axis.get_view_interval()
    if scale != 'function':
        return scale
    middle = (low + high) / 2
    moved = axis.get_transform().transform(numpy.array([low, middle, high]))
    return 'linear' if numpy.array_equal(moved, [low, middle, high]) else scale


def _frequency_of(axis, axes, converter):
    """Where positions are ordinals of the periods of pandas, how long those are: its lines say it of their axes, its bars of the axis."""
    if axis.axis_name != 'x' or type(axis.get_major_formatter()).__name__ == 'TimeSeries_TimedeltaFormatter':
        return None
    if type(converter).__name__ == 'PeriodConverter' and type(converter).__module__.startswith('pandas.'):
        return getattr(axis, 'freq', getattr(axes, 'freq', None))
    return getattr(axes, 'freq', None)


def _is_date(converter):
    if converter is None:
        return False
    named = type(converter)
    return isinstance(converter, (dates.DateConverter, dates._SwitchableDateConverter)) or named.__module__.startswith('pandas.') and 'Date' in named.__name__


def _fixed_labels(axis):
    """Labels by position where a program has set both, unless they say no more than the position."""
    locator, formatter = axis.get_major_locator(), axis.get_major_formatter()
    if not isinstance(locator, ticker.FixedLocator):
        return {}
    # What set_ticklabels makes: a list, or a function that looks into a dictionary.
    listed = isinstance(formatter, ticker.FixedFormatter)
    looked_up = isinstance(formatter, ticker.FuncFormatter) and isinstance(formatter.func, functools.partial)
    if not listed and not looked_up:
        return {}
    places = plain(locator.locs).tolist()
    labels = [cut(label) for label in formatter.format_ticks(places)]
    # pandas names every position of its lines and nothing between them.
    named = {place: label for place, label in zip(places, labels) if label}
    return {} if all(_says_the_same(place, label) for place, label in named.items()) else named


def _says_the_same(place, label):
    try:
        return float(label.replace('\N{MINUS SIGN}', '-')) == place
    except ValueError:
        return False
