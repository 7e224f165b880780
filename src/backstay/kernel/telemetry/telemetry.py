"""The telemetry of one process: made at start, told of every finished record, ended at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from backstay.kernel.observation import Record
from backstay.kernel.settings import Problem, Settings, SettingsError
from backstay.kernel.telemetry.exposition import CONTENT_TYPE, exposition
from backstay.kernel.telemetry.logs import Logs, get_logger
from backstay.kernel.telemetry.measures import measure
from backstay.kernel.telemetry.metrics import metrics
from backstay.kernel.telemetry.sampler import PoolStats, Sampler
from backstay.kernel.telemetry.sink import Sink

METRICS_FOLDER: Final = "metrics"
"""Inside the data directory: one small file a worker."""


class Telemetry:
    """Logs, metrics, traces and error reports of this process."""

    def __init__(self, settings: Settings) -> None:
        """Use `configure`."""
        telemetry = settings.telemetry
        self._reporter = _reporter(settings)
        self._logs = Logs(telemetry, None if self._reporter is None else self._reporter.report)
        self._tracer = _tracer(settings)
        self._sampler: Sampler | None = None
        self._measuring = telemetry.metrics
        if self._measuring:
            metrics.label_sets = telemetry.label_sets
            self._share(settings)

    def _share(self, settings: Settings) -> None:
        try:
            metrics.share(settings.app.data_dir / METRICS_FOLDER)
        except OSError as error:
            get_logger("backstay.telemetry").warning(
                "metrics of this worker are not added to those of the others", reason=str(error)
            )

    @property
    def sink(self) -> Sink:
        """Where the log lines go."""
        return self._logs.sink

    def watch(self, pool: Callable[[], PoolStats]) -> None:
        """Sample the process and the database's pool once a second, on the running event loop."""
        if self._measuring:
            self._sampler = Sampler(pool, lambda: self.sink.lost)
            self._sampler.start()

    def finish(self, record: Record) -> None:
        """Write, count and trace a finished record; the first of the backend's observers."""
        self._logs.access(record)
        if self._measuring:
            measure(record)
        if self._tracer is not None:
            self._tracer.finish(record)

    def metrics_text(self) -> tuple[bytes, str]:
        """What `/metrics` answers, and its content type: the numbers of every worker on this machine."""
        if self._sampler is not None:
            self._sampler.sample()
        return exposition(metrics), CONTENT_TYPE

    def shutdown(self) -> None:
        """Send what waits and give everything back; takes five seconds at most. Blocks: call it last."""
        if self._sampler is not None:
            self._sampler.stop()
        if self._tracer is not None:
            self._tracer.close()
        if self._reporter is not None:
            self._reporter.close()
        if self._measuring:
            metrics.reset()
        self._logs.close()


def configure(settings: Settings) -> Telemetry:
    """Set up the telemetry of this process; call once, before anything logs.

    Raises:
        SettingsError: a DSN is set and sentry-sdk is not installed.
        OSError: the log file cannot be opened.
    """
    return Telemetry(settings)


class _Tracer(Protocol):
    def finish(self, record: Record) -> None: ...
    def close(self) -> None: ...


class _Reporter(Protocol):
    def report(self, error: BaseException) -> None: ...
    def close(self) -> None: ...


def _tracer(settings: Settings) -> _Tracer | None:
    if settings.telemetry.otlp_endpoint is None:
        return None
    # Eighteen megabytes that a server without a receiver does not carry.
    from backstay.kernel.telemetry.traces import Tracer

    return Tracer(settings)


def _reporter(settings: Settings) -> _Reporter | None:
    if settings.telemetry.sentry_dsn is None:
        return None
    try:
        # The package is an extra, and its import costs as much as the rest of the telemetry.
        from backstay.kernel.telemetry.sentry import ErrorReporter
    except ModuleNotFoundError as error:
        source = settings.source("telemetry.sentry_dsn")
        problem = Problem("telemetry.sentry_dsn", source, "needs sentry-sdk: pip install 'backstay[sentry]'")
        raise SettingsError([problem]) from error
    return ErrorReporter(settings)
