"""Statements of the cache."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, Text, and_, cast, delete, func, insert, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backstay.kernel.database import NOW, Timestamp, Uuid, listing, param, statement, upsert
from backstay.systems.cache.contracts import Invalidation
from backstay.systems.cache.tables import SHARDS, fills, heads, invalidations, probes, tallies

CHANNEL: Final = "backstay_cache"


class Head(Struct, frozen=True):
    """How far a shard has come."""

    shard: int
    value: int


class Change(Struct, frozen=True):
    """A tag to forget."""

    shard: int
    revision: int
    organization_id: UUID
    tag: str


_CHANGE: Final = tuple(invalidations.c[name] for name in Change.__struct_fields__)

ADVANCE: Final = statement(
    upsert(heads, key=("shard",))
    .insert(shard=param("shard"), value=param("count"))
    .update(value=heads.c.value + param("count"))
    .returning(heads.c.value),
    int,
)
NOTE: Final = statement(
    insert(invalidations).values(
        shard=param("shard"),
        revision=param("revision"),
        tag=param("tag"),
        actor_id=param("actor_id"),
        at=NOW,
    )
)
_ADVANCED: Final[Any] = (
    upsert(heads, key=("shard",))
    .insert(shard=param("shard"), value=1)
    .update(value=heads.c.value + 1)
    .returning(heads.c.value)
    .build("postgresql")
)
_NUMBERED: Final = _ADVANCED.cte("head")
_NOTED: Final = {
    "shard": param("shard", Integer),
    "revision": _NUMBERED.c.value,
    "organization_id": param("organization", Uuid),
    "tag": param("tag", Text),
    "actor_id": param("actor_id", Uuid),
    "at": NOW,
}
NOTE_ONE: Final = statement(
    {
        "postgresql": postgresql.insert(invalidations)
        .from_select(list(_NOTED), select(*_NOTED.values()))
        .returning(invalidations.c.revision)
    },
    int,
)
"""`ADVANCE` and `NOTE` of one tag in one trip: others of the shard wait from here to the commit."""
TELL: Final = statement(
    {
        "sqlite": select(literal("").label("value")),
        "postgresql": select(cast(func.pg_notify(CHANNEL, ""), Text).label("value")),
    },
    str,
)
HEADS: Final = statement(select(heads.c.shard, heads.c.value), Head)
CHANGES: Final = statement(
    select(*_CHANGE)
    .where(
        or_(
            *(
                and_(invalidations.c.shard == shard, invalidations.c.revision > param(f"after_{shard}"))
                for shard in range(SHARDS)
            )
        )
    )
    .order_by(invalidations.c.shard, invalidations.c.revision)
    .limit(1000),
    Change,
    # A process keeps the values of every organization.
    unscoped=True,
)
"""What came after the numbers `after_0`, `after_1`, …, each of its shard."""
LATEST: Final = statement(
    select(*_CHANGE)
    .where(invalidations.c.shard == param("shard"), invalidations.c.revision <= param("until"))
    .order_by(invalidations.c.revision.desc())
    .limit(param("limit")),
    Change,
    unscoped=True,
)
PRUNE_INVALIDATIONS: Final = statement(
    delete(invalidations).where(invalidations.c.at < param("before", Timestamp)), unscoped=True
)
RECENT: Final = listing(
    select(*(invalidations.c[name] for name in Invalidation.__struct_fields__)),
    Invalidation,
    name="cache.invalidations",
    key=invalidations.c.revision,
    sorts={"revision": invalidations.c.revision},
    default=("-revision",),
)


def _take(dialect: Any) -> Any:
    made = dialect.insert(fills).values(
        key=param("key"),
        token=param("token"),
        until=param("until", Timestamp),
        entry=None,
        kept_until=param("until", Timestamp),
    )
    # The entry stays: whoever takes the lease may find that it is good enough.
    return made.on_conflict_do_update(
        index_elements=["key"],
        set_={"token": made.excluded.token, "until": made.excluded.until},
        where=fills.c.until <= param("now", Timestamp),
    ).returning(fills.c.token)


TAKE: Final = statement({"sqlite": _take(sqlite), "postgresql": _take(postgresql)}, str)
"""The lease of a key, unless somebody has it."""
_MINE: Final = (fills.c.key == param("key")) & (fills.c.token == param("token"))
RENEW: Final = statement(update(fills).where(_MINE).values(until=param("until", Timestamp)))
GIVE: Final = statement(
    update(fills)
    .where(_MINE)
    .values(entry=param("entry"), until=param("until", Timestamp), kept_until=param("kept_until", Timestamp))
)
LET_GO: Final = statement(update(fills).where(_MINE).values(until=param("until", Timestamp)))
GIVEN: Final = statement(
    select(fills.c.entry).where(fills.c.key == param("key"), fills.c.entry.is_not(None)), bytes
)
PRUNE_FILLS: Final = statement(
    delete(fills).where(
        fills.c.kept_until < param("before", Timestamp), fills.c.until < param("before", Timestamp)
    )
)


class Told(Struct, frozen=True):
    """What a process told of itself."""

    process: UUID
    at: datetime
    told: dict[str, Any]


TELL_TALLY: Final = statement(
    upsert(tallies, key=("process",)).insert(at=NOW, told=param("told")).update(at=NOW, told=param("told"))
)
TALLIES: Final = statement(
    select(tallies.c.process, tallies.c.at, tallies.c.told).where(tallies.c.at >= param("since", Timestamp)),
    Told,
)
PRUNE_TALLIES: Final = statement(delete(tallies).where(tallies.c.at < param("before", Timestamp)))
FORGET_TALLY: Final = statement(delete(tallies).where(tallies.c.process == param("process", Uuid)))


class ProbeRow(Struct, frozen=True):
    """A number to try the cache with."""

    name: str
    value: int
    fills: int


SET_PROBE: Final = statement(
    upsert(probes, key=("organization_id", "name"))
    .insert(value=param("value"), fills=0)
    .update(value=param("value"))
    .returning(probes.c.name, probes.c.value, probes.c.fills),
    ProbeRow,
)
FILL_PROBE: Final = statement(
    update(probes)
    .where(probes.c.name == param("name"))
    .values(fills=probes.c.fills + 1)
    .returning(probes.c.name, probes.c.value, probes.c.fills),
    ProbeRow,
)
GET_PROBE: Final = statement(
    select(probes.c.name, probes.c.value, probes.c.fills).where(probes.c.name == param("name")), ProbeRow
)
PROBES: Final = listing(
    select(probes.c.name, probes.c.value, probes.c.fills),
    ProbeRow,
    name="cache.probes",
    key=probes.c.name,
    sorts={"name": probes.c.name},
    default=("name",),
)
