"""Pies: values, labels and shares."""

import numpy
from matplotlib.patches import Wedge

from .budget import cut
from .colors import to_color
from .notes import note_of


def find_pies(view):
    for wedge in view.rest(Wedge):
        note = note_of(wedge)
        if note is not None and note['made'] == 'pie':
            _add(view, note['wedges'][:1000], numpy.array(note['values'][:1000], dtype=float))
    loose = view.rest(Wedge)
    if loose:
        # Drawn by hand: shares are all that is known.
        _add(view, loose[:1000], numpy.array([abs(wedge.theta2 - wedge.theta1) / 360 for wedge in loose[:1000]]))
        view.take(loose)


def _add(view, wedges, values):
    labels = [str(wedge.get_label()) for wedge in wedges]
    labels = ['' if label.startswith('_') else cut(label) for label in labels]
    if not any(labels) and len(view.legend.labels) == len(wedges):
        labels = [cut(label) for label in view.legend.labels]
    # A whole of less than 1 is a pie that is not full, unless it was drawn as one.
    angles = sum(abs(wedge.theta2 - wedge.theta1) for wedge in wedges)
    whole = values.sum() if angles > 359.9 else 1.0
    series = {
        'kind': 'pie', 'labels': labels, 'values': values, 'percentages': 100 * values / whole,
        'colors': [to_color(wedge.get_facecolor()) or '#ffffff00' for wedge in wedges],
    }
    view.take(wedges)
    view.add(wedges[0], series)
