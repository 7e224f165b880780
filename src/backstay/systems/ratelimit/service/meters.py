"""What the limits do, noted in each process and written down together every moment."""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.ratelimit.contracts import Policy, Verdict
from backstay.systems.ratelimit.queries import meters as queries

if TYPE_CHECKING:
    from backstay.systems.ratelimit.service.limiter import Asking

SEPARATOR: Final = "|"
"""Between the parts of a subject where people see it."""
FLUSH_EVERY: Final = 2.0
"""Seconds between two writings: how far the meters trail the requests."""
KEPT_MINUTES: Final = 24 * 60
KEPT_METERS: Final = timedelta(minutes=15)
_MOST: Final = 200
"""Callers kept between two writings; of more, those longest unheard of are left out."""
_PRUNE_EVERY: Final = 60.0


class Counts(Struct):
    """What one policy did since the last writing."""

    admitted: int = 0
    refused: int = 0
    shadowed: int = 0
    estimated: int = 0


class Near(Struct):
    """Somebody who has used half of a quota or more."""

    remaining: int
    capacity: int
    refused: int


async def write_down(
    uow: UnitOfWork, minute: int, counts: Mapping[str, Counts], near: Mapping[tuple[str, str], Near]
) -> None:
    """Add what policies did in a minute, by name, and who came near their ends, by policy and subject."""
    # In one order everywhere, so that two processes never wait for each other.
    rows = [{"policy": name, "minute": minute, **structs.asdict(one)} for name, one in sorted(counts.items())]
    await uow.execute_many(queries.ADD_MINUTE, rows)
    rows = [
        {"policy": policy, "subject": subject, **structs.asdict(one)}
        for (policy, subject), one in sorted(near.items())
    ]
    await uow.execute_many(queries.SET_METER, rows)


class Meters:
    """The counts of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: defaultdict[str, Counts] = defaultdict(Counts)
        self._near: OrderedDict[tuple[str, str], Near] = OrderedDict()
        self._pruned = time.monotonic()

    def note(self, asked: Sequence[Asking], verdict: Verdict) -> None:
        """Count what was decided; quick, for it is part of every request."""
        for one, decision in zip(asked, verdict.decisions, strict=True):
            policy = one.policy
            counts = self._counts[policy.name]
            if decision.admitted:
                counts.admitted += verdict.admitted
            elif policy.shadow:
                counts.shadowed += 1
            else:
                counts.refused += 1
            counts.estimated += verdict.estimated
            if decision.remaining * 2 <= policy.capacity:
                subject = SEPARATOR.join(one.subject)
                self._note_near(policy, subject, decision.remaining, refused=not decision.admitted)

    def count_refused(self, name: str) -> None:
        """Something other than a quota refused: a place, or the whole process."""
        self._counts[name].refused += 1

    async def flush(self) -> None:
        """Write down what was counted, and remove what is old.

        Raises:
            BackstayError: the database does not take it; what was counted is kept for the next time.
        """
        counts, self._counts = self._counts, defaultdict(Counts)
        near, self._near = self._near, OrderedDict()
        due = time.monotonic() - self._pruned >= _PRUNE_EVERY
        if not counts and not near and not due:
            return
        minute = int(self._database.clock.now().timestamp()) // 60

        async def write(uow: UnitOfWork) -> None:
            await write_down(uow, minute, counts, near)
            if due:
                await uow.execute(queries.PRUNE_MINUTES, before=minute - KEPT_MINUTES)
                await uow.execute(queries.PRUNE_METERS, before=uow.now() - KEPT_METERS)

        try:
            await self._database.run(SYSTEM, write)
        except BaseException:
            self._put_back(counts)
            raise
        if due:
            self._pruned = time.monotonic()

    def _put_back(self, counts: dict[str, Counts]) -> None:
        for name, one in counts.items():
            kept = self._counts[name]
            kept.admitted += one.admitted
            kept.refused += one.refused
            kept.shadowed += one.shadowed
            kept.estimated += one.estimated

    def _note_near(self, policy: Policy, subject: str, remaining: int, *, refused: bool) -> None:
        key = (policy.name, subject)
        one = self._near.get(key)
        if one is None:
            if len(self._near) >= _MOST:
                self._near.popitem(last=False)
            one = self._near[key] = Near(remaining, policy.capacity, 0)
        self._near.move_to_end(key)
        one.remaining, one.capacity = remaining, policy.capacity
        one.refused += refused
