"""The counter's manifest."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.products.counter import queries, seed, tables
from backstay.products.counter.events import CounterMoved, CounterRemoved
from backstay.products.counter.http import COUNT, READ, OwnCounters, SharedCounters
from backstay.products.counter.jobs import write_day
from backstay.products.counter.service import PERSONAL


async def card(reader: Reader) -> Card:
    """How many counters the organization has."""
    count = await reader.one(queries.COUNT)
    return Card(str(count), "counters")


module = Module(
    name="counter",
    summary="Named numbers that many hands move at once, exact to the last increment.",
    package=__package__,
    requires=["events", "idempotency"],
    tables=tables.metadata,
    controllers=[SharedCounters, OwnCounters],
    events=[CounterMoved, CounterRemoved],
    declares=[write_day, PERSONAL],
    permissions=[READ, COUNT],
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed.seed,
    card=card,
)
