"""What cells are compiled with: IPython's compiler, whose errors say where they are and show that line, and nothing of us.

The body of a cell magic is code of the same cell: whatever compiles it (`%%time`, `%%capture`, `%%timeit`), it keeps the name
and the lines that it has there.
"""

import ast
import __future__
import builtins
import linecache

from IPython.core.compilerop import CachingCompiler

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

# The flags of code in which something from `__future__` holds.
_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag
_CELL_MAGIC = 'get_ipython().run_cell_magic('


class CellCompiler(CachingCompiler):
    """One per shell."""

    def __init__(self):
        super().__init__()
        # Those of a terminal wait for more where code ends too early; nothing more comes here, and Python itself says what is missing.
        self.reset_compiler_flags()
        self.begin('', '')

    def begin(self, name, code):
        """`code` runs as the cell `name` from here on."""
        self._name = name
        # How many lines of the cell are above: the cell itself and bodies of cell magics; the same of what IPython has made of bodies.
        self._above = {code: 0}
        self._placed = {}
        self._body_nodes = {}

    def place(self, code, python):
        """Tell that IPython has made `python` of `code`, which may be a part of the cell."""
        above = self._above.get(code)
        if above is None:
            return
        if above:
            self._placed[python] = above
        body = _body_of(python)
        if body is not None and code.rstrip().endswith(body.rstrip()):
            self._above[body] = above + code.rstrip().count('\n') - body.rstrip().count('\n')

    def has_body(self):
        """Whether the cell begins with a cell magic."""
        return len(self._above) > 1

    def cache(self, transformed_code, number=0, raw_code=None):
        if transformed_code in self._placed:
            return self._name
        return super().cache(transformed_code, number, raw_code)

    def ast_parse(self, source, filename='<unknown>', symbol='exec'):
        if source not in self._placed:
            return super().ast_parse(source, filename, symbol)
        tree = super().ast_parse('\n' * self._placed[source] + source, self._name, symbol)
        for node in tree.body:
            # Magics put them, or the values of expressions, into trees of their own.
            self._body_nodes[id(node)] = node
            if isinstance(node, ast.Expr):
                self._body_nodes[id(node.value)] = node.value
        return tree

    def __call__(self, source, filename, symbol, flags=0):
        if self._body_nodes and isinstance(source, ast.AST) and any(id(node) in self._body_nodes for node in ast.walk(source)):
            filename = self._name
        try:
            code = compile(source, filename, symbol, self.flags | flags, True)
        except SyntaxError as error:
            # A tree has no text: what is found when it is compiled comes without its line.
            if error.text is None and error.filename and error.lineno:
                error.text = linecache.getline(error.filename, error.lineno) or None
            raise error.with_traceback(None)
        # What a cell imports from `__future__` holds for those behind it.
        self.flags |= code.co_flags & _FUTURE
        return code


def _body_of(python):
    """The text that a cell magic is called with; None where there is no such call."""
    if not python.lstrip().startswith(_CELL_MAGIC):
        return None
    try:
        body = ast.parse(python.strip(), mode='eval').body.args[2].value
    except (SyntaxError, AttributeError, IndexError):
        return None
    return body if isinstance(body, str) else None
