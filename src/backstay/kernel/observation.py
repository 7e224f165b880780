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
from typing import Any, ClassVar, Final, Literal

from msgspec import Struct

from backstay.kernel.actor import Actor

MomentKind = Literal["stage", "statement", "commit", "guard", "retry", "note", "event", "job", "mail"]


class Moment(Struct, frozen=True):
    """One thing that the work did or caused."""

    kind: MomentKind
    name: str
    """A statement's name, a stage (`authenticate`, `handler`, `encode`), a permission."""
    started_ns: int
    """Nanoseconds since the record began."""
    duration_ns: int
    detail: Any
    """Small and JSON-encodable: rows returned, `allowed` or `denied`; never a parameter's value."""


class Record:
    """The notes on one piece of work; created at the edge, read by observers when it has ended."""

    __slots__ = (
        "_ended",
        "abandoned",
        "actor",
        "client",
        "ended_ns",
        "error",
        "method",
        "moments",
        "parent_span_id",
        "path",
        "query",
        "request_body",
        "request_bytes",
        "request_headers",
        "request_id",
        "response_body",
        "response_bytes",
        "response_headers",
        "route",
        "sampled",
        "span_id",
        "started_ns",
        "started_unix_ns",
        "status",
        "trace_id",
    )

    open: ClassVar[int] = 0
    """Records of this process that have begun and not ended."""

    def __init__(self, *, method: str, path: str, request_id: str, trace_id: str, span_id: str) -> None:
        self.method = method
        self.path = path
        """As sent, without the query string."""
        self.route: str | None = None
        """The route's template (`/v1/notes/{note_id:uuid}`), the only form metrics may use as a label."""
        self.request_id = request_id
        self.trace_id = trace_id
        self.span_id = span_id
        self.parent_span_id: str | None = None
        self.sampled = True
        self.started_unix_ns = time.time_ns()
        self.started_ns = time.perf_counter_ns()
        self.ended_ns = self.started_ns
        """When the last byte was handed over, by the same clock; set by `end`."""
        self.moments: list[Moment] = []
        self.status: int | None = None
        """The HTTP status that was sent; None when none was."""
        self.error: str | None = None
        """The stable code of the problem, or `unhandled:<type>`."""
        self.actor: Actor | None = None
        self.client: str | None = None
        """The caller's address as the trusted proxies tell it; observers store nothing that shows it."""
        self.request_bytes = 0
        self.response_bytes = 0
        self.abandoned = False
        """The client went away before the answer was complete."""
        self.query = b""
        """The query string as sent. Like the four below it may hold secrets: observers redact."""
        self.request_headers: Sequence[tuple[bytes, bytes]] = ()
        self.response_headers: Sequence[tuple[bytes, bytes]] = ()
        self.request_body: bytes | None = None
        """What was read of it, by reference; None for streams."""
        self.response_body: bytes | None = None
        self._ended = False
        Record.open += 1

    def end(self) -> None:
        """Note that the work has ended; observers are called after this."""
        self.ended_ns = time.perf_counter_ns()
        if not self._ended:
            self._ended = True
            Record.open -= 1

    def note(self, kind: MomentKind, name: str, started_ns: int, detail: Any = None) -> None:
        """Add a moment that began at `started_ns` (from `time.perf_counter_ns`) and ends now."""
        now = time.perf_counter_ns()
        self.moments.append(Moment(kind, name, started_ns - self.started_ns, now - started_ns, detail))


current_record: Final[ContextVar[Record | None]] = ContextVar("backstay_record", default=None)
"""The record of the work in this context, if its edge keeps one."""
