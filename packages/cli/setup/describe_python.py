"""Prints as JSON what this Python is and which packages it has.

The argument is JSON: {"packages": [{"name", "import"}], "load": bool}. With "load" the packages are really imported
and matplotlib's font cache is written (to MPLCONFIGDIR); otherwise they are only looked up.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import platform
import sys


def problem_of(module: str, load: bool) -> str | None:
    try:
        if load:
            importlib.import_module(module)
        elif importlib.util.find_spec(module) is None:
            return f"No module named {module!r}"
    except BaseException as error:  # noqa: BLE001 - whatever an import does is an answer
        return f"{type(error).__name__}: {error}"
    return None


def version_of(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def main() -> None:
    request = json.loads(sys.argv[1])
    packages, missing = {}, []
    for package in request["packages"]:
        problem = problem_of(package["import"], request["load"])
        if problem is None:
            packages[package["name"]] = version_of(package["name"])
        else:
            missing.append({"name": package["name"], "problem": problem})
    if request["load"] and "matplotlib" in packages:
        importlib.import_module("matplotlib.font_manager")
    answer = {
        "python": sys.executable,
        "prefix": sys.prefix,
        "basePrefix": sys.base_prefix,
        "version": platform.python_version(),
        "machine": platform.machine(),
        "venv": all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip")),
        "packages": packages,
        "missing": missing,
    }
    print(json.dumps(answer))


main()
