"""`backstay audit`: the verifier as a file of its own, and where people's keys are."""

from __future__ import annotations

import asyncio
import inspect

import click

from backstay.kernel.backend import start
from backstay.kernel.errors import BackstayError
from backstay.kernel.settings import ListModules, SettingsError, load
from backstay.systems.audit.service import move_keys as move
from backstay.systems.audit.service import verifier as verifier_file


@click.group()
def audit() -> None:
    """The audit trail, from the command line."""


@audit.command()
def verifier() -> None:
    """Print the verifier: one file that checks an export, offline and without backstay.

    `backstay audit verifier > verifier.py`, then `uv run verifier.py audit.jsonl --key ...`.
    """
    click.echo(inspect.getsource(verifier_file), nl=False)


@audit.command(name="move-keys")
@click.pass_obj
def move_keys(list_modules: ListModules) -> None:
    """Take people's keys into the database that `audit.keys_url` names; also beside a server, and again.

    Backups from before still hold them: let those go.
    """

    async def run() -> int:
        modules = list_modules()
        async with start(load(modules), modules, services=False) as backend:
            return await move(backend.database)

    try:
        moved = asyncio.run(run())
    except (BackstayError, LookupError, SettingsError) as failure:
        raise click.ClickException(str(failure)) from failure
    click.echo(f"Moved {moved} keys.")
