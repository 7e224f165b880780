"""Changes whose outcome nobody waits for, and which of them travel to the database together.

A unit holds them back until its next statement, or its commit. On SQLite they then run one after another
in one go. On PostgreSQL those that touch different tables become one statement, `WITH … AS (INSERT …)`:
its parts do not see each other's rows, and their order is the server's, so only such go together of which
nobody can tell. Rows that one insert adds are one part, in their order: `VALUES (…), (…)`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple
from uuid import UUID

from backstay.kernel.database.compiled import Compiled

MOST: Final = 16
"""Parts of one statement."""
MOST_ROWS: Final = 48
"""Changes in one statement. More of one kind run as a batch, which is prepared once for any number."""
_NUMBER: Final = re.compile(r"\$(\d+)")


class Write(NamedTuple):
    """A change that is held back."""

    compiled: Compiled
    arguments: list[Any]
    organization: UUID


def trips(writes: Sequence[Write], *, walled: bool) -> list[list[Write]]:
    """The changes in their order, in groups of which each is one trip to PostgreSQL.

    Args:
        writes: in the order in which they were made.
        walled: whether the server has to be told whose rows may be seen, which it is for a whole trip.
    """
    found: list[list[Write]] = []
    for write in writes:
        if not found or not (_alike(found[-1], write) or joins(found[-1], write, walled=walled)):
            found.append([])
        found[-1].append(write)
    return found


def joins(trip: Sequence[Write], write: Write, *, walled: bool) -> bool:
    """Whether nobody can tell if it runs with them or after them."""
    if len(trip) > 1 and is_batch(trip) and trip[0].compiled.rows_at is None:
        return False  # which may meet each other
    return (
        len(trip) < MOST_ROWS
        and (len(trip) < MOST or len(_parts((*trip, write))) <= MOST)
        and all(_apart(one, write, walled=walled) for one in trip)
    )


def is_batch(trip: Sequence[Write]) -> bool:
    """Whether it is the same change over and over."""
    return all(one.compiled is trip[0].compiled for one in trip)


def is_one_statement(trip: Sequence[Write]) -> bool:
    """Whether it can be said as one, and not as a batch."""
    if len(trip) == 1 or not is_batch(trip):
        return True
    return trip[0].compiled.rows_at is not None and len(trip) <= MOST_ROWS


def _alike(trip: Sequence[Write], write: Write) -> bool:
    last = trip[-1]
    return is_batch(trip) and last.compiled is write.compiled and last.organization == write.organization


def _apart(one: Write, other: Write, *, walled: bool) -> bool:
    a, b = one.compiled, other.compiled
    if walled and (one.organization != other.organization or a.unscoped != b.unscoped):
        return False
    if a.tables is None or b.tables is None:
        return False
    return a.tables.isdisjoint(b.tables) or (a is b and a.rows_at is not None)


def as_one(trip: Sequence[Write]) -> tuple[str, list[Any]]:
    """A trip as one statement, and its arguments; the result is that of the last change."""
    if len(trip) == 1:
        return trip[0].compiled.sql, trip[0].arguments
    parts = _parts(trip)
    text = combined(*(_text(part[0].compiled, len(part)) for part in parts))
    return text, [value for part in parts for one in part for value in one.arguments]


def _parts(trip: Sequence[Write]) -> list[list[Write]]:
    """The changes by the part that makes them; the part of the last one last."""
    found: dict[int, list[Write]] = {}
    for place, write in enumerate(trip):
        found.setdefault(_part_of(place, write), []).append(write)
    last = found.pop(_part_of(len(trip) - 1, trip[-1]))
    return [*found.values(), last]


def _part_of(place: int, write: Write) -> int:
    return place if write.compiled.rows_at is None else -id(write.compiled)


def _text(change: Compiled, rows: int) -> str:
    return change.sql if rows == 1 else _with_rows(change.sql, change.rows_at, rows)


@lru_cache(maxsize=512)
def _with_rows(text: str, rows_at: int | None, count: int) -> str:
    start, row = text[:rows_at], text[rows_at:]
    each = max((int(number) for number in _NUMBER.findall(row)), default=0)
    return start + ", ".join(_NUMBER.sub(partial(_numbered_on, each * place), row) for place in range(count))


@lru_cache(maxsize=512)
def combined(*texts: str) -> str:
    """One statement of PostgreSQL's, the parameters numbered on; its result is that of the last."""
    if len(texts) == 1:
        return texts[0]
    parts, passed = [], 0
    for text in texts:
        numbers = [int(number) for number in _NUMBER.findall(text)]
        parts.append(_NUMBER.sub(partial(_numbered_on, passed), text))
        passed += max(numbers, default=0)
    *before, last = parts
    return f"WITH {', '.join(f'w{place} AS ({text})' for place, text in enumerate(before))} {last}"


def _numbered_on(by: int, found: re.Match[str]) -> str:
    return f"${int(found[1]) + by}"


def names(riders: Sequence[Write]) -> dict[str, Any]:
    """What a record says of changes that travelled with a statement."""
    return {"with": [one.compiled.name for one in riders]} if riders else {}
