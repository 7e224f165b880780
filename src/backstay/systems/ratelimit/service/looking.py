"""Looking at what the limits do, on all processes together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import Unavailable
from backstay.kernel.trail import record
from backstay.systems.ratelimit.contracts import StoreUnavailable, key_of
from backstay.systems.ratelimit.errors import NoSuchPolicy
from backstay.systems.ratelimit.queries import meters as queries
from backstay.systems.ratelimit.service.limiter import Limiter
from backstay.systems.ratelimit.service.meters import SEPARATOR
from backstay.systems.ratelimit.service.shedding import Shedder
from backstay.systems.ratelimit.service.views import Forgotten, Load, Meter, Minute


async def minutes(reader: Reader, count: int) -> list[Minute]:
    """What each policy did in the last so many minutes, the oldest first; no line where it did nothing."""
    since = int(reader.now().timestamp()) // 60 - count + 1
    return [
        Minute(
            row.policy,
            datetime.fromtimestamp(row.minute * 60, UTC),
            row.admitted,
            row.refused,
            row.shadowed,
            row.estimated,
        )
        for row in await reader.all(queries.MINUTES, since=since)
    ]


async def meters(reader: Reader, limit: int, within: timedelta) -> list[Meter]:
    """Who has used half of a quota or more within this time, the nearest to its end first."""
    rows = await reader.all(queries.METERS, since=reader.now() - within, limit=limit)
    return [
        Meter(row.policy, row.subject, row.remaining, row.capacity, row.refused, row.seen_at) for row in rows
    ]


async def refused(reader: Reader, count: int) -> int:
    """Refusals within the last so many minutes."""
    since = int(reader.now().timestamp()) // 60 - count + 1
    return await reader.one(queries.REFUSED, since=since)


async def forget(uow: UnitOfWork, data: Forgotten) -> None:
    """Let somebody's quota begin anew; whoever has used nothing of it notices nothing.

    The store is none of the unit's: it forgets although the unit may yet fail, but nothing unrecorded.

    Raises:
        NoSuchPolicy: it is not in force.
        Unavailable: the store does not answer.
    """
    limiter = uow.part(Limiter)
    policy = limiter.book.in_force.get(data.policy)
    if policy is None:
        raise NoSuchPolicy
    record(uow, "ratelimit.quota_forgotten", subject=("policy", data.policy), after=data)
    try:
        await limiter.store.forget([key_of(policy, *data.subject.split(SEPARATOR))])
    except StoreUnavailable:
        raise Unavailable("The store of the limits does not answer.") from None


def load(limiter: Limiter, shedder: Shedder) -> Load:
    """How this process is doing."""
    return Load(
        store=limiter.store.name,
        shared=limiter.store.shared,
        running=shedder.running,
        in_flight=shedder.in_flight,
        late=round(shedder.late, 4),
        lag=shedder.lag,
    )
