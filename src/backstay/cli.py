"""The command line: `backstay`, whose commands are imported when they are called.

`backstay --help` imports none of them, so it answers at once; what it says of each command
stands in the table below and is checked against the commands by a test.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

import rich_click as click
from typing_extensions import override

if TYPE_CHECKING:
    from backstay.kernel.module import Module


class _Entry(NamedTuple):
    """Where a command lives, and its line in the help."""

    place: str
    summary: str


_GROUPS: Final[dict[str, dict[str, _Entry]]] = {
    "Run": {
        "serve": _Entry("backstay.commands.serve:serve", "Serve the backend."),
        "dev": _Entry("backstay.commands.dev:dev", "Serve, and start again when a file changes."),
        "migrate": _Entry(
            "backstay.kernel.migrations.command:migrate",
            "Bring the database's tables to where the code is, or back.",
        ),
        "seed": _Entry(
            "backstay.kernel.seeding.command:seed", "Fill the database with sample data, once a module."
        ),
    },
    "Build": {
        "new": _Entry("backstay.scaffold.command:new", "Make a project of your own."),
        "add": _Entry("backstay.scaffold.command:add", "Add a module to your project."),
        "routes": _Entry("backstay.commands.describe:routes", "List every route and who may call it."),
        "openapi": _Entry("backstay.commands.describe:openapi", "Print the API's description (OpenAPI 3.1)."),
    },
    "Judge": {
        "prove": _Entry(
            "backstay.proving.command:prove",
            "Run guarantees against real servers while they are being killed, and say what held.",
        ),
        "doctor": _Entry(
            "backstay.kernel.settings.doctor_command:doctor",
            "Explain what is configured, and what is missing or weak.",
        ),
        "token": _Entry(
            "backstay.kernel.auth_command:token", "Print a signed token for the development principal NAME."
        ),
    },
}
_COMMANDS: Final = {name: entry for group in _GROUPS.values() for name, entry in group.items()}
_OWN: Final = "backstay"

click.rich_click.COMMAND_GROUPS = {
    _OWN: [{"name": name, "commands": list(commands)} for name, commands in _GROUPS.items()]
}
click.rich_click.THEME = "quartz2-slim"


class Root(click.RichGroup):
    """The root command: finds the others when they are asked for, and words what went wrong."""

    _listing = False

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def format_help(self, ctx: Any, formatter: Any) -> None:
        self._listing = True
        super().format_help(ctx, formatter)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return _command_of_a_module(cmd_name)
        if self._listing:
            return click.RichCommand(name=cmd_name, help=entry.summary)
        return _load(entry.place)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if ctx.params.get("debug") or not is_expected(error):
                raise
            raise click.ClickException(str(error)) from error


def is_expected(error: Exception) -> bool:
    """Whether an error is worded for people: one of ours, one that builds on ours, or the system's."""
    ours = any(kind.__module__.partition(".")[0] == _OWN for kind in type(error).__mro__)
    return ours or isinstance(error, OSError)


@cache
def list_modules() -> Sequence[Module]:
    """The modules of this project: those that `app.modules` names, or the house's own."""
    from backstay.kernel.settings import configured_modules

    modules = configured_modules()
    if modules is None:
        from backstay.app import MODULES

        return MODULES
    return modules


def _version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"backstay {version(_OWN)} (Python {sys.version.split()[0]})")
        ctx.exit()


@click.group(cls=Root)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Read this settings file instead of `backstay.toml`.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None, debug: bool) -> None:  # noqa: ARG001 - `debug` is read where errors end
    """The systems that every backend needs, with guarantees you can run.

    Start with `backstay serve`, or make a project of your own with `backstay new shop`.
    """
    if config is not None:
        # By environment, so that workers and other children of this process read the same file.
        os.environ["BACKSTAY_CONFIG"] = str(config.resolve())
    ctx.obj = list_modules
    if ctx.invoked_subcommand == "prove":
        from backstay.kernel.settings import modules_reference

        found = modules_reference()
        if found is not None:
            # The lab's servers read no settings file, and should run these modules all the same.
            os.environ["BACKSTAY_APP_MODULES"] = found[0]


def main() -> NoReturn:
    """Run the command line of this process."""
    # What is imported stays, and a server imports some 200,000 objects. Looking through them for garbage took
    # a tenth of its start, and found nothing. Once it is ready it looks more often.
    gc.set_threshold(500_000, 10, 10)
    cli(prog_name=_OWN)
    sys.exit(0)


def _load(place: str) -> click.Command:
    from rich_click.patch import patch

    # Commands are written with plain click; this gives their help the same looks.
    patch()
    module, _, name = place.partition(":")
    command: click.Command = getattr(import_module(module), name)
    return command


def _command_of_a_module(name: str) -> click.Command | None:
    """A command that a module of this project brings; its name is looked up only when no other fits."""
    return next(
        (command for module in list_modules() for command in module.commands if command.name == name), None
    )


if __name__ == "__main__":
    main()
