"""How much a chart may hold: what is more is left out, and the chart says so."""

MOST_SERIES = 200
MOST_POINTS = 10_000
MOST_VALUES = 200_000
MOST_TICKS = 100
MOST_CELLS = 40_000
MOST_TEXT = 2_000


class Budget:
    """What is left for the series of one figure."""

    def __init__(self, values=MOST_VALUES):
        self._left = values

    def stride(self, count, width=2):
        """1 when `count` points of `width` values each may be listed, n when only every n-th of them may."""
        fitting = max(1, min(MOST_POINTS, self._left // width))
        stride = -(-count // fitting) or 1
        self._left -= -(-count // stride) * width
        return stride

    def grid_stride(self, rows, columns):
        """The same for both directions of a grid."""
        fitting = max(1, min(MOST_CELLS, self._left))
        down = across = 1
        while -(-rows // down) * -(-columns // across) > fitting:
            if -(-rows // down) >= -(-columns // across):
                down += 1
            else:
                across += 1
        self._left -= -(-rows // down) * -(-columns // across)
        return down, across


def cut(text):
    """A text that a program wrote, no longer than a label may be."""
    text = str(text)
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT - 1] + '…'
