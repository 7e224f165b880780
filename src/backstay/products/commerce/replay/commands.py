"""`backstay commerce`: a shop's past, brought from another program."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Final

import click
import msgspec

from backstay.kernel import migrations
from backstay.kernel.actor import EVERYTHING, SYSTEM, Actor
from backstay.kernel.auth import DEMO, actor_of
from backstay.kernel.backend import Backend, start
from backstay.kernel.settings import ListModules, Principal, load
from backstay.products.commerce import catalog, shops
from backstay.products.commerce.replay import service
from backstay.products.commerce.replay.contracts import Checked, Oddity, ReadFile
from backstay.products.commerce.replay.service.running import Replayed
from backstay.products.commerce.shops import NewShop, NoSuchShop, Shop

_EVERY: Final = 2.0
"""Seconds between two lines that tell how far it is."""
_SHOWN: Final = 20
_LOOK: Final = 0.1


@click.group()
def commerce() -> None:
    """A shop's past, brought from another program."""


@commerce.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--shop", "slug", required=True, metavar="SLUG", help="The shop that takes it.")
@click.option(
    "--until", type=click.IntRange(min=1), metavar="N", help="Only the first N invoices of the file."
)
@click.option(
    "--batch", type=click.IntRange(1, 5_000), default=200, show_default=True, help="Invoices a commit."
)
@click.option("--open-shop", is_flag=True, help="Open the shop first, in pounds, if there is none.")
@click.option("--check", is_flag=True, help="Replay nothing: compare what is there with the file.")
@click.pass_obj
def replay(
    list_modules: ListModules,
    file: Path,
    slug: str,
    *,
    until: int | None,
    batch: int,
    open_shop: bool,
    check: bool,
) -> None:
    """Replay a FILE of invoice lines as orders, payments, refunds and stock.

    A CSV file, packed with xz or gzip or not, with the columns invoice, stock_code, description, quantity,
    invoiced_at, unit_price, customer and country. Started again, it goes on where it was. What is odd in the
    file is told by reason at the end.
    """
    modules = list_modules()
    settings = load(modules)

    async def work() -> bool:
        read = service.read_file(file)
        last = min(until or len(read.invoices), len(read.invoices))
        await migrations.up(settings.database.url, modules)
        async with start(settings, modules, services=False) as backend:
            shop = await _enter(backend, slug, open_shop=open_shop)
            actor = _house_of(shop)
            if check:
                return _tell_checked(await service.check(backend.reader(actor), shop, read))
            progress = _Progress(read, last)
            done = await service.run(
                backend.database, actor, shop, read, until=last, batch=batch, advance=progress.advance
            )
            progress.end(done)
            _tell_oddities(read, done, last)
            return True

    if not asyncio.run(work()):
        raise click.exceptions.Exit(1)


@commerce.command("import-products")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--shop", "slug", required=True, metavar="SLUG", help="The shop that takes them.")
@click.option("--open-shop", is_flag=True, help="Open the shop first, in pounds, if there is none.")
@click.pass_obj
def import_products(list_modules: ListModules, file: Path, slug: str, *, open_shop: bool) -> None:
    """Import a FILE of products in DummyJSON's form: brands, categories, discounts, stock and reviews.

    It is an import as any other: told of under the shop's imports with its faults, and undone there.
    """
    modules = list_modules()
    settings = load(modules)

    async def work() -> None:
        await migrations.up(settings.database.url, modules)
        # With its services: the import is a job, and whoever has no server running has a worker here.
        async with start(settings, modules) as backend:
            shop = await _enter(backend, slug, open_shop=open_shop)
            actor = _house_of(shop)
            listing = service.read_products(file, shop.currency)
            import_id = await backend.database.run(
                actor, lambda uow: catalog.import_csv(uow, shop, listing.content)
            )
            done = await catalog.get_import(backend.reader(actor), shop, import_id)
            while done.finished_at is None:
                await asyncio.sleep(_LOOK)
                done = await catalog.get_import(backend.reader(actor), shop, import_id)
            stocked = await backend.database.run(
                actor, lambda uow: service.stock_up(uow, shop, listing, import_id)
            )
            # A unit of its own: each review holds its product, and the shop's window with it.
            told = await backend.database.run(actor, lambda uow: service.take_reviews(uow, shop, listing))
        click.echo(
            f"import {import_id}: {done.created:,} products made, {done.changed:,} changed, "
            f"{done.unchanged:,} as they were, {done.refused:,} refused; stock of {stocked:,} variants; "
            f"{told:,} reviews"
        )
        if listing.renamed:
            click.echo(f"SKUs that two products have, changed for the later: {', '.join(listing.renamed)}")

    asyncio.run(work())


async def _enter(backend: Backend, slug: str, *, open_shop: bool) -> Shop:
    try:
        return (await shops.enter(backend.reader(SYSTEM), slug))[1]
    except NoSuchShop:
        if not open_shop:
            raise NoSuchShop(f"there is no shop {slug!r}: open it, or say --open-shop") from None
    principals = backend.settings.auth.principals
    owner = actor_of(principals[0] if principals else Principal(name=DEMO, permissions=(EVERYTHING,)))
    new = NewShop(slug=slug, name=slug.replace("-", " ").title(), currency="GBP", country="GB")
    return await backend.database.run(owner, lambda uow: shops.create(uow, new))


def _house_of(shop: Shop) -> Actor:
    """The house itself, at work in the shop's organization."""
    return msgspec.structs.replace(SYSTEM, name="replay", organization_id=shop.organization_id)


class _Progress:
    """Tells how far it is, how fast, and for how long still."""

    def __init__(self, read: ReadFile, last: int) -> None:
        self._last = last
        self._invoices = 0
        self._lines = 0
        self._first = 0
        self._began = self._told = 0.0
        click.echo(
            f"{read.rows:,} lines, {len(read.invoices):,} invoices in the file; up to {last:,} are wanted"
        )

    def advance(self, invoices: int, lines: int, done: int) -> None:
        """So many more are done."""
        now = time.monotonic()
        if not self._invoices:
            # What was made before the first commit is no measure of the others.
            self._first, self._began, self._told = done, now, now
        self._invoices += invoices
        self._lines += lines
        if now - self._told < _EVERY:
            return
        self._told = now
        rate = (done - self._first) / (now - self._began)
        left = (self._last - done) / rate
        click.echo(f"  {done:,} of {self._last:,} invoices, {rate:,.0f} a second, {left:,.0f} s left")

    def end(self, done: Replayed) -> None:
        """It is where it was to be."""
        click.echo(
            f"{self._invoices:,} invoices and {self._lines:,} lines replayed; "
            f"the shop is at invoice {done.run.done:,}, {done.run.delivered:,} units supposed to be delivered"
        )


def _tell_oddities(read: ReadFile, done: Replayed, last: int) -> None:
    seen: dict[Oddity, list[int]] = {**read.oddities, **done.oddities}
    of = "" if last == len(read.invoices) else " (of reading: in the whole file)"
    click.echo(f"\nwhat is odd, by reason{of}:")
    for oddity in Oddity:
        if rows := seen.get(oddity):
            click.echo(f"  {len(rows):>8,} lines  {oddity.value}  (row {rows[0]:,} is the first)")


def _tell_checked(found: Checked) -> bool:
    click.echo(f"{found.invoices:,} invoices compared")
    for month, (file, shop) in found.months.items():
        click.echo(f"  {month}  {_pounds(file):>14} in the file  {_pounds(shop):>14} in the shop")
    for line in [
        *(
            f"{one.what}: {_pounds(one.file)} in the file, {_pounds(one.shop)} in the shop"
            for one in found.differences
        ),
        *found.broken,
    ][:_SHOWN]:
        click.echo(f"  {line}")
    wrong = len(found.differences) + len(found.broken)
    click.echo(
        f"{wrong:,} differ" if wrong else "all alike, and the rules of orders, payments and stock hold"
    )
    return found.holds


def _pounds(pence: int) -> str:
    sign, amount = "-" if pence < 0 else "", abs(pence)
    return f"{sign}{amount // 100:,}.{amount % 100:02}"
