"""Sample jobs beside a server: what is the server's stays its own, and its upkeep finds no lease over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backstay.kernel.clock import SystemClock
from backstay.kernel.database import Database
from backstay.kernel.module import compose, prepare_parts
from backstay.kernel.seeding import seed
from backstay.kernel.signing import Keys
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs import Jobs
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Claimed
from backstay.systems.jobs.module import module as jobs
from backstay.systems.jobs.service.probing import Probe
from tests.conftest import make_actor
from tests.house import open_house

MODULES = compose([idempotency, jobs])


@pytest.mark.parametrize("days", [0, 1])
async def test_samples_are_written_beside_a_server(
    database_url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """With a present of tomorrow the server's own job is due when the samples are claimed."""
    mia = make_actor("mia")
    environ = {"BACKSTAY_JOBS_EMBEDDED": "false"}
    async with open_house(MODULES, database_url, SystemClock(), environ=environ) as house:
        async with house.backend.database.transaction(mia) as uow:
            theirs = (await Probe(name="theirs").enqueue(uow)).id
        store = house.backend.part(Jobs).store
        claim, rescued = SqlStore.claim, []

        async def claim_then_tidy(self: SqlStore, *given: Any, **named: Any) -> Sequence[Claimed]:
            claimed = await claim(self, *given, **named)
            if self is not store:
                rescued.append((await store.sweep(100)).rescued)
            return claimed

        monkeypatch.setattr(SqlStore, "claim", claim_then_tidy)

        def prepare(database: Database) -> None:
            prepare_parts(MODULES, database, house.backend.settings)

        present = datetime.now(UTC) + timedelta(days=days)
        results = await seed(database_url, MODULES, keys=keys, actor=mia, present=present, prepare=prepare)
        assert "jobs" in {one.module for one in results if one.wrote}
        assert rescued == [0] * 10
        info = await store.get(mia.organization_id, theirs)
        assert info is not None
        assert (info.state, info.attempt) == (JobState.READY, 0)
        listed = (await house(mia, "GET", "/v1/jobs?limit=100")).json()["items"]
        states = Counter(one["state"] for one in listed)
        ended = sum(states[one] for one in ("completed", "dead", "cancelled"))
        # Each of the ten rounds claims four; with the server's job among them one of its own is left to be run.
        assert (ended, states.total()) == (40 - 10 * days, 40 + 1 + 4 + 3)
