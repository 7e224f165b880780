"""The manifest of drops."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.products.commerce.drops import service, tables
from backstay.products.commerce.drops.http import MANAGE, READ, DropsController, QueueController
from backstay.products.commerce.drops.jobs import ADVANCING, advance_drops
from backstay.products.commerce.drops.queries import drops as queries
from backstay.products.commerce.orders import gate


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Derive the key of the tokens; asks the database nothing."""
    drops = service.Drops(deployment_keys(settings))
    database.parts.hold(drops)
    database.parts.hold(drops, gate.Gate)


async def card(reader: Reader) -> Card:
    """How many drops are not closed."""
    count = await reader.one(queries.COUNT)
    return Card(f"{count:,}", "drops")


module = Module(
    name="drops",
    summary="What more people want than there is, sold in turn: a drawn queue, signed places, a timed turn.",
    package=__package__,
    requires=["shops", "catalog", "orders", "idempotency", "jobs", "ratelimit"],
    tables=tables.metadata,
    controllers=[DropsController, QueueController],
    permissions=[READ, MANAGE],
    declares=[advance_drops, ADVANCING, service.PERSONAL],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    card=card,
)
