"""`backstay jobs`, as an operator types it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backstay.kernel import migrations
from backstay.kernel.auth import DEMO, actor_of
from backstay.kernel.backend import start
from backstay.kernel.database import UnitOfWork
from backstay.kernel.settings import Principal, load
from backstay.systems.jobs import Job, Receipt
from backstay.systems.jobs.commands import jobs
from tests.systems.jobs.api.conftest import MODULES
from tests.systems.jobs.api.shop import Greet, Number


@pytest.fixture(autouse=True)
def _elsewhere(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(jobs, arguments, obj=lambda: MODULES)


def rows(*arguments: str) -> list[dict[str, object]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return list(json.loads(result.stdout))


def enqueue(*wanted: Job) -> Sequence[str]:
    """Jobs of the organization that the demo works in, on migrated tables."""

    async def go() -> list[str]:
        settings = load(MODULES)
        await migrations.up(settings.database.url, MODULES)
        async with start(settings, MODULES, services=False) as backend:

            async def work(uow: UnitOfWork) -> list[Receipt]:
                return [await job.enqueue(uow, delay=3600) for job in wanted]

            receipts = await backend.database.run(actor_of(Principal(name=DEMO)), work)
            return [str(receipt.id) for receipt in receipts]

    return asyncio.run(go())


def test_tables_that_are_not_there_are_named() -> None:
    result = run("list")
    assert result.exit_code == 1
    assert "backstay migrate up" in result.output


def test_jobs_are_listed_shown_cancelled_and_replayed() -> None:
    greet, number = enqueue(Greet(name="eve", api_token="s3cret"), Number(value=1))
    assert [one["id"] for one in rows("list")] == [number, greet]
    assert [one["id"] for one in rows("list", "--kind", "shop.greet", "--state", "scheduled")] == [greet]
    assert rows("list", "--organization", "house") == []
    table = run("list", "--limit", "1").output.splitlines()
    assert table[0].split() == ["id", "kind", "queue", "state", "attempt", "run_at", "error"]
    assert table[1].split()[:5] == [number, "shop.number", "shop", "scheduled", "0/1"]
    shown = run("show", greet).output
    assert json.loads(shown)["arguments"]["name"] == "eve"
    assert "s3cret" not in shown
    assert run("replay", greet).exit_code == 1
    assert run("cancel", greet).output == f"{greet} cancelled\n"
    assert run("replay", greet).output == f"{greet} replayed\n"
    assert [one["id"] for one in rows("list", "--state", "ready")] == [greet]


def test_what_is_not_there_is_said() -> None:
    enqueue()
    nowhere = "01938a5e-0000-7000-8000-000000000001"
    assert "no such job" in str(run("show", nowhere).exception)
    assert "an id, or `house`" in run("list", "--organization", "acme").output


def test_queues_are_paused_and_schedules_foreseen() -> None:
    enqueue(Number(value=1))
    assert run("pause", "shop").exit_code == 0
    assert [(one["queue"], one["scheduled"], one["paused"]) for one in rows("queues")] == [("shop", 1, True)]
    assert run("resume", "shop").exit_code == 0
    assert rows("queues")[0]["paused"] is False
    found = rows("simulate", "--since", "2026-10-25", "--until", "2026-10-26", "--schedule", "shop.nightly")
    assert [one["local"] for one in found] == ["2026-10-25T02:30:00+02:00"]
    names = [one["name"] for one in rows("schedules")]
    assert names == ["jobs.prune_probes", "shop.hourly", "shop.nightly", "shop.often"]
