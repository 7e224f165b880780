"""`backstay serve`: migrate if allowed, seed if asked, serve, and say in a few lines what is where."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Final

import click

from backstay.cli import is_expected, list_modules
from backstay.commands.welcome import welcome
from backstay.kernel import migrations
from backstay.kernel.http import is_worker
from backstay.kernel.http import serve as run_server
from backstay.kernel.migrations import State
from backstay.kernel.module import Module, compose
from backstay.kernel.seeding import Size, seed_showing
from backstay.kernel.settings import ListModules, Settings, load

_OVERRIDES: Final = {
    "host": "BACKSTAY_HTTP_HOST",
    "port": "BACKSTAY_HTTP_PORT",
    "workers": "BACKSTAY_HTTP_WORKERS",
}


class BehindError(Exception):
    """The tables are older than the code, and this deployment does not migrate by itself."""


@click.command()
@click.option("--host", help="Listen on this address.  [http.host]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen on this port; 0 takes a free one.  [http.port]"
)
@click.option("--workers", type=click.IntRange(min=1), help="Run so many processes.  [http.workers]")
@click.option("--seed", is_flag=True, help="Write small sample data first, once.")
@click.option("--quiet", is_flag=True, help="Say nothing about what is where.")
@click.pass_obj
def serve(
    modules_of: ListModules,
    *,
    host: str | None,
    port: int | None,
    workers: int | None,
    seed: bool,
    quiet: bool,
) -> None:
    """Serve the backend.

    Options win over the environment, which wins over backstay.toml. On SQLite, and in
    development, the tables are brought up to date first. SIGTERM answers what was asked and
    then ends; SIGINT (Ctrl-C) does so at once.
    """
    started = time.perf_counter()
    modules = compose(modules_of())
    settings = load(modules, overridden(os.environ, {"host": host, "port": port, "workers": workers}))
    if not is_worker():
        asyncio.run(prepare(settings, modules, seed=seed))

    def ready(url: str) -> None:
        if not quiet:
            welcome(settings, modules, url, seconds=time.perf_counter() - started)

    sys.exit(run_server(settings, modules, on_ready=ready))


def serve_once(listener: socket.socket, began: float, *, greet: bool, seed: bool) -> int:
    """Serve with the code as it is now, on a socket that outlives this process; for `backstay dev`.

    Args:
        listener: where to accept.
        began: when the start began, by `time.perf_counter`.
        greet: say what is where, and not only how long it took.
        seed: write sample data first.
    """
    modules = compose(list_modules())
    # Whatever the deployment runs: a supervisor would close the socket when it ends.
    settings = load(modules, overridden(os.environ, {"workers": 1}))
    try:
        asyncio.run(prepare(settings, modules, seed=seed))
    except Exception as error:
        if not is_expected(error):
            raise
        click.echo(f"Error: {error}", err=True)
        return 1

    def ready(url: str) -> None:
        seconds = time.perf_counter() - began
        if greet:
            welcome(settings, modules, url, seconds=seconds)
        else:
            click.echo(f"backstay dev: ready again after {seconds:.2f} s", err=True)

    return run_server(settings, modules, on_ready=ready, listener=listener)


def overridden(environ: Mapping[str, str], options: Mapping[str, object]) -> dict[str, str]:
    """The environment with the options that were given in the place of its variables."""
    given = {_OVERRIDES[name]: str(value) for name, value in options.items() if value is not None}
    return {**environ, **given}


async def prepare(settings: Settings, modules: Sequence[Module], *, seed: bool = False) -> None:
    """Bring the database to where this code needs it.

    Raises:
        BehindError: it is behind, and the settings leave migrating to somebody else.
        MigrationError: a migration failed, or the database cannot be reached.
    """
    url = settings.database.url
    behind = [
        standing for standing in await migrations.standings(url, modules) if standing.state is State.BEHIND
    ]
    if behind and not _may_migrate(settings):
        missing = ", ".join(revision for standing in behind for revision in standing.pending)
        raise BehindError(f"the database is behind this code, {missing} did not run yet: backstay migrate up")
    if behind:
        await migrations.up(url, modules)
    if seed:
        await seed_showing(settings, modules, size=Size.SMALL)


def _may_migrate(settings: Settings) -> bool:
    wanted = settings.database.auto_migrate
    if wanted is not None:
        return wanted
    return settings.app.environment == "development" or settings.database.url.startswith("sqlite")
