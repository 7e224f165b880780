"""Log lines: their form, their context, what is left out of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from backstay.kernel.observation import Moment, current_record
from backstay.kernel.settings import load
from backstay.kernel.telemetry import Telemetry, configure, get_logger
from tests.kernel.telemetry.records import ACTOR, finished


def lines(file: Path) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]


@pytest.fixture
def request_context() -> Iterator[None]:
    record = finished()
    record.trace_id = "a" * 32
    record.actor = ACTOR
    token = current_record.set(record)
    yield
    current_record.reset(token)


ACTORS = {"ada": ACTOR}
CONTEXT = {
    "request_id": "request-1",
    "trace_id": "a" * 32,
    "route": "/v1/notes/{note_id:uuid}",
    "actor": "00000000-0000-0000-0000-000000000007",
}


@pytest.mark.usefixtures("telemetry", "request_context")
def test_a_line_says_when_what_and_for_whom(log_file: Path) -> None:
    get_logger().info("order %s placed", "A1", amount=7, password="hush", order={"token": "hush", "n": 1})
    (line,) = lines(log_file)
    assert list(line)[:4] == ["time", "level", "logger", "event"]
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": __name__,
        "event": "order A1 placed",
        "amount": 7,
        "password": "********",
        "order": {"token": "********", "n": 1},
        **CONTEXT,
    }


@pytest.mark.usefixtures("telemetry", "request_context")
def test_the_standard_library_is_told_the_same_way(log_file: Path) -> None:
    logging.getLogger("sqlalchemy.pool").warning("%d left", 2, extra={"api_key": "hush", "pool": "main"})
    (line,) = lines(log_file)
    del line["time"]
    assert line == {
        "level": "warning",
        "logger": "sqlalchemy.pool",
        "event": "2 left",
        "api_key": "********",
        "pool": "main",
        **CONTEXT,
    }


@pytest.mark.usefixtures("telemetry")
def test_an_exception_comes_with_its_traceback_on_one_line(log_file: Path) -> None:
    for log in (get_logger("ours"), logging.getLogger("theirs")):
        try:
            ACTORS["no such thing"]
        except KeyError:
            log.exception("it failed")
    ours, theirs = lines(log_file)
    for line, name in ((ours, "ours"), (theirs, "theirs")):
        assert (line["level"], line["logger"], line["event"]) == ("error", name, "it failed")
        assert line["exception"].startswith("Traceback")
        assert line["exception"].endswith("KeyError: 'no such thing'")


@pytest.mark.usefixtures("telemetry")
def test_bound_values_and_context_variables_are_added(log_file: Path) -> None:
    with structlog.contextvars.bound_contextvars(job="nightly"):
        get_logger("a").bind(step=1).info("x")
    (line,) = lines(log_file)
    assert (line["job"], line["step"]) == ("nightly", 1)


@pytest.mark.usefixtures("telemetry")
def test_what_cannot_be_printed_does_not_fail_the_caller(log_file: Path) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no words")

        __repr__ = __str__

    record = logging.makeLogRecord({"name": "a", "msg": "%s", "args": (Broken(),)})
    (ours,) = (each for each in logging.getLogger().handlers if type(each).__module__.startswith("backstay"))
    ours.handle(record)
    get_logger("a").warning("x", thing=object(), text="\udcff")
    first, second = lines(log_file)
    assert first == {"level": "error", "event": "a log call of a failed"}
    assert second["thing"].startswith("<object object")
    assert second["text"] == r"\udcff"


def test_levels_are_those_of_each_logger(environ: dict[str, str], log_file: Path) -> None:
    environ["BACKSTAY_TELEMETRY_LOG_LEVEL"] = "warning"
    environ["BACKSTAY_TELEMETRY_LOG_LEVELS"] = "shop=debug,shop.noise=error"
    telemetry = configure(load(environ=environ))
    for name in ("other", "shop", "shop.cart", "shop.noise"):
        get_logger(name).info("structlog")
        logging.getLogger(name).info("standard")
        get_logger(name).warning("loud")
    telemetry.shutdown()
    assert [(line["logger"], line["event"]) for line in lines(log_file)] == [
        ("other", "loud"),
        ("shop", "structlog"),
        ("shop", "standard"),
        ("shop", "loud"),
        ("shop.cart", "structlog"),
        ("shop.cart", "standard"),
        ("shop.cart", "loud"),
    ]


def test_logging_is_given_back_as_it_was(environ: dict[str, str]) -> None:
    environ["BACKSTAY_TELEMETRY_LOG_LEVELS"] = "shop=debug"
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("shop").level)
    configure(load(environ=environ)).shutdown()
    assert (root.level, list(root.handlers), logging.getLogger("shop").level) == before


def test_a_request_has_one_access_line(telemetry: Telemetry, log_file: Path) -> None:
    record = finished(
        status=503,
        error="unavailable",
        milliseconds=12.3456,
        moments=(
            Moment("statement", "GET", 0, 1, {"rows": 1}),
            Moment("statement", "TAGS", 2, 1, {"rows": 0}),
            Moment("commit", "commit", 3, 1, None),
        ),
    )
    record.actor = ACTOR
    record.request_bytes, record.response_bytes = 10, 20
    telemetry.finish(record)
    (line,) = lines(log_file)
    del line["time"]
    assert line == {
        "level": "error",
        "logger": "backstay.access",
        "event": "request",
        "request_id": "request-1",
        "trace_id": record.trace_id,
        "method": "GET",
        "path": "/v1/notes/7",
        "route": "/v1/notes/{note_id:uuid}",
        "status": 503,
        "duration_ms": 12.346,
        "statements": 2,
        "request_bytes": 10,
        "response_bytes": 20,
        "actor": str(ACTOR.id),
        "error": "unavailable",
    }


def test_an_abandoned_request_has_a_line_too(telemetry: Telemetry, log_file: Path) -> None:
    record = finished(status=None)
    record.abandoned = True
    telemetry.finish(record)
    (line,) = lines(log_file)
    assert (line["level"], line["status"], line["abandoned"]) == ("error", None, True)


@pytest.mark.parametrize(
    ("route", "path", "shown"),
    [
        ("/v1/shared/{token:str}", "/v1/shared/hush", "/v1/shared/{token:str}"),
        ("/v1/notes/{note_id:uuid}", "/v1/notes/7", "/v1/notes/7"),
        (None, "/x" * 500, "/x" * 100),
    ],
)
def test_a_path_that_carries_a_secret_is_not_shown(
    telemetry: Telemetry, log_file: Path, route: str | None, path: str, shown: str
) -> None:
    telemetry.finish(finished(route=route, path=path))
    assert lines(log_file)[0]["path"] == shown


def test_access_lines_obey_their_level(environ: dict[str, str], log_file: Path) -> None:
    environ["BACKSTAY_TELEMETRY_LOG_LEVELS"] = "backstay.access=error"
    telemetry = configure(load(environ=environ))
    telemetry.finish(finished(status=200))
    telemetry.finish(finished(status=404))
    telemetry.finish(finished(status=500))
    telemetry.shutdown()
    assert [line["status"] for line in lines(log_file)] == [500]


def test_pretty_lines_are_for_people(environ: dict[str, str], log_file: Path) -> None:
    environ["BACKSTAY_TELEMETRY_LOG_FORMAT"] = "pretty"
    telemetry = configure(load(environ=environ))
    record = finished(path="/v1/\x1b[31mnotes")
    record.actor = ACTOR
    telemetry.finish(record)
    get_logger("shop").warning("low", left=2, password="hush")
    telemetry.shutdown()
    access, line = log_file.read_text().splitlines()
    assert access[8:] == r" 200 GET    /v1/\x1b[31mnotes 2.0 ms  0 statements, as ada, request-1"
    assert line[8:] == " [warning] low [shop] left=2 password=********"


def test_uvicorn_does_not_log_requests_again(environ: dict[str, str], log_file: Path) -> None:
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())
    telemetry = configure(load(environ=environ))
    logging.getLogger("uvicorn.access").info("GET / 200")
    logging.getLogger("uvicorn.error").info("Started")
    telemetry.shutdown()
    assert [line["event"] for line in lines(log_file)] == ["Started"]
