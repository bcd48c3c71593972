"""What matplotlib and seaborn have drawn, as the data of docs/charts.md. `charts.extract` reads a figure; nothing here draws.

The modules import matplotlib; this one does not.
"""

import contextlib
import importlib
import sys

from ..after_import import after_import
from ..kept_modules import keep_modules


def keep_charts():
    """Load or keep the modules: inside a sandbox nobody sees their files."""
    if 'matplotlib' not in sys.modules:
        keep_modules(__name__, __path__[0])
    watch_plots()


def watch_plots():
    """Have plotting methods take notes, now or as soon as matplotlib is imported."""
    after_import('matplotlib.axes', _take_notes)


def _take_notes():
    # With a matplotlib that these modules do not know charts fail, and are counted; it draws all the same.
    with contextlib.suppress(Exception):
        importlib.import_module('.extract', __name__)
        importlib.import_module('.notes', __name__).take_notes()
