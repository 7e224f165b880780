"""Runs started from the console, in a real process that speaks as `backstay prove` does."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.errors import BackstayError
from backstay.systems.console import service
from backstay.systems.console.contracts import StartProof
from backstay.systems.console.errors import AlreadyProving, NoSuchGuarantee, NoSuchProof
from tests.systems.console.conftest import ADA, GUEST, Harness, Opener

REQUEST = StartProof(guarantee="boxes-arrive", engine="sqlite")

SPEAKS = """
import json, os, sys
print(json.dumps({"event": "run", "arguments": sys.argv[1:], "data_dir": os.environ["BACKSTAY_APP_DATA_DIR"]}))
print("a line that is no event")
print(json.dumps(["nor", "this"]))
print(json.dumps({"event": "verdict", "outcome": "held"}))
"""
FAILS = """
import sys
print("Usage: backstay prove", file=sys.stderr)
sys.exit(2)
"""
VIOLATED = """
import sys
print("a table that repeats the verdict", file=sys.stderr)
sys.exit(1)
"""
LASTS = """
import json, signal, sys, threading
told = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: told.set())
print(json.dumps({"event": "started"}), flush=True)
told.wait(60)
print(json.dumps({"event": "kept"}), flush=True)
"""

DEAF = """
import json, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(json.dumps({"event": "started"}), flush=True)
time.sleep(60)
"""


def running(app: Harness, script: str) -> service.Running:
    return service.Running(app.backend, (sys.executable, "-c", script))


async def told(run_events: AsyncIterator[tuple[int, Any]]) -> list[Any]:
    return [
        json.loads(json.dumps(event)) if isinstance(event, dict) else event async for _, event in run_events
    ]


class TestRunning:
    async def test_passes_on_every_event_and_ends(self, app: Harness, tmp_path: Path) -> None:
        here = running(app, SPEAKS)
        started = await here.start(
            StartProof(guarantee="boxes-arrive", engine="postgres", sabotage=True, seed=7)
        )
        assert (started.guarantee, started.engine, started.sabotage) == ("boxes-arrive", "postgres", True)
        *events, ended = await told(here.run(started.id).follow())
        arguments = "--guarantee boxes-arrive --engine postgres --events - --sabotage --seed 7"
        assert events == [
            {"event": "run", "arguments": arguments.split(), "data_dir": str(tmp_path)},
            {"event": "verdict", "outcome": "held"},
        ]
        assert (ended.event, ended.exit, ended.error) == ("ended", 0, "")

    async def test_who_comes_late_hears_the_rest(self, app: Harness) -> None:
        here = running(app, SPEAKS)
        run = here.run((await here.start(REQUEST)).id)
        whole = [place async for place, _ in run.follow()]
        assert whole == [1, 2, 3]
        assert [place async for place, _ in run.follow(2)] == [3]
        assert [place async for place, _ in run.follow(3)] == []

    async def test_says_why_it_could_not_run(self, app: Harness) -> None:
        here = running(app, FAILS)
        (ended,) = await told(here.run((await here.start(REQUEST)).id).follow())
        assert (ended.exit, ended.error) == (2, "Usage: backstay prove")

    async def test_a_violation_is_told_once(self, app: Harness) -> None:
        here = running(app, VIOLATED)
        (ended,) = await told(here.run((await here.start(REQUEST)).id).follow())
        assert (ended.exit, ended.error) == (1, "")

    async def test_a_command_that_is_not_there_ends_the_run(self, app: Harness) -> None:
        here = service.Running(app.backend, ("/no/such/program",))
        (ended,) = await told(here.run((await here.start(REQUEST)).id).follow())
        assert (ended.exit, ended.error) == (-1, "The run could not be started: No such file or directory.")

    async def test_one_at_a_time(self, app: Harness) -> None:
        here = running(app, LASTS)
        first = await here.start(REQUEST)
        try:
            with pytest.raises(AlreadyProving):
                await here.start(REQUEST)
        finally:
            await here.close()
        assert here.run(first.id).ended
        assert (await here.start(REQUEST)).id != first.id
        await here.close()

    async def test_is_asked_to_clear_up_before_it_ends(self, app: Harness) -> None:
        here = running(app, LASTS)
        run = here.run((await here.start(REQUEST)).id)
        events = run.follow()
        assert await anext(events) == (1, {"event": "started"})
        run.stop()
        *cleared, ended = await told(events)
        assert (cleared, ended.exit) == ([{"event": "kept"}], 0)

    async def test_the_end_of_the_server_ends_it(self, app: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service.running, "_PATIENCE", 0.2)
        here = running(app, DEAF)
        run = here.run((await here.start(REQUEST)).id)
        events = run.follow()
        assert await anext(events) == (1, {"event": "started"})
        await here.close()
        process = run.process
        assert process is not None
        assert await process.wait() == -9
        (ended,) = await told(events)
        assert (ended.exit, ended.error) == (-1, "The server stopped before the run could clear up.")

    async def test_may_be_stopped_while_it_is_being_started(self, app: Harness) -> None:
        here = running(app, LASTS)
        run = here.run((await here.start(REQUEST)).id)
        run.stop()
        *_, ended = await told(run.follow())
        assert ended.event == "ended"

    async def test_forgets_the_oldest(self, app: Harness) -> None:
        here = running(app, VIOLATED)
        ids = []
        for _ in range(9):
            ids.append((await here.start(REQUEST)).id)
            await told(here.run(ids[-1]).follow())
        with pytest.raises(NoSuchProof):
            here.run(ids[0])
        assert here.run(ids[1]).ended

    @pytest.mark.parametrize(
        "request_",
        [
            StartProof(guarantee="no-such", engine="sqlite"),
            StartProof(guarantee="boxes-are-counted", engine="sqlite"),
        ],
    )
    async def test_only_what_is_promised_there(self, app: Harness, request_: StartProof) -> None:
        with pytest.raises(NoSuchGuarantee):
            await running(app, SPEAKS).start(request_)


class TestWhoMay:
    async def start(self, app: Harness, headers: dict[str, str]) -> tuple[int, str]:
        body = {"guarantee": "boxes-arrive", "engine": "sqlite"}
        answer = await app.client.post("/v1/console/proofs", json=body, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    async def test_not_those_without_the_permission(self, app: Harness) -> None:
        assert await self.start(app, GUEST) == (403, "forbidden")
        assert await self.start(app, {}) == (401, "unauthenticated")

    @pytest.mark.parametrize(
        "environ",
        [
            {"BACKSTAY_APP_ENVIRONMENT": "test"},
            {"BACKSTAY_HTTP_WORKERS": "2"},
        ],
    )
    async def test_nobody_where_it_could_harm_or_be_lost(
        self, open_console: Opener, environ: dict[str, str]
    ) -> None:
        async with open_console(**environ) as app:
            assert await self.start(app, ADA) == (403, "proving_not_allowed")
            assert (await app.get("/v1/console/guarantees"))["can_prove"] is False

    @pytest.mark.parametrize(("method", "path"), [("GET", "/stream"), ("DELETE", "")])
    async def test_a_run_of_another_process_is_not_there(self, app: Harness, method: str, path: str) -> None:
        answer = await app.client.request(method, f"/v1/console/proofs/abc{path}", headers=ADA)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_proof")

    async def test_what_was_refused_left_nothing(self, app: Harness) -> None:
        with pytest.raises(BackstayError):
            app.backend.part(service.Running).run("abc")
