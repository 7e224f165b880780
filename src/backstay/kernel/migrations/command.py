"""`backstay migrate`: status, up, down, new, check."""

from __future__ import annotations

import asyncio
from typing import Final

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import make_url

from backstay.kernel import migrations
from backstay.kernel.migrations import Applied, State
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import ListModules, load

_COLOURS: Final = {State.CURRENT: "green", State.BEHIND: "yellow", State.AHEAD: "magenta"}


@click.group()
def migrate() -> None:
    """Bring the database's tables to where the code is, or back."""


@migrate.command()
@click.pass_obj
def status(list_modules: ListModules) -> None:
    """Show where each module stands; exits with 1 when something is left to run."""
    modules, url = _project(list_modules)
    found = asyncio.run(migrations.standings(url, modules))
    table = Table("module", "database", "code", "state", "to run", box=None, header_style="bold")
    for standing in found:
        table.add_row(
            standing.module,
            standing.at or "-",
            standing.head or "-",
            f"[{_COLOURS[standing.state]}]{standing.state.value}[/]",
            ", ".join(standing.pending),
        )
    Console().print(table)
    raise SystemExit(1 if any(standing.pending for standing in found) else 0)


@migrate.command()
@click.argument("module", required=False)
@click.pass_obj
def up(list_modules: ListModules, module: str | None) -> None:
    """Run what is missing, of all modules or of MODULE and those it requires.

    Everything runs in one transaction: when one migration fails, none was run. Several nodes
    may do this at once; each migration runs once.
    """
    modules, url = _project(list_modules)
    done = asyncio.run(migrations.up(url, modules, only=module, report=_report("up")))
    if not done:
        Console().print("Nothing to run: the database is up to date.")


@migrate.command()
@click.argument("module")
@click.option("--to", metavar="REVISION", help="End at this one (`notes_0002`, or `2`; `base`: none left).")
@click.option("--yes", "lose_data", is_flag=True, help="Delete the rows and values that are in the way.")
@click.pass_obj
def down(list_modules: ListModules, module: str, to: str | None, lose_data: bool) -> None:
    """Take the last migration of MODULE back, or all after `--to`.

    Refuses when rows or values would be deleted, and says which, unless `--yes` is given.
    """
    modules, url = _project(list_modules)
    try:
        done = asyncio.run(
            migrations.down(url, modules, module, to=to, lose_data=lose_data, report=_report("down"))
        )
    except migrations.DataLossError as error:
        raise click.ClickException(f"{error}; nothing was changed. Add --yes to do it all the same") from None
    if not done:
        Console().print(f"Nothing to take back: {module} is already there.")


@migrate.command()
@click.argument("module")
@click.argument("words", nargs=-1, required=True)
@click.option("--empty", is_flag=True, help="Write it without comparing, for changes of rows.")
@click.pass_obj
def new(list_modules: ListModules, module: str, words: tuple[str, ...], empty: bool) -> None:
    """Write the next migration of MODULE from what changed in its tables.py.

    WORDS say what it does: `backstay migrate new notes share links`. It needs no database, and
    works on both engines. Read it before you run it: a renamed column looks like one gone and one new.
    """
    modules = compose(list_modules())
    revision = asyncio.run(migrations.new(modules, module, " ".join(words), empty=empty))
    console = Console()
    console.print(f"Wrote [bold]{escape(str(revision.path))}[/]", soft_wrap=True)
    console.print("Read it, then: backstay migrate up")


@migrate.command()
@click.pass_obj
def check(list_modules: ListModules) -> None:
    """Judge all migrations: order, agreement with tables.py, the way back.

    On SQLite always, in memory; on PostgreSQL when the settings name one, in a schema that is
    rolled back, and there the walls between organizations too, in the tables as they are. Exits
    with 1 when something is wrong.
    """
    modules, url = _project(list_modules)
    urls = {"SQLite": "sqlite://"}
    if make_url(url).get_backend_name() != "sqlite":
        urls["PostgreSQL"] = url
    console = Console()
    wrong = False
    for engine, place in urls.items():
        problems = asyncio.run(migrations.check(modules, place))
        if engine == "PostgreSQL":
            problems += asyncio.run(migrations.judge(modules, place))
        wrong = wrong or bool(problems)
        verdict = "[red]wrong[/]" if problems else "[green]in order[/]"
        console.print(f"{engine}: {verdict}")
        for problem in problems:
            console.print(f"  {escape(problem)}", soft_wrap=True)
    raise SystemExit(1 if wrong else 0)


def _project(list_modules: ListModules) -> tuple[tuple[Module, ...], str]:
    """The composed modules of the project and its database."""
    modules = compose(list_modules())
    return modules, load(modules).database.url


def _report(way: str) -> migrations.Report:
    console = Console()

    def report(applied: Applied) -> None:
        took = f"[dim]{applied.seconds * 1000:.0f} ms[/]"
        console.print(f"  [bold]{way:4}[/] {applied.revision}  {escape(applied.words)}  {took}")

    return report
