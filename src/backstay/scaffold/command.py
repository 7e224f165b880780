"""`backstay new PROJECT` and `backstay add module NAME`."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from backstay.scaffold import places
from backstay.scaffold.fields import ScaffoldError, check_name, parse
from backstay.scaffold.render import Texts, module_values, render, tidy, write

_MODULE_FILES: Final = (
    "__init__.py",
    "contracts.py",
    "errors.py",
    "tables.py",
    "queries.py",
    "service.py",
    "http.py",
    "guarantees.py",
    "seed.py",
    "module.py",
    "README.md",
)
_PROJECT_FILES: Final = {
    "pyproject.toml": "pyproject.toml",
    "backstay.toml": "backstay.toml",
    "Makefile": "Makefile",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "tests/conftest.py": "conftest.py",
    "tests/test_app.py": "test_app.py",
    "tests/test_tenants.py": "test_tenants.py",
    "{package}/__init__.py": "__init__.py",
    "{package}/app.py": "app.py",
}


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
def new(project: Path) -> None:
    """Make a project of your own.

    PROJECT is the new folder: settings, a list of modules, tests. It runs at once: `cd shop`, then
    `backstay dev`.
    """
    package = project.name.replace("-", "_")
    check_name(package, "a project")
    if project.exists() and any(project.iterdir()):
        raise ScaffoldError(f"{project} exists and is not empty")
    source = places.installed_from()
    values = {
        "name": project.name,
        "package": package,
        "version": version("backstay"),
        "source": source[0] if source else None,
        "editable": bool(source and source[1]),
    }
    write(
        {
            project / target.format(package=package): render(f"project/{template}", values)
            for target, template in _PROJECT_FILES.items()
        }
    )
    Console(highlight=False).print(
        f"Made [bold]{project}[/]. Now:\n\n  cd {project}\n"
        "  backstay add module lead --field title:str --field amount:int\n  backstay dev --seed\n"
    )


@click.group()
def add() -> None:
    """Add a module to your project."""


@add.command()
@click.argument("name")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="NAME:TYPE",
    help="str, text, email, int, money, bool, datetime or uuid; `?` after it: may be left out.",
)
@click.option("--plural", help="Of NAME, for its table and path, where adding an s is wrong.")
@click.option(
    "--ring", type=click.Choice(places.RINGS), default="systems", help="Only in backstay's own repository."
)
def module(name: str, fields: tuple[str, ...], plural: str | None, ring: str) -> None:
    """Write the module NAME: table, migration, service, routes, a guarantee, sample data, tests, README.

    It is complete and passes its tests; change it from there.
    """
    check_name(name, "a module")
    if plural is not None:
        check_name(plural, "a table")
    place = places.find(name, ring)
    values = module_values(name, place.package, parse(fields or ["title:str"]), plural)
    texts: Texts = {place.folder / file: render(f"module/{file}", values) for file in _MODULE_FILES}
    first_step = place.folder / "migrations" / f"0001_create_{values['plural']}.py"
    texts[first_step] = render("module/migration.py", values)
    if not place.ours:  # backstay's own cases are in tests/security
        texts[place.folder / "testing.py"] = render("module/testing.py", values)
    texts[place.tests] = render("module/test.py", values)
    if place.ours:
        texts = {path: places.house_imports(text) for path, text in texts.items()}
        texts[place.tests.parent / "__init__.py"] = ""
    write(texts)
    console = Console(highlight=False)
    console.print(f"Wrote [bold]{place.folder}[/] ({len(texts) - 1} files) and {place.tests}")
    if places.register(place, name):
        tidy([place.app])
        console.print(f"Added it to {place.app}")
    else:
        console.print(f"Add it to {place.app}: from {place.package}.module import module as {name}")
    console.print(f"\n  python -m pytest {place.tests}\n  backstay dev --seed\n")
