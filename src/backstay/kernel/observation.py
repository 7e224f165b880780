"""What one piece of work (a request, later a job) did, noted down as it happens.

The database, the HTTP façade and the guards append moments to the record of the present
context; telemetry turns a finished record into spans, metrics and log lines, and the
traffic system shows it as a waterfall. Appending a tuple to a list is all that the hot
path pays; everything costly happens once, after the response.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Final, Literal

from msgspec import Struct, field
from typing_extensions import override

from backstay.kernel.actor import Actor

MomentKind = Literal["stage", "statement", "commit", "guard", "retry", "note", "event", "job", "mail"]


class Moment(Struct, frozen=True, gc=False):
    """One thing that the work did or caused."""

    kind: MomentKind
    name: str
    """A statement's name, a stage (`authenticate`, `handler`, `encode`), a permission."""
    started_ns: int
    """Nanoseconds since the record began."""
    duration_ns: int
    detail: Any
    """Small and JSON-encodable: rows returned, `allowed` or `denied`; never a parameter's value."""


class _Open:
    """How many records of this process have begun and not ended.

    No attribute of `Record` itself: to set one of a class makes Python forget where it found all the others,
    and what a request does with its record took twice as long.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


OPEN: Final = _Open()


class Record(Struct, kw_only=True, eq=False):
    """The notes on one piece of work; created at the edge, read by observers when it has ended."""

    method: str
    path: str
    """As sent, without the query string."""
    request_id: str
    trace_id: str
    span_id: str
    parent_span_id: str | None = None
    sampled: bool = True
    route: str | None = None
    """The route's template (`/v1/notes/{note_id:uuid}`), the only form metrics may use as a label."""
    started_unix_ns: int = field(default_factory=time.time_ns)
    started_ns: int = field(default_factory=time.perf_counter_ns)
    ended_ns: int = 0
    """When the last byte was handed over, by the same clock; set by `end`."""
    moments: list[Moment] = field(default_factory=list)
    status: int | None = None
    """The HTTP status that was sent; None when none was."""
    error: str | None = None
    """The stable code of the problem, or `unhandled:<type>`."""
    actor: Actor | None = None
    client: str | None = None
    """The caller's address as the trusted proxies tell it; observers store nothing that shows it."""
    request_bytes: int = 0
    response_bytes: int = 0
    abandoned: bool = False
    """The client went away before the answer was complete."""
    query: bytes = b""
    """The query string as sent. Like the four below it may hold secrets: observers redact."""
    request_headers: Sequence[tuple[bytes, bytes]] = ()
    response_headers: Sequence[tuple[bytes, bytes]] = ()
    request_body: bytes | None = None
    """What was read of it, by reference; None for streams."""
    response_body: bytes | None = None
    _ended: bool = False

    def __post_init__(self) -> None:
        self.ended_ns = self.started_ns
        OPEN.count += 1

    @override
    def __repr__(self) -> str:
        """Without what may be secret, as it could end up in a log."""
        return f"<Record {self.method} {self.route} {self.request_id}>"

    def end(self) -> None:
        """Note that the work has ended; observers are called after this."""
        self.ended_ns = time.perf_counter_ns()
        if not self._ended:
            self._ended = True
            OPEN.count -= 1

    def note(self, kind: MomentKind, name: str, started_ns: int, detail: Any = None) -> int:
        """Add a moment that began at `started_ns` (from `time.perf_counter_ns`) and ends now; tells when."""
        now = time.perf_counter_ns()
        self.moments.append(Moment(kind, name, started_ns - self.started_ns, now - started_ns, detail))
        return now


current_record: Final[ContextVar[Record | None]] = ContextVar("backstay_record", default=None)
"""The record of the work in this context, if its edge keeps one."""
