"""The user's own list of modules, which has to be known before all settings can be read."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backstay.kernel.module import Module
from backstay.kernel.settings.loading import Problem, SettingsError, open_file
from backstay.kernel.settings.reading import nearest

ListModules = Callable[[], Sequence[Module]]
"""What the CLI hands to its commands as `ctx.obj`: the modules of this project, imported when asked for."""

VARIABLE = "BACKSTAY_APP_MODULES"


def configured_modules(
    environ: Mapping[str, str] | None = None, file: Path | None = None
) -> Sequence[Module] | None:
    """The modules that `app.modules` names, imported; None when it names none.

    A file that is not valid counts as silent here: `load` tells what is wrong with it.

    Raises:
        SettingsError: the name leads to no list of modules.
    """
    found = modules_reference(environ, file)
    if found is None:
        return None
    reference, source = found
    try:
        return _import(reference)
    except _UnusableError as unusable:
        raise SettingsError([Problem("app.modules", source, str(unusable))]) from unusable.__cause__


def modules_reference(
    environ: Mapping[str, str] | None = None, file: Path | None = None
) -> tuple[str, str] | None:
    """What `app.modules` says, `shop.app:MODULES`, and where; None when it says nothing."""
    environ = os.environ if environ is None else environ
    reference = environ.get(VARIABLE)
    source = f"environment {VARIABLE}"
    opened = open_file(environ, file)
    if not reference and opened is not None and not isinstance(opened, Problem):
        app = opened.content.get("app", {})
        reference = app.get("modules") if isinstance(app, Mapping) else None
        source = opened.source(("app", "modules"))
    return (str(reference), source) if reference else None


class _UnusableError(Exception):
    """Why the reference leads nowhere."""


def _import(reference: str) -> Sequence[Module]:
    package, colon, name = reference.partition(":")
    if not (package and colon and name):
        raise _UnusableError(f"must be written package.module:NAME (it is {reference!r})")
    if str(Path.cwd()) not in sys.path and "" not in sys.path:
        # A console script does not put the project's folder on the path, as `python -m` does.
        sys.path.insert(0, str(Path.cwd()))
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or not (package == error.name or package.startswith(f"{error.name}.")):
            raise
        raise _UnusableError(
            f"names {package!r}, and there is no such Python module in {Path.cwd()}"
        ) from error
    modules = getattr(module, name, None)
    if modules is None:
        raise _UnusableError(f"names {name!r}, which {package} does not have{nearest(name, vars(module))}")
    if not isinstance(modules, Sequence) or not all(isinstance(item, Module) for item in modules):
        raise _UnusableError(f"must name a list of backstay.Module, and {reference} is none")
    return modules
