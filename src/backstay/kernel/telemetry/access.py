"""The access line: one a request, also when it was abandoned or failed.

It is made straight from the record, past structlog's processors: it is written for every
request, and this way it costs a fifth.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct

from backstay.kernel.observation import Record
from backstay.kernel.telemetry.redaction import carries_secret

LOGGER: Final = "backstay.access"
_UNMATCHED_PATH: Final = 200
"""Characters of a path that no route matched: enough to see what was asked, too few to flood."""

_GREY, _RESET = "\x1b[2m", "\x1b[0m"
_COLOURS: Final = {2: "\x1b[32m", 3: "\x1b[36m", 4: "\x1b[33m", 5: "\x1b[31m"}

Level = Literal["info", "error"]


class AccessLine(Struct, omit_defaults=True):
    """The members of the line, in the order in which they are written."""

    time: datetime
    level: Level
    logger: str
    event: str
    """`request`, the same for every line, so that a search finds all of them."""
    request_id: str
    trace_id: str
    method: str
    path: str
    route: str | None
    status: int | None
    duration_ms: float
    statements: int
    request_bytes: int = 0
    response_bytes: int = 0
    actor: str | None = None
    """The actor's id; never a name, which may be a person's."""
    impersonator: str | None = None
    """Who acted in the actor's place."""
    error: str | None = None
    abandoned: bool = False


def access_line(record: Record) -> AccessLine:
    """The line of a finished record."""
    actor, status = record.actor, record.status
    return AccessLine(
        datetime.fromtimestamp((record.started_unix_ns + record.ended_ns - record.started_ns) / 1e9, UTC),
        "error" if status is None or status >= 500 else "info",
        LOGGER,
        "request",
        record.request_id,
        record.trace_id,
        record.method,
        shown_path(record),
        record.route,
        status,
        round((record.ended_ns - record.started_ns) / 1e6, 3),
        sum([moment.kind == "statement" for moment in record.moments]),
        record.request_bytes,
        record.response_bytes,
        None if actor is None else str(actor.id),
        None if actor is None or actor.impersonator_id is None else str(actor.impersonator_id),
        record.error,
        record.abandoned,
    )


def shown_path(record: Record) -> str:
    """The path as it may be shown: the template instead, where the path itself carries a secret."""
    route = record.route
    if route is None:
        return record.path[:_UNMATCHED_PATH]
    return route if carries_secret(route) else record.path


def json_line() -> Callable[[Record], bytes]:
    """Renders records as lines of JSON."""
    encode = msgspec.json.Encoder().encode

    def render(record: Record) -> bytes:
        return encode(access_line(record)) + b"\n"

    return render


def pretty_line(*, colours: bool) -> Callable[[Record], bytes]:
    """Renders records as lines for people."""

    def render(record: Record) -> bytes:
        line = access_line(record)
        status = str(line.status or "---")
        said = [
            f"{line.statements} statements" if line.statements != 1 else "1 statement",
            f"as {record.actor.name}" if record.actor is not None else "",
            f"acted by {line.impersonator}" if line.impersonator is not None else "",
            line.error or "",
            "abandoned" if line.abandoned else "",
            line.request_id,
        ]
        tail = ", ".join(part for part in said if part)
        time = line.time.astimezone().strftime("%H:%M:%S")
        path = line.path.encode("unicode_escape").decode()
        if colours:
            status = f"{_COLOURS.get((line.status or 500) // 100, '')}{status}{_RESET}"
            time, tail = f"{_GREY}{time}{_RESET}", f"{_GREY}{tail}{_RESET}"
        text = f"{time} {status} {line.method:<6} {path} {line.duration_ms:.1f} ms  {tail}\n"
        return text.encode("utf-8", "backslashreplace")

    return render


def wanted(record: Record, logger: logging.Logger) -> bool:
    """Whether the logger's level lets the line pass."""
    status = record.status
    return logger.isEnabledFor(logging.ERROR if status is None or status >= 500 else logging.INFO)
