"""Where packages are that were installed in a sandbox, and how its Python programs find them.

The environment is read-only, so pip installs below the workspace: for whatever runs on INTERPRETER that folder is `sys.prefix`, so that
pip lists, replaces and removes what is there, and lets the environment alone. Every such program comes through `set_up`.
"""

import os
import site
import sys

PREFIX = '/workspace/.local'
INTERPRETER = '/opt/quicksand/bin/python'
_SITE = ('site-packages', 'dist-packages')
# Loaded by every Python that has setuptools, and of no use to anybody who does not build packages.
_UNIMPORTANT = {'__main__', '_distutils_hack', __package__}


def packages_folder():
    """The folder that pip installs to; it need not be there."""
    return f'{PREFIX}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages'


def environment_folders():
    """The folders of packages of the Python that runs this."""
    return [path for path in sys.path if os.path.basename(path) in _SITE]


def set_up(folders):
    """Called by `site` when a program starts: the packages of the sandbox come before those of the environment, which are in `folders`."""
    sys.prefix = sys.exec_prefix = PREFIX
    for folder in (packages_folder(), *folders):
        site.addsitedir(folder)
    try:
        # pip warns where there is none. Nothing is written before something is installed.
        with open(f'{PREFIX}/pyvenv.cfg', 'x', encoding='ascii') as file:
            file.write('include-system-site-packages = false\n')
    except OSError:
        pass


def loaded_packages():
    """Names of the modules that this process has loaded and that are no part of Python itself."""
    return frozenset(name for name in sys.modules if '.' not in name) - sys.stdlib_module_names - _UNIMPORTANT


def installed_among(names):
    """Those of the modules `names` that were installed in the sandbox."""
    try:
        return {entry.partition('.')[0] for entry in os.listdir(packages_folder())} & names
    except OSError:
        return set()
