"""What the two databases spell differently in every statement here: the store's present, and rows as JSON."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from sqlalchemy import BigInteger, Boolean, Float, Integer, Text

from backstay.kernel.database import ColumnType, Json, Statement, Timestamp, Uuid, sql, statement

T = TypeVar("T")

TYPES: Final[dict[str, ColumnType]] = {
    "seq": BigInteger,
    "id": Uuid,
    "job_id": Uuid,
    "child_id": Uuid,
    "parent_id": Uuid,
    "organization_id": Uuid,
    "actor_id": Uuid,
    "flow_id": Uuid,
    "priority": Integer,
    "attempt": Integer,
    "max_attempts": Integer,
    "crashes": Integer,
    "max_crashes": Integer,
    "lease": BigInteger,
    "lease_until": Timestamp,
    "run_at": Timestamp,
    "started_at": Timestamp,
    "finished_at": Timestamp,
    "created_at": Timestamp,
    "expires_at": Timestamp,
    "cancel_asked": Boolean,
    "parent": Boolean,
    "paused": Boolean,
    "held": Boolean,
    "progress": Float,
    "retain": Float,
    "pending": Integer,
    "limit": Integer,
    "count": BigInteger,
    "places": Integer,
    "lane_limit": Integer,
    "concurrency": Integer,
    "rate": Json,
    "error": Json,
    "at": Timestamp,
    "minute": Timestamp,
    "seconds": Float,
    "wait": Float,
    "run": Float,
    "earliest": Timestamp,
    "start": Uuid,
    "slack": Integer,
    "rate_seconds": Float,
    "period": Float,
    "completed": Integer,
    "failed": Integer,
    "dead": Integer,
    "stale": Integer,
    "due": Timestamp,
    "delay": Float,
    "until": Timestamp,
    "taken": Integer,
    "free": Integer,
    "shown": BigInteger,
    "older": Uuid,
    "after": Uuid,
}
"""The types of parameters and columns by name; what is not here is text."""

_SQLITE_NOW: Final = "COALESCE(:at, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))"
_POSTGRES_NOW: Final = "COALESCE(CAST(:at AS timestamptz), clock_timestamp())"
_MACROS: Final[dict[str, dict[str, str]]] = {
    "sqlite": {
        "now": _SQLITE_NOW,
        "later": "strftime('%Y-%m-%dT%H:%M:%f000Z', {moment}, ({seconds}) || ' seconds')",
        "elapsed": "((julianday({to}) - julianday({since})) * 86400.0)",
        "locked": "",
        "skipping": "",
    },
    "postgresql": {
        "now": _POSTGRES_NOW,
        "later": "({moment} + make_interval(secs => {seconds}))",
        "elapsed": "CAST(EXTRACT(EPOCH FROM ({to} - {since})) AS float8)",
        "locked": "FOR UPDATE",
        "skipping": "FOR UPDATE SKIP LOCKED",
    },
}


def later(dialect: str, seconds: str, moment: str | None = None) -> str:
    """SQL for a moment some seconds after the store's present (or another moment)."""
    macros = _MACROS[dialect]
    return macros["later"].format(moment=moment or macros["now"], seconds=seconds)


def elapsed(dialect: str, since: str, to: str | None = None) -> str:
    """SQL for the seconds from one moment to the store's present (or another moment)."""
    macros = _MACROS[dialect]
    return macros["elapsed"].format(since=since, to=to or macros["now"])


def fill(template: str, dialect: str) -> str:
    """The template with `<now>`, `<locked>` and `<skipping>` in the dialect's words."""
    for name in ("now", "locked", "skipping"):
        template = template.replace(f"<{name}>", _MACROS[dialect][name])
    return template


def _typed(names: str, types: dict[str, ColumnType] | None) -> dict[str, ColumnType]:
    known = {**TYPES, **(types or {})}
    return {name: known.get(name, Text()) for name in names.split()}


def change(
    *, given: str, sqlite: str, postgresql: str | None = None, types: dict[str, Any] | None = None
) -> Statement[None]:
    """As `both`, for a statement that returns nothing."""
    return both(None, given=given, sqlite=sqlite, postgresql=postgresql, types=types)  # type: ignore[arg-type]  # no row, no type of it


def both(
    row: type[T],
    *,
    given: str,
    rows: str = "",
    sqlite: str,
    postgresql: str | None = None,
    types: dict[str, Any] | None = None,
) -> Statement[T]:
    """A statement in both dialects; one text with `<now>` and the like where they differ by no more.

    Args:
        row: what a row becomes.
        given: the parameters' names; `at` is the store's present when it does not tell it itself.
        rows: the selected columns' names, in order.
        sqlite: the text, for PostgreSQL too unless that has its own.
        postgresql: the text for PostgreSQL.
        types: of names that `TYPES` does not know.
    """
    texts = {"sqlite": sqlite, "postgresql": postgresql or sqlite}
    parts = {
        dialect: sql(fill(text, dialect), given=_typed(given, types), rows=_typed(rows, types))
        for dialect, text in texts.items()
    }
    return statement(parts, row, unscoped=True)  # type: ignore[arg-type]  # keys are the dialects
