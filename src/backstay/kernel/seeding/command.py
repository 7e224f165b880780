"""`backstay seed`: sample data for every module."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import click

from backstay.kernel import migrations
from backstay.kernel.clock import clock_from_environment
from backstay.kernel.module import Module, compose
from backstay.kernel.seeding.seeding import SeedingError, Size
from backstay.kernel.seeding.showing import seed_showing
from backstay.kernel.settings import ListModules, Settings, load


@click.command()
@click.option(
    "--size",
    type=click.Choice([size.value for size in Size]),
    default=Size.SMALL.value,
    show_default=True,
    help="How much: medium is ten times small, large a hundred times.",
)
@click.option(
    "--seed", "number", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same rows."
)
@click.option("--module", metavar="NAME", help="This module, and those it requires.")
@click.option(
    "--product", metavar="NAME", help="All modules of this product, `commerce` say, and those they require."
)
@click.option(
    "--present",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day that dates are counted back from.  [default: today]",
)
@click.option("--fresh", is_flag=True, help="Delete all rows of the module (or of every module) first.")
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@click.pass_obj
def seed(
    list_modules: ListModules,
    *,
    size: str,
    number: int,
    module: str | None,
    product: str | None,
    present: datetime | None,
    fresh: bool,
    yes: bool,
) -> None:
    """Fill the database with sample data, once a module.

    The tables are brought up to date first. What is written belongs to the first principal of
    the settings, `demo` when there is none.
    """
    modules = compose(list_modules())
    settings = load(modules)
    if settings.app.environment == "production":
        raise SeedingError("this is a production deployment: sample data does not belong here")
    only = _chosen(modules, module, product)
    if fresh:
        names = only or [one.name for one in modules]
        if not yes:
            click.confirm(f"Delete every row of {', '.join(names)} in this database?", abort=True)
        asyncio.run(_empty(settings, modules, names))
    day = present or clock_from_environment().now()
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    asyncio.run(seed_showing(settings, modules, size=Size(size), number=number, only=only, present=midnight))


def _chosen(modules: Sequence[Module], module: str | None, product: str | None) -> list[str]:
    """The names that were asked for; none for all.

    Raises:
        SeedingError: no composed module belongs to the product.
    """
    chosen = [] if module is None else [module]
    if product is not None:
        folder = f".products.{product}."
        found = [one.name for one in modules if folder in f"{one.package}."]
        if not found:
            raise SeedingError(f"no module here belongs to a product {product!r}")
        chosen += found
    return chosen


async def _empty(settings: Settings, modules: tuple[Module, ...], names: list[str]) -> None:
    """Take the modules down to nothing, those that require others first."""
    url = settings.database.url
    migrated = {standing.module for standing in await migrations.standings(url, modules) if standing.at}
    for module in reversed(modules):
        if module.name in names and module.name in migrated:
            await migrations.down(url, modules, module.name, to="base", lose_data=True)
