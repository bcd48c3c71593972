"""The progress bars of `tqdm.notebook` are widgets, which need packages and a page that runs them: here they are those of a terminal, as text."""

from .after_import import after_import


def register_progress():
    """Have them drawn as text, whenever they are imported."""
    after_import('tqdm.notebook', _draw_as_text)


def _draw_as_text():
    from tqdm import notebook, std

    class tqdm_notebook(std.tqdm):
        def __init__(self, *args, display=True, **kwargs):
            super().__init__(*args, **kwargs)

    def tnrange(*args, **kwargs):
        return tqdm_notebook(range(*args), **kwargs)

    for ours in (tqdm_notebook, tnrange):
        ours.__module__, ours.__qualname__ = notebook.__name__, ours.__name__
    notebook.tqdm = notebook.tqdm_notebook = tqdm_notebook
    notebook.trange = notebook.tnrange = tnrange
