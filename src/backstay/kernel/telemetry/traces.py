"""Finished records as OpenTelemetry spans, sent by OTLP over HTTP in the background.

Imported only when an endpoint is set. Nothing is traced while the work runs: the record has
every moment with its time, and the spans are made from it afterwards. Names follow the
semantic conventions for HTTP servers and database clients.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from backstay.kernel.observation import Moment, Record
from backstay.kernel.settings import Settings
from backstay.kernel.telemetry.access import shown_path
from backstay.kernel.telemetry.release import release

Attributes = dict[str, str | int | float | bool]

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_OK: Final = Status()
_FAILED: Final = Status(StatusCode.ERROR)
_SCOPE: Final = InstrumentationScope("backstay")
_QUEUE: Final = 8192
"""Spans that wait to be sent; further ones are dropped rather than held in memory."""
_FLUSH_MILLISECONDS: Final = 3000


class Tracer:
    """Turns records into spans and sends those in batches, from a thread of the SDK's own."""

    def __init__(self, settings: Settings) -> None:
        """Connects nothing yet. Headers for the receiver come from `OTEL_EXPORTER_OTLP_HEADERS`."""
        endpoint = (settings.telemetry.otlp_endpoint or "").rstrip("/")
        self._resource = Resource.create(
            {
                "service.name": settings.app.name,
                "service.version": release(),
                "deployment.environment.name": settings.app.environment,
            }
        )
        self._system = settings.database.url.partition(":")[0]
        # The bound of TraceIdRatioBased: every service with this ratio picks the same traces.
        self._bound = round(settings.telemetry.trace_ratio * (1 << 64))
        self._processor = BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces"), max_queue_size=_QUEUE)

    def finish(self, record: Record) -> None:
        """Queue the spans of a finished record, if its trace is sampled."""
        if self._sampled(record):
            for span in self.spans(record):
                self._processor.on_end(span)

    def _sampled(self, record: Record) -> bool:
        if record.parent_span_id is not None:
            return record.sampled
        return record.sampled and int(record.trace_id[16:], 16) < self._bound

    def spans(self, record: Record) -> Iterator[ReadableSpan]:
        """The server's span, then one a stage, statement and commit, each inside the stage it fell in."""
        trace_id = int(record.trace_id, 16)
        root = _context(trace_id, int(record.span_id, 16))
        caller = record.parent_span_id
        end = record.started_unix_ns + record.ended_ns - record.started_ns
        failed = record.status is None or record.status >= 500
        yield self._span(
            f"{record.method} {record.route}" if record.route else record.method,
            root,
            None if caller is None else _context(trace_id, int(caller, 16), remote=True),
            SpanKind.SERVER,
            (record.started_unix_ns, end),
            _request_attributes(record),
            failed=failed,
            events=[_event(record, moment) for moment in record.moments if not _is_span(moment)],
        )
        # Sorted like this, whatever contains a moment comes before it.
        moments = sorted(filter(_is_span, record.moments), key=lambda m: (m.started_ns, -m.duration_ns))
        around: list[tuple[int, SpanContext]] = []
        for moment in moments:
            finish = moment.started_ns + moment.duration_ns
            while around and around[-1][0] < finish:
                around.pop()
            context = _context(trace_id, random.getrandbits(64) or 1)
            started = record.started_unix_ns + moment.started_ns
            yield self._span(
                moment.name,
                context,
                around[-1][1] if around else root,
                SpanKind.INTERNAL if moment.kind == "stage" else SpanKind.CLIENT,
                (started, started + moment.duration_ns),
                self._moment_attributes(moment),
                failed="error" in _details(moment),
            )
            if moment.kind == "stage":
                around.append((finish, context))

    def _span(
        self,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        kind: SpanKind,
        times: tuple[int, int],
        attributes: Attributes,
        *,
        failed: bool,
        events: list[Event] | None = None,
    ) -> ReadableSpan:
        return ReadableSpan(
            name=name,
            context=context,
            parent=parent,
            resource=self._resource,
            attributes=attributes,
            events=events or (),
            kind=kind,
            status=_FAILED if failed else _OK,
            start_time=times[0],
            end_time=times[1],
            instrumentation_scope=_SCOPE,
        )

    def _moment_attributes(self, moment: Moment) -> Attributes:
        if moment.kind == "stage":
            return {}
        details = _details(moment)
        attributes: Attributes = {"db.system.name": self._system, "db.query.summary": moment.name}
        if moment.kind == "commit":
            attributes["db.operation.name"] = "COMMIT"
        if "rows" in details:
            attributes["db.response.returned_rows"] = details["rows"]
        if "batch" in details:
            attributes["db.operation.batch.size"] = details["batch"]
        if "error" in details:
            attributes["error.type"] = details["error"]
        return attributes

    def close(self) -> None:
        """Send what waits, for three seconds at most, and end the thread."""
        self._processor.force_flush(_FLUSH_MILLISECONDS)
        self._processor.shutdown()  # type: ignore[no-untyped-call]  # the SDK annotates only parameters


def _request_attributes(record: Record) -> Attributes:
    attributes: Attributes = {
        "http.request.method": record.method,
        "url.path": shown_path(record),
        "backstay.request_id": record.request_id,
        "http.request.body.size": record.request_bytes,
        "http.response.body.size": record.response_bytes,
    }
    if record.route is not None:
        attributes["http.route"] = record.route
    if record.status is not None:
        attributes["http.response.status_code"] = record.status
    if record.error is not None:
        attributes["error.type"] = record.error
    if record.actor is not None:
        attributes["user.id"] = str(record.actor.id)
    if record.abandoned:
        attributes["backstay.abandoned"] = True
    return attributes


def _is_span(moment: Moment) -> bool:
    return moment.kind in {"stage", "statement", "commit"}


def _details(moment: Moment) -> Mapping[str, Any]:
    return moment.detail if isinstance(moment.detail, Mapping) else {}


def _event(record: Record, moment: Moment) -> Event:
    """What has no length worth a span: a guard's decision, a retry, a note."""
    details = _details(moment) or ({} if moment.detail is None else {"detail": str(moment.detail)})
    attributes = {"name": moment.name, **{key: str(value) for key, value in details.items()}}
    time = record.started_unix_ns + moment.started_ns + moment.duration_ns
    return Event(moment.kind, attributes, timestamp=time)


def _context(trace_id: int, span_id: int, *, remote: bool = False) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=remote, trace_flags=_SAMPLED)
