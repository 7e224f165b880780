"""Nothing is left behind: not after success, failure or interruption, nor after the lab itself was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from backstay.kernel.guarantees import LabError
from backstay.proving.databases import Databases, postgres_url
from backstay.proving.ledger import Entry, Ledger, beginning, lab_root, members, reap
from tests.plugins.servers import POSTGRES

from .conftest import TINY, alive

pytestmark = pytest.mark.lab


async def databases_of_the_lab() -> set[str]:
    connection = await asyncpg.connect(POSTGRES)
    rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'backstay_lab_%'")
    await connection.close()
    return {row["datname"] for row in rows}


async def no_drop(name: str) -> None:
    raise AssertionError(name)


def sleeper(*, children: bool = False) -> subprocess.Popen[bytes]:
    """A process group that would live for ever; with children, whose leader leaves them behind when it dies."""
    line = "sleep 1000 & sleep 1000 & wait" if children else "sleep 1000"
    return subprocess.Popen(["sh", "-c", line], start_new_session=True)


async def test_settling_ends_the_whole_group_and_removes_the_folder() -> None:
    ledger = Ledger.open()
    process = sleeper(children=True)
    ledger.note(Entry("process", str(process.pid), beginning(process.pid)))
    async with asyncio.timeout(5):
        while len(members(process.pid)) < 3:  # noqa: ASYNC110 - no event tells of grandchildren
            await asyncio.sleep(0.005)
    group = members(process.pid)
    await ledger.settle(no_drop)
    assert members(process.pid) == []
    assert not any(alive(pid) for pid in group)
    assert not ledger.folder.exists()
    process.wait()


async def test_a_stranger_with_a_reused_number_is_left_alone() -> None:
    ledger = Ledger.open()
    process = sleeper()
    ledger.note(Entry("process", str(process.pid), "some other beginning"))
    await ledger.settle(no_drop)
    assert alive(process.pid)
    process.kill()
    process.wait()


async def test_a_ledger_line_cut_short_by_a_crash_is_passed_over() -> None:
    ledger = Ledger.open()
    with (ledger.folder / "ledger.jsonl").open("ab") as file:
        file.write(b'{"kind": "proc')
    assert [entry.kind for entry in ledger.entries()] == ["owner"]


async def test_a_living_run_is_not_reaped() -> None:
    ledger = Ledger.open()
    assert not ledger.abandoned
    assert await reap(no_drop) == []
    assert ledger.folder.exists()


@pytest.mark.needs("postgres")
async def test_a_database_is_made_and_dropped_with_whoever_is_connected() -> None:
    ledger = Ledger.open()
    databases = Databases("postgres", ledger, POSTGRES)
    database = await databases.create()
    assert database.name in await databases_of_the_lab()
    visitor = await asyncpg.connect(database.url)
    await ledger.settle(databases.drop)
    assert database.name not in await databases_of_the_lab()
    visitor.terminate()
    await databases.drop(database.name)


@pytest.mark.needs("postgres")
async def test_sessions_of_one_database_are_ended_and_no_others() -> None:
    ledger = Ledger.open()
    databases = Databases("postgres", ledger, POSTGRES)
    struck, spared = await databases.create(), await databases.create()
    visitor, bystander = await asyncpg.connect(struck.url), await asyncpg.connect(spared.url)
    ended = asyncio.Event()
    visitor.add_termination_listener(lambda _: ended.set())
    assert await databases.end_sessions(struck.name) == 1
    await ended.wait()
    assert await bystander.fetchval("SELECT 1") == 1
    await bystander.close()
    await ledger.settle(databases.drop)


async def test_sqlite_has_no_sessions_to_end() -> None:
    with pytest.raises(LabError, match="SQLite has no sessions to end"):
        await Databases("sqlite", Ledger.open()).end_sessions("any")


async def test_an_absent_postgresql_is_told_with_what_to_do() -> None:
    databases = Databases("postgres", Ledger.open(), "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(LabError, match=r"no PostgreSQL for the lab .* set BACKSTAY_LAB_POSTGRES to the URL"):
        await databases.create()


def test_where_postgresql_is_looked_for() -> None:
    there = "postgresql://me@there/x"
    assert postgres_url({"BACKSTAY_LAB_POSTGRES": there, "DATABASE_URL": "postgresql://other/x"}) == there
    assert postgres_url({"DATABASE_URL": there}) == there
    assert postgres_url({"DATABASE_URL": "sqlite:///x", "USER": "ada"}) == (
        "postgresql://ada@127.0.0.1:5432/postgres"
    )


def python(script: str, stdout: int, stderr: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", script], text=True, stdout=stdout, stderr=stderr)


CRASHING = """
import asyncio, os, sys
sys.path.insert(0, {tests!r})
from backstay.kernel.guarantees import History
from backstay.proving.databases import Databases
from backstay.proving.lab import Laboratory, Setting
from backstay.proving.ledger import Ledger
from backstay.proving.process import Launch

async def main():
    ledger = Ledger.open()
    other = Databases("postgres", ledger, {postgres!r})
    database = await other.create()
    setting = Setting(guarantee="x", engine="sqlite", seed=1, trials=1, safety="break",
                      launch=Launch((sys.executable, {app!r}, "{{port}}"), {{}}))
    async with Laboratory(setting, History(), ledger, Databases("sqlite", ledger)) as lab:
        server = await lab.server()
        print(server.processes[0].pid, database.name, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.needs("postgres")
async def test_what_a_killed_lab_left_is_cleared_by_the_next_run() -> None:
    script = CRASHING.format(tests=str(TINY.parent), postgres=POSTGRES, app=str(TINY / "app.py"))
    lab = python(script, stdout=subprocess.PIPE)
    assert lab.stdout is not None
    server, database = (await asyncio.to_thread(lab.stdout.readline)).split()
    lab.kill()
    lab.wait()
    lab.stdout.close()
    assert alive(int(server)), "a killed lab cannot have cleared anything away"
    (folder,) = lab_root().glob("run-*")

    settled = await reap(Databases("postgres", Ledger.open(), POSTGRES).drop)

    assert settled == [folder]
    assert not alive(int(server))
    assert database not in await databases_of_the_lab()
    assert not folder.exists()


async def test_databases_that_cannot_be_dropped_now_are_left_to_the_next_run() -> None:
    folder = lab_root() / "run-dead"
    folder.mkdir()
    ledger = Ledger(folder)
    ledger.note(Entry("owner", "999999999", "long ago"))
    ledger.note(Entry("database", "backstay_lab_x"))

    async def unreachable(name: str) -> None:
        raise LabError(name)

    assert await reap(unreachable) == []
    assert folder.exists()
    dropped = []

    async def drop(name: str) -> None:
        dropped.append(name)

    assert await reap(drop) == [folder]
    assert dropped == ["backstay_lab_x"]


INTERRUPTED = """
import signal
import sys
sys.path.insert(0, {tiny!r})
import tempfile
from guarantees import items_survive_kill
from rich.console import Console
from backstay.kernel.guarantees import History
from backstay.proving.command import run
from backstay.proving.plan import Plan
from backstay.proving.process import Launch

# A shell that starts a job in the background lets it ignore SIGINT, and its children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
run(Plan(guarantees=(items_survive_kill,), engines=("sqlite",), seed=1, trials=10000,
         launch=Launch((sys.executable, {app!r}, "{{port}}"), {{}})), console=Console(), events=sys.stderr)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_interrupted_run_clears_everything_away(lab_home: Path, number: int) -> None:
    script = INTERRUPTED.format(tiny=str(TINY), app=str(TINY / "app.py"))
    lab = python(script, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert lab.stderr is not None
    # Wait until a server is being loaded and killed.
    async with asyncio.timeout(20):
        while '"kind":"kill"' not in await asyncio.to_thread(lab.stderr.readline):
            pass
    (ledger,) = [Ledger(folder) for folder in lab_root().glob("run-*")]
    groups = [int(entry.name) for entry in ledger.entries() if entry.kind == "process"]
    lab.send_signal(number)
    _, told = await asyncio.to_thread(lab.communicate, timeout=20)
    assert lab.returncode != 0
    assert "stopped; everything the lab had started is cleared away" in told
    assert groups
    assert all(members(group) == [] for group in groups)
    assert list(lab_root().iterdir()) == []
    assert os.getpid() != lab.pid
