"""Unhandled exceptions, read back from kent, which speaks Sentry's protocol."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.observation import current_record
from backstay.kernel.settings import SettingsError, load
from backstay.kernel.telemetry import configure, get_logger
from tests.kernel.telemetry.records import ACTOR, finished, wait_until
from tests.kernel.telemetry.servers import fetch, free_port, running


class DATA:
    """Kept away from the code below, whose lines are part of a report."""

    card = "4111 1111 1111 1111"
    password = "hush"
    path = "/v1/orders/hush"
    words = "DETAIL:  Key (email)=(ann@example.com) already exists. Ask bob@example.com, Bearer tugboat"


@pytest.fixture
def kent(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    program = Path(sys.executable).with_name("kent-server")
    with running([program, "run", "--host=127.0.0.1", f"--port={port}"], port, tmp_path / "kent.log"):
        yield port


def place_order(card: str) -> None:
    """Fails as a driver fails: with other people's data in its words."""
    assert card
    raise LookupError(DATA.words)


def test_an_unhandled_exception_is_reported_without_the_person(kent: int, environ: dict[str, str]) -> None:
    environ["SENTRY_DSN"] = f"http://key@127.0.0.1:{kent}/1"
    telemetry = configure(load(environ=environ))
    record = finished(method="POST", path=DATA.path, route="/v1/orders/{order_id:uuid}")
    record.actor = ACTOR
    token = current_record.set(record)
    try:
        place_order(DATA.card)
    except LookupError:
        get_logger("shop").exception("it failed", password=DATA.password)
    finally:
        current_record.reset(token)
    get_logger("shop").error("without an exception")
    get_logger("shop").warning("too mild", exc_info=ValueError("expected"))
    telemetry.shutdown()

    listed: list[Any] = []

    def arrived() -> bool:
        listed[:] = fetch(f"http://127.0.0.1:{kent}/api/eventlist/")["events"]
        return bool(listed)

    wait_until(arrived)
    (one,) = listed
    event = fetch(f"http://127.0.0.1:{kent}/api/event/{one['event_id']}")["payload"]["body"]
    (exception,) = event["exception"]["values"]
    assert exception["type"] == "LookupError"
    assert exception["value"] == (
        "DETAIL:  Key (email)=([value]) already exists. Ask [email], Bearer [credentials]"
    )
    assert exception["stacktrace"]["frames"][-1]["function"] == "place_order"
    assert event["transaction"] == "POST /v1/orders/{order_id:uuid}"
    assert event["tags"] == {
        "request_id": "request-1",
        "trace_id": record.trace_id,
        "route": "/v1/orders/{order_id:uuid}",
        "method": "POST",
    }
    assert event["user"] == {"id": str(ACTOR.id)}
    assert (event["environment"], event["release"].partition("@")[0]) == ("development", "backstay")
    told = repr(event)
    for secret in ("hush", "4111", "ann@", "bob@", "tugboat", "ada"):
        assert secret not in told


def test_a_dsn_without_the_package_is_told_at_start(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    monkeypatch.delitem(sys.modules, "backstay.kernel.telemetry.sentry", raising=False)
    environ["SENTRY_DSN"] = "http://key@127.0.0.1:9/1"
    with pytest.raises(SettingsError) as caught:
        configure(load(environ=environ))
    (problem,) = caught.value.problems
    assert (problem.setting, problem.source) == ("telemetry.sentry_dsn", "environment SENTRY_DSN")
    assert "pip install 'backstay[sentry]'" in problem.words
