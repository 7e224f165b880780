"""The one shape of a module: its files' names, its public face, its tables' independence."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from tools.lints.boundaries import STEPS
from tools.lints.source import Finding, Source, Tree, ring_of

FACE_LINES: Final = 40
_FOREIGN: Final = frozenset({"ForeignKey", "ForeignKeyConstraint"})
FOLDERS: Final = frozenset({"engines", "migrations", "templates", "static", "dist"})
"""Folders of a module besides those that a file may grow into."""


def shape(tree: Tree) -> Iterator[Finding]:
    """A module's files have the shape's names; each may be absent, none may be empty."""
    for source in tree.package:
        if ring_of(source.dotted) in {"systems", "products"}:
            yield from (Finding(source.path, 1, message) for message in _misshapen(tree, source))


def _misshapen(tree: Tree, source: Source) -> Iterator[str]:
    module = tree.module_of(source.dotted)
    if module is None:
        if not _is_group(tree, source):
            yield "this lies in no module: give its package a module.py with the manifest"
        return
    name, *deeper = PurePosixPath(source.path).relative_to("src", *module.split(".")).parts
    if deeper and name not in FOLDERS and name not in STEPS:
        yield f"{name}/ is no folder of the module shape: {_names(FOLDERS)}, or service/ for its parts"
    if not deeper and name != "__init__.py" and name.removesuffix(".py") not in STEPS:
        yield f"{name} is no name of the module shape: {_names(STEPS)}, or any name inside service/"
    if not source.text.strip():
        yield "an empty file: delete it; a file of the shape may be absent, never empty"


def _names(names: Iterable[str]) -> str:
    return f"use {', '.join(sorted(names))}"


def _is_group(tree: Tree, source: Source) -> bool:
    """Whether this is the `__init__.py` of a ring, or of a product that is a folder of modules."""
    return source.path.endswith("__init__.py") and (
        source.dotted.count(".") == 1
        or any(module.startswith(f"{source.dotted}.") for module in tree.modules)
    )


def face(tree: Tree) -> Iterator[Finding]:
    """A module's `__init__.py` is a docstring and re-exports, on one screen."""
    for source in tree.package:
        if source.dotted not in tree.modules or not source.path.endswith("__init__.py"):
            continue
        lines = len(source.text.splitlines())
        if lines > FACE_LINES:
            yield Finding(
                source.path, lines, f"{lines} lines: a module's face has at most {FACE_LINES}; export less"
            )
        if ast.get_docstring(source.tree) is None:
            yield Finding(
                source.path, 1, "no docstring: say what the module is, what it promises, and its limits"
            )
        for node in source.tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                message = (
                    f"{node.name} is defined in the module's face: define it in its file and re-export it"
                )
                yield Finding(source.path, node.lineno, message)


def foreign_key(tree: Tree) -> Iterator[Finding]:
    """No foreign key leads into another module's tables."""
    for source in tree.package:
        module = tree.module_of(source.dotted)
        if module is None or tree.inside(source.dotted) not in {"tables", "migrations"}:
            continue
        prefix = f"{module.rpartition('.')[2]}_"
        for line, column in _referenced(source.tree):
            if not column.startswith(prefix):
                message = (
                    f"a foreign key into {column!r}, another module's table: keep the id as a plain column "
                    "and react to the other module's events"
                )
                yield Finding(source.path, line, message)


def _referenced(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The columns (`table.column`) that foreign keys name."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in _FOREIGN:
            continue
        for text in ast.walk(node):
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and "." in text.value:
                yield node.lineno, text.value
