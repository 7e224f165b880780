"""From templates to files."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from backstay.scaffold.fields import Field, ScaffoldError, plural_of

Texts = dict[Path, str]
"""Files to write, by path."""


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - Python and Markdown are written, not HTML
        loader=PackageLoader("backstay.scaffold"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["python"] = _literal
    environment.filters["pointers"] = _pointers
    return environment


def render(template: str, values: Mapping[str, Any]) -> str:
    """The text of one template."""
    return _environment().get_template(f"{template}.jinja").render(values)


def module_values(name: str, package: str, fields: list[Field], plural: str | None) -> dict[str, Any]:
    """What the templates of a module know."""
    plural = plural or plural_of(name)
    words, plural_words = name.replace("_", " "), plural.replace("_", " ")
    article = "an" if words[0] in "aeiou" else "a"
    return {
        "name": name,
        "package": package,
        "Class": "".join(part.capitalize() for part in name.split("_")),
        "plural": plural,
        "slug": plural.replace("_", "-"),
        "table": f"{name}_{plural}",
        "words": words,
        "plural_words": plural_words,
        "Plural_words": plural_words.capitalize(),
        "a_words": f"{article} {words}",
        "A_words": f"{article} {words}".capitalize(),
        "fields": fields,
        "required": [field for field in fields if not field.optional],
        "types": {field.kind.python for field in fields},
        "wires": " ".join(field.wire for field in fields),
        "first_json": json.dumps({field.name: field.kind.first for field in fields}),
    }


def write(texts: Texts) -> None:
    """Write files that do not exist yet, and lay the Python ones out if ruff is installed here.

    Raises:
        ScaffoldError: one of them exists; none was written.
    """
    for path in texts:
        if path.exists():
            raise ScaffoldError(f"{path} exists already; nothing was written")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    tidy(path for path in texts if path.suffix == ".py")


def tidy(paths: Iterable[Path]) -> None:
    """Sort imports and lay lines out, which depends on how long the names are; does nothing without ruff."""
    names = [str(path) for path in paths]
    if not names or importlib.util.find_spec("ruff") is None:
        return
    for command in (
        ["check", "--quiet", "--no-cache", "--select", "I", "--fix"],
        ["format", "--quiet", "--no-cache"],
    ):
        subprocess.run([sys.executable, "-m", "ruff", *command, *names], check=False)  # noqa: S603 - our own files


def _literal(value: object) -> str:
    """A JSON value in Python, with double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _pointers(fields: Iterable[Field]) -> str:
    return "{" + ", ".join(f'"/{field.name}"' for field in fields) + "}"
