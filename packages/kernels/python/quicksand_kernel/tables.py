"""Tables of pandas and Polars as JSON: `{columns, dtypes, index?, rows, shape, truncated?}`, of a stated part where they are large."""

import builtins
import datetime
import sys

from .jsonable import repr_of, to_jsonable

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 1000, 100, 20_000


class Table(dict):
    """A table as JSON; nothing in it needs to be looked at again."""


def register_tables(formatter):
    """Tell IPython's formatters; none of these modules is imported for it."""
    to_json, to_html = formatter.formatters['application/json'], formatter.formatters['text/html']
    for module in ('pandas', 'pandas.core.frame'):
        to_json.for_type_by_name(module, 'DataFrame', _frame)
    for module in ('pandas', 'pandas.core.series'):
        to_json.for_type_by_name(module, 'Series', _series)
        to_html.for_type_by_name(module, 'Series', _series_html)
    to_json.for_type_by_name('pandas.io.formats.style', 'Styler', lambda styler: _frame(styler.data))
    for module in ('polars', 'polars.dataframe.frame'):
        to_json.for_type_by_name(module, 'DataFrame', _polars)
    for module in ('polars', 'polars.series.series'):
        to_json.for_type_by_name(module, 'Series', lambda series: _polars(series.to_frame()))


def _frame(frame):
    rows, columns = frame.shape
    most_rows, most_columns = _most(columns)
    part = frame.iloc[:most_rows, :most_columns]
    return _table(
        columns=[_name(name) for name in part.columns], dtypes=[str(dtype) for dtype in part.dtypes], index=_values(part.index),
        cells=[_values(part.iloc[:, at]) for at in range(part.shape[1])], rows=len(part), shape=[rows, columns])


def _series(series):
    part = series.iloc[:MOST_ROWS]
    return _table(
        columns=[_name(series.name)], dtypes=[str(series.dtype)], index=_values(part.index), cells=[_values(part)], rows=len(part),
        shape=[len(series), 1])


def _series_html(series):
    return series.to_frame()._repr_html_()


def _polars(frame):
    rows, columns = frame.shape
    most_rows, most_columns = _most(columns)
    names = frame.columns[:most_columns]
    part = frame.select(names).head(most_rows)
    return _table(
        columns=names, dtypes=[str(dtype) for dtype in part.dtypes], cells=[to_jsonable(part[name].to_list(), 4 << 20) for name in names],
        rows=part.height, shape=[rows, columns])


def _table(columns, dtypes, cells, rows, shape, index=None):
    table = Table(columns=columns, dtypes=dtypes)
    if index is not None:
        table['index'] = index
    table |= {'rows': list(zip(*cells)) if cells else [[] for _ in range(rows)], 'shape': shape}
    if [rows, len(columns)] != shape:
        table['truncated'] = True
    return table


def _most(columns):
    most_columns = min(columns, MOST_COLUMNS)
    return min(MOST_ROWS, MOST_CELLS // max(most_columns, 1)), most_columns


def _name(name):
    if isinstance(name, tuple):
        return [_name(part) for part in name]
    if isinstance(name, (str, int, float, type(None))):
        return to_jsonable(name)
    # As in the index, and in the cells.
    return name.isoformat() if isinstance(name, datetime.date) else str(name)


def _values(column):
    """A column or an index as a list of what JSON has; what is missing is null."""
    pandas = sys.modules['pandas']
    if getattr(column, 'nlevels', 1) > 1:
        return [[_cell(pandas, part) for part in entry] for entry in column]
    kind = getattr(column.dtype, 'kind', 'O')
    if kind in 'iub':
        return column.to_numpy().tolist() if not column.hasnans else [_cell(pandas, value) for value in column]
    if kind == 'f':
        return [value if value - value == 0 else None for value in column.astype('float64').fillna(float('nan')).tolist()]
    if kind == 'M' and getattr(column.dtype, 'tz', None) is None:
        return _dates(column.to_numpy())
    return [value if type(value) is str else _cell(pandas, value) for value in column.tolist()]


def _dates(stamps):
    numpy = sys.modules['numpy']
    missing = numpy.isnat(stamps)
    unit = next((unit for unit in ('s', 'us') if (missing | (stamps == stamps.astype(f'datetime64[{unit}]'))).all()), 'ns')
    texts = numpy.datetime_as_string(stamps, unit=unit).tolist()
    return [None if gone else text for text, gone in zip(texts, missing.tolist())]


def _cell(pandas, value):
    if value is None or value is pandas.NaT or value is pandas.NA:
        return None
    if isinstance(value, (str, int, float)):
        return to_jsonable(value)
    if isinstance(value, pandas.Timestamp):
        return value.isoformat()
    if isinstance(value, (pandas.Timedelta, pandas.Period, pandas.Interval, pandas.api.extensions.ExtensionDtype)):
        return str(value)
    try:
        return to_jsonable(value, 1 << 16)
    except Exception:
        return repr_of(value)
