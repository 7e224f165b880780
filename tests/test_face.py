"""The public face: every name exists, is typed, and costs nothing until it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import backstay


@pytest.mark.parametrize("name", sorted(backstay.__all__))
def test_every_public_name_exists(name: str) -> None:
    assert getattr(backstay, name) is not None


def test_what_type_checkers_see_is_what_there_is() -> None:
    tree = ast.parse(Path(backstay.__file__).read_text())
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for node in typed.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    own = {"home_of", "modules"}

    assert seen == {name: backstay.home_of(name) for name in backstay.__all__ if name not in own}


def test_the_bare_import_is_free() -> None:
    code = "import sys; before = set(sys.modules); import backstay; print(sorted(set(sys.modules) - before))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    imported = [
        name
        for name in ast.literal_eval(shown.stdout)
        if name.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert imported == ["backstay"]


def test_what_is_not_public_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Databse'"):
        backstay.Databse  # noqa: B018 - the access is the test
