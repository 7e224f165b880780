"""What a process hears of the commits of others."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backstay.kernel.database.sqlite import connect
from backstay.kernel.database.sqlite_watch import Watch


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = str(tmp_path / "watched.db")
    writer = connect(path, read_only=False)
    writer.execute("CREATE TABLE things (number INTEGER)").close()
    writer.close()
    return path


async def test_a_commit_elsewhere_is_heard_and_a_rollback_is_not(file: str) -> None:
    watch = Watch(lambda: connect(file, read_only=True))
    heard: asyncio.Queue[None] = asyncio.Queue()
    listening = asyncio.create_task(watch.listen(lambda: heard.put_nowait(None)))
    await heard.get()  # the first look: whatever was committed before
    writer = connect(file, read_only=False)
    writer.execute("BEGIN IMMEDIATE").close()
    writer.execute("INSERT INTO things VALUES (1)").close()
    writer.execute("ROLLBACK").close()
    writer.execute("INSERT INTO things VALUES (2)").close()
    await heard.get()
    assert heard.empty()
    writer.close()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    watch.stop()
    assert heard.empty()


def test_a_listener_whose_loop_ended_stops_nobody_else(file: str) -> None:
    watch = Watch(lambda: connect(file, read_only=True))
    gone = asyncio.new_event_loop()
    abandoned = gone.create_task(watch.listen(lambda: None))
    gone.run_until_complete(asyncio.sleep(0))

    async def hear() -> None:
        heard = asyncio.Event()
        listening = asyncio.create_task(watch.listen(heard.set))
        await asyncio.sleep(0)
        gone.close()
        heard.clear()
        writer = connect(file, read_only=False)
        writer.execute("INSERT INTO things VALUES (3)").close()
        writer.close()
        await heard.wait()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)

    asyncio.run(hear())
    watch.stop()
    assert not abandoned.done()


def test_stopping_what_never_ran_is_nothing(file: str) -> None:
    Watch(lambda: connect(file, read_only=True)).stop()
