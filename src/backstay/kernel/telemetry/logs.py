"""Logs: structlog in front, the standard library's levels behind, one line a call.

`get_logger()` gives a structlog logger whose levels are those of the standard library's
logger of the same name, so `telemetry.log_levels` rules both, and what uvicorn, Alembic or
SQLAlchemy log comes out in the same form with the same context.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec
from typing_extensions import override

from backstay.kernel.observation import Record, current_record
from backstay.kernel.settings import REDACTED, TelemetrySettings
from backstay.kernel.telemetry.access import LOGGER as ACCESS
from backstay.kernel.telemetry.access import json_line, pretty_line, wanted
from backstay.kernel.telemetry.lean import structlog
from backstay.kernel.telemetry.redaction import looks_secret, redacted
from backstay.kernel.telemetry.sink import RotatingFile, Sink, StreamSink

Event = MutableMapping[str, Any]
Report = Callable[[BaseException], None]

_FIRST: Final = ("time", "level", "logger", "event")
_STANDARD_ERROR: Final = 2

_QUIET: Final = {"uvicorn.access": logging.CRITICAL, "asyncio": logging.WARNING}
"""uvicorn's access lines would repeat ours."""


def get_logger(name: str | None = None) -> structlog.stdlib.BoundLogger:
    """A logger called after the module that asks, or `name`.

        log = get_logger()
        log.info("order placed", order_id=order.id)

    Keys that look secret are redacted; request id, trace id, route and actor are added.
    """
    name = name or sys._getframe(1).f_globals.get("__name__", "backstay")  # noqa: SLF001 - as `logging` does
    return structlog.stdlib.get_logger(name)


class Logs:
    """The configured logs of this process."""

    def __init__(self, settings: TelemetrySettings, report: Report | None = None) -> None:
        """Route all logging through one sink; `report` is told of exceptions logged as errors.

        Raises:
            OSError: the log file cannot be opened.
        """
        pretty = settings.log_format != "json"
        colours = pretty and settings.log_file is None and sys.stderr.isatty()
        self.sink = _sink(settings)
        self._access = pretty_line(colours=colours) if pretty else json_line()
        self._access_logger = logging.getLogger(ACCESS)
        self._handler = _Handler(self.sink, _formatter(pretty=pretty, colours=colours), report)
        self._levels_before: dict[str, int] = {}
        self._install(settings)

    def _install(self, settings: TelemetrySettings) -> None:
        root = logging.getLogger()
        root.addHandler(self._handler)
        levels = {
            **_QUIET,
            **{name: logging.getLevelName(level.upper()) for name, level in settings.log_levels.items()},
        }
        for name, level in {"": logging.getLevelName(settings.log_level.upper()), **levels}.items():
            logger = logging.getLogger(name or None)
            self._levels_before[name] = logger.level
            logger.setLevel(level)
        for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
            # uvicorn gives its loggers handlers of their own; with them every line would come twice.
            logging.getLogger(name).handlers.clear()
            logging.getLogger(name).propagate = True
        structlog.configure(
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.PositionalArgumentsFormatter(),
                structlog.processors.StackInfoRenderer(),
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
            cache_logger_on_first_use=False,
        )

    def access(self, record: Record) -> None:
        """Write the access line of a finished record."""
        if wanted(record, self._access_logger):
            self.sink.write(self._access(record))

    def close(self) -> None:
        """Give logging back as it was found."""
        logging.getLogger().removeHandler(self._handler)
        for name, level in self._levels_before.items():
            logging.getLogger(name or None).setLevel(level)
        structlog.reset_defaults()
        self.sink.close()


class _Handler(logging.Handler):
    """Writes every line to the sink, and tells of exceptions."""

    def __init__(self, sink: Sink, formatter: logging.Formatter, report: Report | None) -> None:
        super().__init__()
        self.sink = sink
        self.setFormatter(formatter)
        self._report = report

    @override
    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - a value that cannot be printed must not fail the caller
            self.sink.write(f'{{"level":"error","event":"a log call of {record.name} failed"}}\n'.encode())
            return
        self.sink.write(line.encode("utf-8", "backslashreplace") + b"\n")
        if self._report is not None and record.levelno >= logging.ERROR:
            error = _exception(record)
            if error is not None:
                self._report(error)


def _exception(record: logging.LogRecord) -> BaseException | None:
    """The exception that the line is about; structlog keeps it in the event, the standard library beside."""
    given: Any = record.msg.get("exc_info") if isinstance(record.msg, dict) else record.exc_info
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return cast("BaseException | None", given[1])
    return sys.exc_info()[1] if given else None


def _sink(settings: TelemetrySettings) -> Sink:
    if settings.log_file is None:
        return StreamSink(_STANDARD_ERROR)
    return RotatingFile(settings.log_file, max_bytes=settings.log_max_bytes, backups=settings.log_backups)


def _formatter(*, pretty: bool, colours: bool) -> logging.Formatter:
    render: list[Any] = (
        [_local_time, _console(colours=colours)]
        if pretty
        else [structlog.processors.format_exc_info, _to_json]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _drop_message],
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            _add_context,
            _redact,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *render,
        ],
    )


def _drop_message(_logger: object, _method: str, event: Event) -> Event:
    """Leave out the copy of the event that a handler before ours left on the standard library's record."""
    event.pop("message", None)
    event.pop("asctime", None)
    return event


def _add_context(_logger: object, _method: str, event: Event) -> Event:
    """Say which request the line belongs to, and when it was written."""
    written: logging.LogRecord = event["_record"]
    event["time"] = datetime.fromtimestamp(written.created, UTC)
    record = current_record.get()
    if record is not None:
        event.setdefault("request_id", record.request_id)
        event.setdefault("trace_id", record.trace_id)
        event.setdefault("route", record.route)
        if record.actor is not None:
            event.setdefault("actor", str(record.actor.id))
    return event


def _redact(_logger: object, _method: str, event: Event) -> Event:
    for key, value in event.items():
        if key not in {"_record", "exc_info"}:
            event[key] = REDACTED if looks_secret(key) else redacted(value)
    return event


def _to_json(_logger: object, _method: str, event: Event) -> str:
    line = {key: event.pop(key) for key in _FIRST if key in event}
    line.update(event)
    try:
        return msgspec.json.encode(line, enc_hook=str).decode()
    except UnicodeEncodeError:
        return msgspec.json.encode(_printable(line), enc_hook=str).decode()


def _printable(value: Any) -> Any:
    """The value without lone surrogates, which file names and headers may bring and UTF-8 cannot say."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_printable(key): _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list) else value


def _local_time(_logger: object, _method: str, event: Event) -> Event:
    """What a person at a terminal wants of the context: the time here, and no ids but the request's."""
    event["timestamp"] = event.pop("time").astimezone().strftime("%H:%M:%S")
    for key in ("trace_id", "actor", "route"):
        event.pop(key, None)
    return event


def _console(*, colours: bool) -> Any:
    return structlog.dev.ConsoleRenderer(
        colors=colours, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0, pad_level=False
    )
