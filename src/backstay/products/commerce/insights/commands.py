"""`backstay insights`: the sums, from the command line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import click

from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import start
from backstay.kernel.module import Module
from backstay.kernel.settings import ListModules, Settings, load
from backstay.products.commerce.insights.service import SALES, progress
from backstay.systems.events import Events, Projector, active_generation
from backstay.systems.events import rebuild as begin_anew


@click.group()
def insights() -> None:
    """What shops sell."""


@insights.command()
@click.pass_obj
def rebuild(list_modules: ListModules) -> None:
    """Make all sums anew from the orders, beside those in use, and change over once they are whole."""
    modules = list_modules()
    began = time.monotonic()
    counted = asyncio.run(_rebuild(load(modules), modules))
    click.echo(f"{counted:,} orders in {time.monotonic() - began:.1f} s")


async def _rebuild(settings: Settings, modules: Sequence[Module]) -> int:
    async with start(settings, modules, services=False) as backend:
        database = backend.database
        reader = database.reader(SYSTEM)
        generation = await database.run(SYSTEM, lambda uow: begin_anew(uow, SALES.name))
        projector = Projector(database, backend.part(Events))
        shown = -1
        # Servers that run do the same: whoever is first takes the next part.
        while await active_generation(reader, SALES) < generation:
            if not await projector.round(SALES):
                await asyncio.sleep(0.1)
            fill = await progress(reader, generation)
            if fill is not None and fill.counted != shown:
                shown = fill.counted
                click.echo(f"  {fill.counted:,} of {fill.total:,} orders", err=True)
        return max(shown, 0)
