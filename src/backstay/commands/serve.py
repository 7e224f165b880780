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
from backstay.kernel.database import Database
from backstay.kernel.http import is_worker
from backstay.kernel.http import serve as run_server
from backstay.kernel.module import Greeting, Module, compose, prepare_parts
from backstay.kernel.seeding import Size, seed_showing
from backstay.kernel.settings import ListModules, Settings, deployment_keys, load

_OVERRIDES: Final = {
    "host": "BACKSTAY_HTTP_HOST",
    "port": "BACKSTAY_HTTP_PORT",
    "workers": "BACKSTAY_HTTP_WORKERS",
}


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
    greetings: Sequence[Greeting] = ()
    if not is_worker():
        greetings = asyncio.run(prepare(settings, modules, seed=seed, greet=not quiet))

    def ready(url: str) -> None:
        if not quiet:
            welcome(settings, modules, url, seconds=time.perf_counter() - started, greetings=greetings)

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


async def prepare(
    settings: Settings, modules: Sequence[Module], *, seed: bool = False, greet: bool = False
) -> Sequence[Greeting]:
    """Bring the database to where this code needs it; what the modules greet with, if they are asked.

    Raises:
        migrations.BehindError: it is behind, and the settings leave migrating to somebody else.
        MigrationError: a migration failed, or the database cannot be reached.
    """
    await migrations.ready(settings, modules)
    if seed:
        await seed_showing(settings, modules, size=Size.SMALL)
    return await _greetings(settings, modules) if greet else ()


async def _greetings(settings: Settings, modules: Sequence[Module]) -> Sequence[Greeting]:
    greeting = [module.greets for module in modules if module.greets is not None]
    if not greeting:
        return ()
    database = await Database.open(settings.database.url, keys=deployment_keys(settings), pool_size=1)
    try:
        prepare_parts(modules, database, settings)
        return [line for greets in greeting for line in await greets(database, settings)]
    finally:
        await database.close()
