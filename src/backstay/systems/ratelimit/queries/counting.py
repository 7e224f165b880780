"""What counts limits in PostgreSQL, one call of a function each, and in a SQLite file of its own."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import BigInteger, Boolean, Executable, LargeBinary, column, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from backstay.kernel.database import Statement, param, statement


class StepRow(Struct, frozen=True):
    """What one policy says; times in microseconds."""

    admitted: bool
    remaining: int
    reset: int
    retry: int | None


def _only_postgresql(expression: Executable, row: type[Any], *columns: Any) -> Statement[Any]:
    """A statement that SQLite never runs: there it selects nothing of the same form."""
    nothing = select(*(literal_column("NULL", one.type).label(one.name) for one in columns))
    return statement({"postgresql": expression, "sqlite": nothing}, row, unscoped=True)


_STEP: Final = (
    column("admitted", Boolean),
    column("remaining", BigInteger),
    column("reset", BigInteger),
    column("retry", BigInteger),
)
_VALUE: Final = column("value", BigInteger)
_KEYS: Final = param("keys", ARRAY(LargeBinary))

TAKE: Final[Statement[StepRow]] = _only_postgresql(
    select(*_STEP).select_from(
        func.ratelimit_take(
            _KEYS,
            param("locks", ARRAY(BigInteger)),
            param("numbers", ARRAY(BigInteger)),
            param("keep", Boolean),
        ).table_valued(*_STEP)
    ),
    StepRow,
    *_STEP,
)
TAKE_ONE: Final[Statement[StepRow]] = _only_postgresql(
    select(*_STEP).select_from(
        func.ratelimit_take_one(
            param("key", LargeBinary),
            param("lock", BigInteger),
            param("capacity", BigInteger),
            param("interval", BigInteger),
            param("cost", BigInteger),
        ).table_valued(*_STEP)
    ),
    StepRow,
    *_STEP,
)
FORGET: Final[Statement[int]] = _only_postgresql(
    select(func.ratelimit_forget(_KEYS).label("value")), int, _VALUE
)
ENTER: Final[Statement[int | None]] = _only_postgresql(
    select(
        func.ratelimit_enter(
            param("key", LargeBinary),
            param("lock", BigInteger),
            param("holder", LargeBinary),
            param("places", BigInteger),
            param("micros", BigInteger),
        ).label("value")
    ),
    int | None,  # type: ignore[arg-type]  # a union is no class, and a column may be NULL
    _VALUE,
)
LEAVE: Final[Statement[int]] = _only_postgresql(
    select(func.ratelimit_leave(param("key", LargeBinary), param("holder", LargeBinary)).label("value")),
    int,
    _VALUE,
)
PRUNE: Final[Statement[int]] = _only_postgresql(
    select(func.ratelimit_prune(param("most", BigInteger)).label("value")), int, _VALUE
)
PING: Final = statement(select(literal_column("1").label("value")), int)

FILE: Final = (
    """
CREATE TABLE IF NOT EXISTS limits (
    key BLOB PRIMARY KEY, state BLOB NOT NULL, ends_at INTEGER NOT NULL
) WITHOUT ROWID""",
    """
CREATE TABLE IF NOT EXISTS places (
    key BLOB NOT NULL, holder BLOB NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (key, holder)
) WITHOUT ROWID""",
)
"""The SQLite file in which processes of one machine count together."""
FILE_READ: Final = "SELECT state FROM limits WHERE key = ?"
FILE_KEEP: Final = (
    "INSERT INTO limits (key, state, ends_at) VALUES (?, ?, ?)"
    " ON CONFLICT (key) DO UPDATE SET state = excluded.state, ends_at = excluded.ends_at"
)
FILE_FORGET: Final = "DELETE FROM limits WHERE key = ?"
FILE_PRUNE: Final = "DELETE FROM limits WHERE key IN (SELECT key FROM limits WHERE ends_at <= ?1 LIMIT ?2)"
FILE_PLACES: Final = "SELECT holder FROM places WHERE key = ? AND (ends_at > ? OR holder = ?)"
FILE_HOLD: Final = (
    "INSERT INTO places (key, holder, ends_at) VALUES (?, ?, ?)"
    " ON CONFLICT (key, holder) DO UPDATE SET ends_at = excluded.ends_at"
)
FILE_LEAVE: Final = "DELETE FROM places WHERE key = ? AND holder = ?"
FILE_EMPTY: Final = "DELETE FROM places WHERE key = ? AND ends_at <= ? AND holder <> ?"
FILE_EMPTY_ALL: Final = "DELETE FROM places WHERE ends_at <= ?"
