"""`backstay httpcache`: a caching reverse proxy before one origin."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence

import click
import uvloop

from backstay.kernel import migrations
from backstay.kernel.backend import start, works
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import ListModules, Settings, load


@click.command()
@click.option("--origin", required=True, help="Where answers come from: http://host:port or https://host.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: a free one.")
@click.option(
    "--believe-proxies",
    is_flag=True,
    help="Whoever connects is a proxy of yours, and its X-Forwarded-Proto says the client's scheme.",
)
@click.pass_obj
def httpcache(modules_of: ListModules, *, origin: str, host: str, port: int, believe_proxies: bool) -> None:
    """Serve what ORIGIN answers, and keep what may be kept (RFC 9111).

    What is kept, and for how long, the origin says in Cache-Control. Purge by POST /v1/httpcache/purges
    of the backend whose database this process shares. SIGTERM answers what was asked and then ends.
    """
    modules = compose(modules_of())
    settings = load(modules)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, modules, origin, host, port, believe_proxies))


async def _serve(
    settings: Settings, modules: Sequence[Module], origin: str, host: str, port: int, believes: bool
) -> None:
    # Late: a server that runs no proxy carries nothing of it.
    from backstay.systems.httpcache.service.running import proxying

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await migrations.ready(settings, modules)
    async with start(settings, modules, services=False) as backend, works(backend):
        try:
            opened = proxying(backend, origin, host, port, believes_proxies=believes)
            async with opened as url:
                click.echo(f"backstay httpcache: {url} before {origin}", err=True)
                await stop.wait()
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--origin") from None
