"""What is chosen, and what becomes of it when the database is away or refuses a line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from backstay.kernel.database import CommitUnknown, Database, DatabaseUnavailable, UnitOfWork
from backstay.kernel.observation import Moment
from backstay.systems.traffic import CallCount, count_calls
from backstay.systems.traffic.contracts import OPERATE, READ
from backstay.systems.traffic.service import recording
from backstay.systems.traffic.service.recording import Budget, Recorder
from backstay.systems.traffic.service.rows import MAX_CAUSES
from backstay.systems.traffic.settings import TrafficSettings
from tests.conftest import make_actor
from tests.house import House
from tests.systems.traffic.conftest import a_record, detail, kept, recorder_of

OPERATOR = make_actor("operator", permissions=(READ.name, OPERATE.name))
Work = Callable[[UnitOfWork], Awaitable[Any]]


@pytest.fixture
def quiet(house: House, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A recorder that writes only when the test says so."""
    monkeypatch.setattr(recording, "FLUSH_EVERY", 3600)
    recorder = Recorder(house.backend)
    house.backend.hold(recorder)
    return recorder


class Away:
    """Stands between the recorder and its database."""

    def __init__(self, recorder: Recorder) -> None:
        self._database: Database = recorder._database
        self.failure: Exception | None = None
        self.after_commit = False
        self.units = 0
        recorder._database = self  # type: ignore[assignment]  # it only runs units and reads

    async def run(self, actor: Any, work: Work) -> None:
        self.units += 1
        if self.failure is not None and not self.after_commit:
            raise self.failure
        await self._database.run(actor, work)
        if self.failure is not None:
            raise self.failure


def test_a_budget_is_exact_in_every_second() -> None:
    budget = Budget(3)
    moments = [0.0, 0.1, 0.5, 0.999999999, 1.0, 1.2, 1.3, 1.4, 5.0]
    assert [budget.take(int(at * 1e9)) for at in moments] == [
        True,
        True,
        True,
        False,
        True,
        True,
        True,
        False,
        True,
    ]  # fmt: skip - a table reads better in columns
    # What comes late from an earlier second opens no new budget, in either direction.
    assert [budget.take(int(at * 1e9)) for at in (4.9, 5.1, 4.8, 5.2)] == [True, True, False, False]
    assert [Budget(0).take(0) for _ in range(2)] == [False, False]


async def test_failures_and_slow_requests_have_a_budget_of_their_own(house: House, quiet: Recorder) -> None:
    quiet._ordinary, quiet._notable = Budget(2), Budget(2)
    for _ in range(4):
        quiet.observe(a_record("/ordinary", second=10))
    for status, lasted in ((500, 0.0), (404, 0.0), (None, 0.0), (200, 60.0)):
        quiet.observe(a_record("/notable", status=status, second=10, lasted=lasted))
    quiet.observe(a_record("/slow", second=11, lasted=0.05))
    quiet.observe(a_record("/ordinary", second=11, lasted=0.04))
    assert (quiet.seen, quiet.kept, quiet.dropped, quiet.waiting) == (10, 6, 0, 6)
    lines = await kept(house, OPERATOR, "?sort=at")
    assert sorted(line["path"] for line in lines) == [*["/notable"] * 2, *["/ordinary"] * 3, "/slow"]
    reader, ever = house.backend.database.reader(OPERATOR), datetime(2100, 1, 1, tzinfo=UTC)
    begun = datetime(1970, 1, 1, tzinfo=UTC)
    assert await count_calls(reader, begun, ever) == CallCount(kept=6, left_out=4)


async def test_quiet_paths_are_skipped_unless_they_fail(house: House, quiet: Recorder) -> None:
    for path in ("/readyz", "/console", "/console/assets/x.js", "/v1/traffic/requests"):
        quiet.observe(a_record(path, second=1))
        quiet.observe(a_record(path, second=1, lasted=30))
    abandoned = a_record("/v1/traffic/stream", second=1)
    abandoned.abandoned = True
    quiet.observe(abandoned)
    assert quiet.kept == 0
    for path, status in (("/readyz", 503), ("/v1/console/x", 403), ("/consoles", 200), ("/v1/traffics", 200)):
        quiet.observe(a_record(path, status=status, second=1))
    lines = await kept(house, OPERATOR)
    assert {line["path"] for line in lines} == {"/readyz", "/v1/console/x", "/consoles", "/v1/traffics"}


async def test_a_batch_is_one_transaction(house: House, quiet: Recorder) -> None:
    away = Away(quiet)
    for number in range(recording.MAX_BATCH + 7):
        quiet.observe(a_record(f"/{number}", second=number))
    await quiet.flush()
    assert (away.units, quiet.waiting) == (2, 0)
    await quiet.flush()
    assert away.units == 2


async def test_what_the_database_does_not_take_waits_within_bounds(
    house: House, quiet: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MAX_BUFFERED", 300)
    away = Away(quiet)
    away.failure = DatabaseUnavailable()
    for number in range(100):
        quiet.observe(a_record(f"/{number}", second=number))
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            await quiet.flush()
        assert (quiet.waiting, quiet.dropped) == (100, 0)
    for number in range(100, 400):
        quiet.observe(a_record(f"/{number}", second=number))
    assert (quiet.waiting, quiet.dropped, quiet.kept) == (300, 100, 400)
    with pytest.raises(DatabaseUnavailable):
        await quiet.flush()
    assert (quiet.waiting, quiet.dropped) == (300, 100)
    away.failure = None
    await quiet.flush()
    assert (quiet.waiting, quiet.dropped) == (0, 100)
    written: list[str] = []
    query = "/v1/traffic/requests?sort=at&limit=100"
    while query:
        page = (await house(OPERATOR, "GET", query)).json()
        written += [line["path"] for line in page["items"]]
        cursor = page["next_cursor"]
        query = f"/v1/traffic/requests?sort=at&limit=100&cursor={cursor}" if cursor else ""
    assert written == [f"/{number}" for number in range(100, 400)]


async def test_bodies_do_not_wait_as_they_came(quiet: Recorder) -> None:
    for number in range(300):
        record = a_record(second=number)
        record.request_body = b'{"x":"' + b"y" * 10_000 + b'"}'
        quiet.observe(record)
    assert len(quiet._buffer) == 200
    assert {len(row["request_body"]) for row in quiet._rows} == {4096 + 1}


async def test_a_commit_in_doubt_is_neither_lost_nor_doubled(house: House, quiet: Recorder) -> None:
    away = Away(quiet)
    away.failure, away.after_commit = CommitUnknown(), True
    quiet.observe(a_record("/one", second=1))
    with pytest.raises(CommitUnknown):
        await quiet.flush()
    quiet.observe(a_record("/two", second=2))
    away.after_commit = False  # the next time it breaks off before anything is stored
    with pytest.raises(CommitUnknown):
        await quiet.flush()
    assert quiet.waiting == 2
    away.failure = None
    await quiet.flush()
    assert sorted(line["path"] for line in await kept(house, OPERATOR)) == ["/one", "/two"]
    assert (quiet.waiting, quiet.dropped) == (0, 0)


async def test_a_line_that_no_database_takes_does_not_hold_up_the_others(
    house: House, quiet: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(5):
        record = a_record(f"/{number}", second=number)
        if number == 2:
            record.request_bytes = 2**70
        quiet.observe(record)
    with caplog.at_level(logging.CRITICAL):
        assert len(await kept(house, OPERATOR)) == 4
    assert (quiet.waiting, quiet.dropped) == (0, 1)


async def test_odd_requests_are_kept(house: House) -> None:
    record = a_record("/odd\0path", second=1)
    record.route = None
    record.moments = [Moment("note", "n", 0, 0, object())]
    record.request_headers = [(b"x-odd", b"\xff\0\xfe")]
    record.request_body = b"[" * 3000
    record.query = b"%00=%ff&a"
    recorder_of(house).observe(record)
    deep = a_record("/deep", second=2)
    deep.request_body = b"[" * 900 + b'{"password":"hunter2"}' + b"]" * 900
    recorder_of(house).observe(deep)
    lines = await kept(house, OPERATOR)
    assert {line["path"] for line in lines} == {"/odd\ufffdpath", "/deep"}
    assert recorder_of(house).dropped == 0
    for line in lines:
        assert "hunter2" not in str(await detail(house, OPERATOR, line["id"]))


async def test_very_many_causes_keep_the_first_and_the_last(house: House) -> None:
    record = a_record(second=1)
    record.moments = [Moment("statement", f"s{n}", n * 1000, 10, None) for n in range(500)]
    recorder_of(house).observe(record)
    (line,) = await kept(house, OPERATOR)
    causes = (await detail(house, OPERATOR, line["id"]))["causes"]
    assert len(causes) == MAX_CAUSES + 1
    assert [cause["name"] for cause in (causes[0], causes[189], causes[190], causes[-2])] == [
        "s0",
        "s189",
        "s490",
        "s499",
    ]  # fmt: skip - a table reads better in columns
    assert (causes[-1]["kind"], causes[-1]["name"], line["statements"]) == ("note", "300 more", 500)


async def test_what_waits_is_written_when_the_server_stops(house: House) -> None:
    recorder = Recorder(house.backend)
    running = asyncio.create_task(recorder.run())
    await asyncio.sleep(0)
    recorder.observe(a_record("/last", second=1))
    recorder.stop()
    async with asyncio.timeout(5):
        await running
    assert [line["path"] for line in await kept(house, OPERATOR)] == ["/last"]


def test_bodies_are_kept_in_development_only_unless_asked() -> None:
    assert TrafficSettings().bodies is None
