"""Colours as `#rrggbb`, or `#rrggbbaa` where they are not opaque."""

import numpy
from matplotlib import colors


def to_color(color):
    """One colour as a text; None for none at all."""
    try:
        rgba = colors.to_rgba(color)
    except (ValueError, TypeError):
        return None
    return None if rgba[3] == 0 else colors.to_hex(rgba, keep_alpha=rgba[3] < 1)


def to_codes(rgba):
    """Colours, as rows of four numbers from 0 to 1, as one whole number each."""
    bytes_ = numpy.round(numpy.clip(numpy.asarray(rgba, dtype=float), 0, 1) * 255).astype('uint32')
    return bytes_[:, 0] << 24 | bytes_[:, 1] << 16 | bytes_[:, 2] << 8 | bytes_[:, 3]


def to_names(codes):
    """The texts of such numbers."""
    digits = codes.astype('>u4').tobytes().hex()
    texts = ['#' + digits[at:at + 8] for at in range(0, len(digits), 8)]
    return [text[:7] if text.endswith('ff') else text for text in texts]
