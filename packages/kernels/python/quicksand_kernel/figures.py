"""The figures of matplotlib are drawn into results: there are no windows here, and no widgets of a front end."""

import builtins
import sys

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_INLINE = 'module://matplotlib_inline.backend_inline'
# Matplotlib knows these only where their package is installed.
_WIDGETS = ('widget', 'ipympl')


def use_inline_figures(shell):
    """Make matplotlib, which is imported, draw into results."""
    import matplotlib
    matplotlib.use(_INLINE)
    import matplotlib.pyplot  # noqa: F401
    from matplotlib_inline import backend_inline
    from matplotlib_inline.config import InlineBackend
    InlineBackend.instance(parent=shell).rc = {}
    matplotlib.interactive(True)
    if backend_inline.flush_figures not in shell.events.callbacks['post_execute']:
        backend_inline.configure_inline_support(shell, _INLINE)


def enable_figures(shell, enable, gui):
    """`%matplotlib gui`, which `enable` does; what needs a window or a front end is told to be missing, and figures are results as before."""
    try:
        return enable(gui)
    except (ImportError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and gui not in _WIDGETS:
            raise
        print(f'%matplotlib {gui} is not possible here, and figures are results, as with %matplotlib inline: {error}', file=sys.stderr)
    # It is noted, and would be in the way of all others.
    shell.pylab_gui_select = None
    return enable('inline')


def drop_figures():
    """Close what would be shown at the end of a cell."""
    inline, helpers = (sys.modules.get(name) for name in ('matplotlib_inline.backend_inline', 'matplotlib._pylab_helpers'))
    if inline is None or helpers is None:
        return
    inline.show._to_draw, inline.show._draw_called = [], False
    if inline.InlineBackend.instance().close_figures:
        helpers.Gcf.destroy_all()
