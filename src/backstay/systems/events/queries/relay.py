"""How far the log has left for the broker, and what has come from it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import BigInteger, Text, func, not_, select, update

from backstay.kernel.database import Timestamp, param, statement, upsert
from backstay.systems.events.queries.log import COUNTED
from backstay.systems.events.tables import log, relay, sequencer


class RelayRow(Struct, frozen=True):
    """Where the relay stands."""

    position: int
    token: int
    refused: int
    error: str | None


_RELAY = tuple(relay.c[name] for name in RelayRow.__struct_fields__)
_ONLY = relay.c.id == 1

MAKE = statement(
    upsert(relay, key=("id",)).insert(
        id=1,
        # What happened before there was a broker does not leave.
        position=func.coalesce(select(sequencer.c.position).where(sequencer.c.id == 1).scalar_subquery(), 0),
        token=0,
        leased_until=param("at", Timestamp),
        refused=0,
    )
)
STANDING = statement(select(*_RELAY).where(_ONLY), RelayRow)
TAKE = statement(
    update(relay)
    .where(_ONLY, relay.c.leased_until <= param("at", Timestamp))
    .values(token=relay.c.token + 1, leased_until=param("until", Timestamp))
    .returning(*_RELAY),
    RelayRow,
)
"""Take the lease, if nobody holds it; the token is larger than any before."""
MOVE = statement(
    update(relay)
    .where(_ONLY, relay.c.token == param("token"))
    .values(
        position=param("position"),
        leased_until=param("until", Timestamp),
        refused=relay.c.refused + param("refused", BigInteger),
    )
    .returning(relay.c.position),
    int,
)
"""Move on, if nobody has taken over meanwhile; no row otherwise."""
LEAVE = statement(
    update(relay)
    .where(_ONLY, relay.c.token == param("token"))
    .values(leased_until=param("at", Timestamp), error=param("error", Text))
)
"""Give the lease back."""


class WaitingRow(Struct, frozen=True):
    """What has not left yet."""

    count: int
    oldest: datetime | None


_few = (
    select(log.c.time)
    .where(
        log.c.position > param("after", BigInteger),
        not_(log.c.received),
    )
    .order_by(log.c.position)
    .limit(COUNTED)
    .subquery("few")
)
WAITING = statement(
    select(func.count().label("count"), func.min(_few.c.time, type_=Timestamp).label("oldest")).select_from(
        _few
    ),
    WaitingRow,
    unscoped=True,
)

TAKEN = statement(
    select(log.c.seq).where(log.c.stream == param("stream"), log.c.version == param("version", BigInteger)),
    int,
)
"""Whether a stream has an event with this number."""
