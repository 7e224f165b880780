"""What the house measures of itself, and how a finished record becomes numbers.

Names follow OpenTelemetry's semantic conventions, written as Prometheus writes names. The
tables in docs/telemetry.md list all of it; a test keeps them true.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from backstay.kernel.observation import Record
from backstay.kernel.telemetry.metrics import DURATIONS, OTHER, metrics
from backstay.kernel.telemetry.slots import Cell

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED: Final = "unmatched"
"""The route of requests that no route took."""
NO_STATUS: Final = "none"
"""The status of requests that were not answered."""
STATEMENT_SECONDS: Final = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5)
LAG_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

REQUESTS: Final = metrics.counter(
    "http_server_requests_total", "Requests that have ended.", ["method", "route", "status"]
)
REQUEST_SECONDS: Final = metrics.histogram(
    "http_server_request_duration_seconds",
    "From the first byte read to the last byte handed over.",
    ["method", "route"],
)
ACTIVE_REQUESTS: Final = metrics.gauge("http_server_active_requests", "Requests that have not ended yet.")
ABANDONED: Final = metrics.counter(
    "http_server_abandoned_requests_total", "Requests whose client went away before the end.", ["route"]
)
PROBLEMS: Final = metrics.counter(
    "http_server_problems_total", "Answers that were problems, by their stable code.", ["route", "code"]
)
STATEMENT_DURATION: Final = metrics.histogram(
    "db_client_operation_duration_seconds",
    "Statements by name, and `commit`.",
    ["operation"],
    STATEMENT_SECONDS,
)
RETRIES: Final = metrics.counter(
    "db_client_retries_total", "Units of work that ran again because they lost a race.", ["reason"]
)
CONNECTIONS: Final = metrics.gauge(
    "db_client_connections", "Connections to the database, by state.", ["state"]
)
WAITING: Final = metrics.gauge(
    "db_client_pending_requests", "Requests that wait for a connection to the database."
)
LAG: Final = metrics.histogram(
    "event_loop_lag_seconds",
    "How late the event loop came to a timer that was due.",
    buckets=LAG_SECONDS,
)
CPU: Final = metrics.counter("process_cpu_seconds_total", "Processor time that all workers have used.")
MEMORY: Final = metrics.gauge("process_resident_memory_bytes", "Resident memory of a worker.", merge="each")
UP_SINCE: Final = metrics.gauge(
    "process_start_time_seconds", "When a worker started, Unix time.", merge="each"
)
LINES_LOST: Final = metrics.counter(
    "log_lines_lost_total", "Log lines that could not be written: disk full, reader gone."
)

HOUSE: Final = tuple(metrics.metrics.values())
"""The metrics that are there without any module."""

_STATUS_TEXTS: Final = {status: str(status) for status in range(100, 600)}


def measure(record: Record) -> None:
    """Count a finished record."""
    seconds = (record.ended_ns - record.started_ns) / 1e9
    with metrics.lock:  # once: what each metric's own method does is done here for all of them
        known = metrics.together.get((record.method, record.route, record.status))
        requests, durations = known or _cells_of(record)
        requests.add(0, 1.0)
        durations.observe(bisect_left(DURATIONS, seconds) + 1, seconds)
        for moment in record.moments:
            kind = moment.kind
            if kind in {"stage", "guard"}:  # most of them
                continue
            if kind in {"statement", "commit"}:
                seconds = moment.duration_ns / 1e9
                bucket = bisect_left(STATEMENT_SECONDS, seconds) + 1
                STATEMENT_DURATION.cell((moment.name,)).observe(bucket, seconds)
            elif kind == "retry":
                RETRIES.inc(moment.name)
    if record.abandoned:
        ABANDONED.inc(record.route or UNMATCHED)
    if record.error is not None:
        PROBLEMS.inc(record.route or UNMATCHED, record.error)


def _cells_of(record: Record) -> tuple[Cell, Cell]:
    """Where a request is counted, and where its time is; remembered together, while both have room."""
    method = record.method if record.method in METHODS else OTHER
    route = record.route or UNMATCHED
    status = record.status
    told = NO_STATUS if status is None else _STATUS_TEXTS.get(status) or str(status)
    cells = REQUESTS.cell((method, route, told)), REQUEST_SECONDS.cell((method, route))
    # What is counted under `other` for want of room is told of each time; other methods are without number.
    if method != OTHER and REQUESTS.has((method, route, told)) and REQUEST_SECONDS.has((method, route)):
        metrics.together[method, record.route, status] = cells
    return cells
