"""IPython's InteractiveShell, made to run one piece of code at a time and to tell what happened as frames.

`run_cell` stays as IPython has it for code that calls it. The kernel itself takes the shorter way below: no history, no
hooks that nobody registered, no rewriting of code that already is Python, and no frames of IPython in tracebacks.
"""

import ast
import builtins
import inspect
import io
import os
import re
import subprocess
import sys
import tokenize
import traceback
from gc import collect, isenabled
from operator import is_
from time import monotonic

from IPython.core.autocall import ExitAutocall, IPyAutocall
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.macro import Macro
from IPython.utils.text import LSString, SList
from traitlets import Type, default
from traitlets.config import Config

from .cell_compiler import CellCompiler
from .cell_events import CellEvents, InterruptibleEvents
from .channel import encode_json
from .context_loop import ContextLoop
from .display import Formats, Hook, Publisher
from .failure import forget_frames, remember_source, to_error
from .figures import drop_figures, enable_figures
from .frames import ERROR, RESULT
from .memory_store import MemoryStore
from .traits import peek, put

# User code may break `builtins`: functions below look names up in a copy.
__builtins__ = dict(builtins.__dict__)

_BASH = '/bin/bash'
_FIRST_WORD = re.compile(r'\w+')
# What is copied from IPython begins so: to Python it is the annotation of an element, with no value.
_PROMPT = re.compile(r'\s*In \[\d+\]: ')
# A single statement that has no others in it: what has, has a colon.
_SIMPLE = re.compile(r'[^\n:;]+\n?')


class Leave(ExitAutocall):
    """exit and quit: they end the execution, not the kernel."""

    rewrite = False

    def __call__(self, code=None):
        raise SystemExit(code)


class QuicksandShell(InteractiveShell):
    """`emit(kind, payload)` is where results and errors go, `emit_last` where the value of the last expression goes, and
    `enter()` is called before user code, and after commands `look_for_packages()`, for they may have installed some, and
    `check_interrupt()`, for an interrupt may have ended them; the kernel sets them.
    `charts`: whether figures are shown as data, too."""

    compiler_class = Type(CellCompiler)
    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)

    def __init__(self, **kwargs):
        self.emit = self.emit_last = lambda kind, payload: None
        self._last_code = None
        self.enter = self.look_for_packages = self.check_interrupt = lambda: None
        self.is_formatting = False
        self.charts = True
        self.shown_figures = []
        self._next_collection = 0.0
        self._code = ''
        self.context_loop = ContextLoop()
        self._own_hooks = ()
        self._inline = None
        #: Whether the last run has left nothing for `finish`.
        self.is_finished = False
        super().__init__(**kwargs)
        self.db = MemoryStore()
        self._cell_events = CellEvents(self, self.events)
        self.context_loop.install()
        self._plain_transforms = self._count_transforms()
        self.builtin_trap.activate()
        # For good: what runs a cell inside of a cell must neither set the hook, which `%%capture` has replaced, nor take it away.
        self.display_trap.__enter__()

    def init_user_ns(self):
        super().init_user_ns()
        for names in (self.user_ns, self.user_ns_hidden):
            # IPython's refuses descriptors that belong to the code here, and hides what code puts into `builtins`.
            names.pop('open', None)

    def init_events(self):
        super().init_events()
        self.events.__class__ = InterruptibleEvents

    def init_display_formatter(self):
        self.display_formatter = Formats(parent=self)
        self.configurables.append(self.display_formatter)

    @default('exiter')
    def _exiter_default(self):
        return Leave(self)

    def enable_gui(self, gui=None):
        pass

    def enable_matplotlib(self, gui=None):
        return enable_figures(self, super().enable_matplotlib, gui)

    def ask_exit(self):
        raise SystemExit

    # Running

    def run(self, code, count):
        """Run one piece of code; returns when it and what it awaits has ended, or raises what the code raised."""
        self.is_finished = False
        code = code.removeprefix('\ufeff')
        self._code = code
        put(self, 'execution_count', count + 1)
        name = f'<cell {count}>'
        self._remember_input(code, count)
        remember_source(name, code)
        self.compile.begin(name, code)
        self.events.trigger('pre_execute')
        self._cell_events.before(code, count)
        sys.displayhook = self.displayhook
        parts = self._compile(code, name)
        self._last_code = parts[-1] if parts and peek(self, 'ast_node_interactivity') == 'last_expr' else None
        self.enter()
        self._cell_events.begin()
        # Else Python would put the copy there that this module has.
        self.user_global_ns.setdefault('__builtins__', builtins)
        # All of it in the loop when any of it awaits: what comes before may need a running loop, too.
        if any(compiled.co_flags & inspect.CO_COROUTINE for compiled in parts):
            self.context_loop.run(parts, self.user_global_ns, self.user_ns)
        else:
            for compiled in parts:
                exec(compiled, self.user_global_ns, self.user_ns)
            self.context_loop.take_first_steps()
        # A figure that was closed again leaves something, too: that it was drawn.
        was_drawn = self._inline is not None and getattr(self._inline.show, '_draw_called', True)
        self.is_finished = not (was_drawn or self.shown_figures or self.has_more_to_show())

    def finish(self, error=None):
        """What is due after each run, also after one that failed with `error`: figures that were left open are shown, unless it was interrupted: to draw
        them may take longer than it has."""
        has_figures = self._has_figures()
        self._forget_shown_figures()
        if isinstance(error, KeyboardInterrupt):
            drop_figures()
        self.is_formatting = True
        try:
            self.events.trigger('post_execute')
        except KeyboardInterrupt:
            drop_figures()
            raise
        finally:
            self.is_formatting = False
        self._cell_events.after(self._code, self.execution_count - 1, error)
        if (has_figures or self._has_figures()) and isenabled():
            self._collect()

    def _has_figures(self):
        """Whether one that was shown is still there."""
        return any(figure() is not None for figure in self.shown_figures)

    def _collect(self):
        """Free what refers to itself, as each figure does: 1 MB. By itself Python rarely looks among what is no longer young."""
        began = monotonic()
        if began < self._next_collection:
            collect(1)
            return
        collect()
        # Of what code with figures takes, at most a twentieth goes into this, however much its context holds.
        self._next_collection = began + 20 * (monotonic() - began)

    def settle_hooks(self):
        """The hooks that are registered now are ours: they do nothing where there is no figure."""
        self._own_hooks = tuple(self.events.callbacks['post_execute'])
        self._inline = sys.modules.get('matplotlib_inline.backend_inline')

    def has_more_to_show(self):
        """Whether `finish` has something to do that may take time."""
        hooks, helpers = self.events.callbacks['post_execute'], sys.modules.get('matplotlib._pylab_helpers')
        if len(hooks) != len(self._own_hooks) or not all(map(is_, hooks, self._own_hooks)):
            return True
        if self.context_loop.has_begun or self._cell_events.has_listeners():
            return True
        return helpers is not None and bool(helpers.Gcf.figs)

    def _compile(self, code, name):
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if peek(self, 'autoawait') else 0
        is_plain = self._is_plain(code)
        if is_plain and _SIMPLE.fullmatch(code) and not peek(self, 'ast_transformers') and peek(self, 'ast_node_interactivity') == 'last_expr':
            try:
                # Its value, if it has one, is shown in the same way, and Python makes no tree of it for us.
                return [self.compile(code, name, 'single', flags)]
            except SyntaxError:
                # What is no Python, or wrong, takes the longer way.
                pass
        tree = self._parse(code, name, is_plain)
        if self.ast_transformers:
            tree = self.transform_ast(tree)
        return [self.compile(node, name, mode, flags) for node, mode in self._split(tree)]

    def _split(self, tree):
        body, interactivity = tree.body, self.ast_node_interactivity
        if interactivity == 'all':
            return [(ast.Interactive(body), 'single')] if body else []
        if interactivity == 'last_expr_or_assign' and body and isinstance(body[-1], ast.Assign) and isinstance(body[-1].targets[0], ast.Name):
            shown = ast.Expr(ast.Name(body[-1].targets[0].id, ast.Load()))
            body.append(ast.fix_missing_locations(ast.copy_location(shown, body[-1])))
        parts = []
        if body and interactivity != 'none' and (isinstance(body[-1], ast.Expr) or interactivity == 'last'):
            last = body.pop()
            parts.append((ast.Interactive([last]), 'single'))
        if body:
            parts.insert(0, (tree, 'exec'))
        return parts

    def _is_plain(self, code):
        # IPython's own syntax is no Python, but for prompts and one-line cells (`ls -l`, `exit`): what parses needs no rewriting.
        is_command = '\n' not in code.strip() and (peek(self, 'autocall') or self._is_command(code))
        return not is_command and _PROMPT.match(code) is None and self._count_transforms() == self._plain_transforms

    def _parse(self, code, name, is_plain):
        own = None
        if is_plain:
            try:
                return self.compile.ast_parse(code, name)
            except SyntaxError as error:
                own = error.with_traceback(None)
        try:
            python = self.transform_cell(code)
        except SyntaxError as error:
            # It is the tokenizer that fails, whose frames say nothing. Where Python has found the same, it says it better.
            error.filename = name
            told = error if own is None or own.lineno != error.lineno else own
            raise told.with_traceback(None) from None
        # What of the history is written into a file, or a macro, is to be Python.
        self.history_manager.input_hist_parsed[-1] = python.strip('\n')
        if python.rstrip('\n').count('\n') != code.rstrip('\n').count('\n') and not self.compile.has_body():
            remember_source(name, python)
        return self.compile.ast_parse(python, name)

    def transform_cell(self, raw_cell):
        # Blank lines at the start are lost in rewriting; line numbers must be those of the submitted code.
        lead = 0
        for line in raw_cell.splitlines():
            if line and not line.isspace():
                break
            lead += 1
        try:
            python = '\n' * lead + super().transform_cell(raw_cell)
        except SyntaxError as error:
            if error.lineno is not None:
                error.lineno += lead
            raise
        self.compile.place(raw_cell, python)
        return python

    def _is_command(self, line):
        word = _FIRST_WORD.match(line)
        if word is None:
            return False
        name = word[0]
        manager = peek(self, 'magics_manager')
        if name in peek(manager, 'magics')['line'] or name in peek(manager, 'lazy_magics') and self.find_line_magic(name) is not None:
            return True
        return isinstance(self.user_ns.get(name), (IPyAutocall, Macro))

    def _count_transforms(self):
        manager, post = peek(self, 'input_transformer_manager'), peek(self, 'input_transformers_post')
        checkers = peek(self, 'prefilter_manager').checkers
        return [len(checkers), len(manager.cleanup_transforms), len(manager.line_transforms), len(manager.token_transformers), len(post)]

    def _remember_input(self, code, count):
        manager, code = peek(self, 'history_manager'), code.rstrip('\n')
        for inputs in (peek(manager, 'input_hist_parsed'), peek(manager, 'input_hist_raw')):
            inputs.extend([''] * (count - len(inputs)))
            inputs[count:] = [code]
        names = self.user_ns
        names['_iii'], names['_ii'], names['_i'] = names.get('_ii', ''), names.get('_i', ''), inputs[-2:][0]
        names[f'_i{count}'] = code

    def is_quiet(self):
        """Whether the code ends with `;`, which means: show no result."""
        if ';' not in self._code[self._code.rstrip().rfind('\n') + 1:]:
            return False
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(self._code).readline))
        except (tokenize.TokenError, SyntaxError):
            return self._code.rstrip().endswith(';')
        skipped = (tokenize.ENDMARKER, tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT)
        last = next((token for token in reversed(tokens) if token[0] not in skipped), None)
        return last is not None and last[1] == ';'

    def _forget_shown_figures(self):
        helpers = sys.modules.get('matplotlib._pylab_helpers')
        shown, self.shown_figures = self.shown_figures, []
        if helpers is None or not shown:
            return
        for manager in helpers.Gcf.get_all_fig_managers():
            figure = manager.canvas.figure
            if any(figure is other() for other in shown) and not figure.stale:
                helpers.Gcf.destroy(manager)

    # Telling

    def hand_over(self, error):
        """Give it to the handler that code has registered for errors of its kind, which tells what it likes; raises it where there is none, and what
        leaves, as IPython does."""
        if isinstance(error, SystemExit) or not isinstance(error, self.custom_exceptions):
            raise error
        self.CustomTB(type(error), error, error.__traceback__)

    def emit_result(self, payload):
        if payload is not None:
            self.emit(RESULT, payload)

    def emit_value(self, payload, code):
        """The same for the value of an expression in `code`; when that is the last one, the execution is about to end."""
        if payload is not None:
            (self.emit_last if code is self._last_code else self.emit)(RESULT, payload)

    def _tell(self, error):
        # A format that fails does not fail the run; everything else that IPython reports does.
        if error is None:
            return
        if self.is_formatting:
            forget_frames(error, set())
            traceback.print_exception(error, file=sys.stderr)
        else:
            self.emit(ERROR, encode_json(to_error(error, f'<cell {self.execution_count - 1}>')))

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1] or getattr(sys, 'last_value', None)
        if error is None:
            print('No traceback available to show.', file=sys.stderr)
        self._tell(error)

    def showsyntaxerror(self, *args, **kwargs):
        self._tell(sys.exc_info()[1])

    def showindentationerror(self):
        self._tell(sys.exc_info()[1])

    # Commands: on descriptors 1 and 2 themselves, so that their output is live, but for those whose output is a value

    def system(self, cmd):
        command = self.var_expand(cmd, depth=1)
        self._after_command(command, subprocess.call(command, shell=True, executable=_shell_program()))

    system_piped = system_raw = system

    def getoutput(self, cmd, split=True, depth=0):
        if cmd.rstrip().endswith('&'):
            raise OSError('Background processes not supported.')
        command = self.var_expand(cmd, depth=depth + 1)
        ended = subprocess.run(
            command, shell=True, executable=_shell_program(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._after_command(command, ended.returncode)
        output = ended.stdout.decode('utf-8', 'replace')
        return SList(output.splitlines()) if split else LSString(output)

    def _after_command(self, command, code):
        self.user_ns['_exit_code'] = -(code - 128) if code > 128 else code
        self.look_for_packages()
        self.check_interrupt()
        if self.system_raise_on_error and code:
            raise subprocess.CalledProcessError(code, command)


def _shell_program():
    """The user's own, or the one that commands of the API have; None for that of Python."""
    return next(filter(os.path.exists, filter(None, (os.environ.get('SHELL'), _BASH))), None)


def create_shell(folder):
    """The one shell of a process; `folder` is where IPython may keep its files."""
    import IPython
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ':memory:'
    config.InteractiveShell.colors = 'nocolor' if IPython.version_info[0] >= 9 else 'NoColor'
    config.InteractiveShell.xmode = 'Plain'
    config.InteractiveShell.history_load_length = 0
    config.InlineBackend.rc = {}
    # Jupyter has it from the start.
    config.MagicsManager.lazy_magics = {'store': 'storemagic'}
    return QuicksandShell.instance(config=config, ipython_dir=folder)
