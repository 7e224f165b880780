"""Where things belong: the user's project, or backstay's own repository."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import tomllib
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

import backstay
from backstay.scaffold.fields import ScaffoldError

RINGS: Final = ("systems", "products")


class Place(Struct, frozen=True):
    """Where a new module goes."""

    folder: Path
    """The module's own, which does not exist yet."""
    package: str
    """Its dotted name: `shop.lead`."""
    tests: Path
    """The file of its tests."""
    app: Path
    """The file that lists the modules."""
    variable: str
    """The list's name there."""
    ours: bool
    """Whether it is one of backstay's own."""


def find(name: str, ring: str) -> Place:
    """Where the module `name` goes, judged from the current folder.

    Raises:
        ScaffoldError: this folder is no project, or the module exists.
    """
    place = _in_backstay(name, ring) if _is_backstay() else _in_project(name)
    if place.folder.exists():
        raise ScaffoldError(f"{place.folder} exists already")
    if not place.app.is_file():
        raise ScaffoldError(
            f"{place.app} does not exist: it should list the modules as {place.variable} = [...]"
        )
    return place


def register(place: Place, name: str) -> bool:
    """Add the module to the list in its project; False when the file is not written so that we dare.

    Expects `MODULES = [...]`, one module a line.
    """
    text = place.app.read_text(encoding="utf-8")
    tree = ast.parse(text)
    listed = _list_named(tree, place.variable)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if listed is None or listed.end_lineno is None or not imports or listed.end_lineno == listed.lineno:
        return False
    lines = text.splitlines(keepends=True)
    last = max(node.end_lineno or node.lineno for node in imports)
    lines.insert(listed.end_lineno - 1, f"    {name},\n")
    lines.insert(last, f"from {place.package}.module import module as {name}\n")
    place.app.write_text("".join(lines), encoding="utf-8")
    return True


def installed_from() -> tuple[str, bool] | None:
    """Where backstay was installed from, and whether editably (PEP 610); None when from an index."""
    text = importlib.metadata.distribution("backstay").read_text("direct_url.json")
    if text is None:
        return None
    origin = json.loads(text)
    path = unquote(urlsplit(origin["url"]).path)
    return path, bool(origin.get("dir_info", {}).get("editable"))


def house_imports(text: str) -> str:
    """Rewrite `from backstay import ...` to where each name lives: the house does not import its own face."""

    def spelled(match: re.Match[str]) -> str:
        names = [name for name in re.split(r"[\s,()]+", match[1]) if name]
        homes: dict[str, list[str]] = {}
        for name in names:
            homes.setdefault(backstay.home_of(name), []).append(name)
        return "".join(f"from {home} import {', '.join(sorted(homes[home]))}\n" for home in sorted(homes))

    return re.sub(r"^from backstay import (\([^)]*\)|[^\n(]*)\n", spelled, text, flags=re.MULTILINE)


def _is_backstay() -> bool:
    return Path("src/backstay/kernel").is_dir()


def _in_backstay(name: str, ring: str) -> Place:
    return Place(
        folder=Path("src/backstay") / ring / name,
        package=f"backstay.{ring}.{name}",
        tests=Path("tests") / ring / name / f"test_{name}.py",
        app=Path("src/backstay/app.py"),
        variable="MODULES",
        ours=True,
    )


def _in_project(name: str) -> Place:
    reference = _modules_setting()
    module, _, variable = reference.partition(":")
    package = module.rpartition(".")[0]
    if not package:
        raise ScaffoldError(
            f"app.modules is {reference!r}; it should name a module in a package, as shop.app:MODULES"
        )
    root = Path(*package.split("."))
    return Place(
        folder=root / name,
        package=f"{package}.{name}",
        tests=Path("tests") / f"test_{name}.py",
        app=Path(*module.split(".")).with_suffix(".py"),
        variable=variable,
        ours=False,
    )


def _modules_setting() -> str:
    try:
        settings: dict[str, Any] = tomllib.loads(Path("backstay.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ScaffoldError(
            "there is no backstay.toml here: change into your project, or make one with `backstay new shop`"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ScaffoldError(f"backstay.toml is not valid TOML: {error}") from None
    reference = settings.get("app", {}).get("modules")
    if not isinstance(reference, str):
        raise ScaffoldError('backstay.toml names no modules: write modules = "shop.app:MODULES" below [app]')
    return reference


def _list_named(tree: ast.Module, name: str) -> ast.List | None:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.List() as value) if found == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.List() as value) if found == name:
                return value
            case _:
                pass
    return None
