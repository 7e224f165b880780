from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.systems.audit import record, verify
from backstay.systems.audit.module import module as audit
from backstay.systems.idempotency.module import module as idempotency
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.tables import run_sql

MODULES = [idempotency, audit]
# Without rounds of its own: here the tests say when it signs and prunes.
_QUIET = [idempotency, replace(audit, services=())]


class Trail:
    """An organization's trail."""

    def __init__(self, house: House, actor: Actor) -> None:
        self.house = house
        self.actor = actor
        self.database = house.backend.database

    async def add(self, *actions: str, **more: Any) -> None:
        async def work(uow: UnitOfWork) -> None:
            for action in actions:
                record(uow, action, subject=("thing", 1), **more)

        await self.database.run(self.actor, work)

    async def __call__(self, method: str, path: str, json: Any = None) -> Any:
        answer = await self.house(self.actor, method, f"/v1/audit{path}", json)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.headers.get("content-type") == "application/json" else answer

    async def sql(self, text: str) -> None:
        """What somebody with the database in their hands could do: the triggers are out of their way."""
        if self.database.dialect == "sqlite":
            for name in ("audit_keep_record", "audit_keep_records"):
                await run_sql(self.database, f"DROP TRIGGER IF EXISTS {name}")
        else:
            await run_sql(self.database, "ALTER TABLE audit_records DISABLE TRIGGER USER")
        await run_sql(self.database, text)

    async def problem(self) -> str | None:
        found = await verify(self.database.reader(self.actor))
        assert found.valid is (found.problem is None)
        return found.problem


@pytest.fixture
async def trail(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Trail]:
    async with open_house(_QUIET, database_url, clock, data_dir=tmp_path) as house:
        yield Trail(house, make_actor("ada"))
