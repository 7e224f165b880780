"""`backstay worker` without a server: what is published is handed over and takes effect, on both databases."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.backend import start
from backstay.kernel.settings import load
from backstay.systems.jobs import Jobs
from tests.systems.events import working
from tests.systems.events.shop import OrderPlaced, value
from tests.templates import migrate

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.lab


@pytest.mark.parametrize("dispatch", [True, False])
async def test_a_worker_alone_hands_events_over(
    database_url: str, tmp_path: Path, actor: Actor, dispatch: bool
) -> None:
    environment = {
        "DATABASE_URL": database_url,
        "BACKSTAY_APP_ENVIRONMENT": "test",
        "BACKSTAY_APP_DATA_DIR": str(tmp_path / "var"),
        "BACKSTAY_APP_MODULES": "tests.systems.events.working:MODULES",
        "BACKSTAY_DATABASE_AUTO_MIGRATE": "false",
    }
    await migrate(database_url, working.MODULES)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backstay.cli", "worker"),
        cwd=ROOT,
        env={**os.environ, **environment, "BACKSTAY_EVENTS_DISPATCH": str(dispatch).lower()},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            assert b"serves" in await process.stderr.readline()
        settings = load(working.MODULES, environment, None)
        async with start(settings, working.MODULES, services=False) as backend:
            for amount in (3, 4):
                async with backend.database.transaction(actor) as uow:
                    uow.publish(OrderPlaced(order="o", amount=amount))
                    await working.Mark().enqueue(uow)
            reader, store = backend.reader(actor), backend.part(Jobs).store

            async def both_marks() -> bool:
                return sum(one.completed for one in await store.minutes(600) if one.queue == "marks") == 2

            async with asyncio.timeout(60):
                while not await both_marks() or (dispatch and await value(reader, "turnover") != 7):  # noqa: ASYNC110 - another process counts
                    await asyncio.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                assert await process.wait() == 0
            assert await value(reader, "turnover") == (7 if dispatch else 0)
            await store.close()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
