"""Keys against their model: Hypothesis looks for a sequence of events that tells the two apart.

`make model EXAMPLES=2000` looks for longer, on both databases.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from backstay.kernel.clock import ManualClock
from backstay.systems.idempotency import queries
from backstay.systems.idempotency.service import Claims
from backstay.systems.idempotency.service.surrounding import Replaying
from tests.systems.idempotency.conftest import OpenHouse
from tests.systems.idempotency.machine import LEASE, RETENTION, Harbour, KeyMachine, dying

EXAMPLES = int(os.environ.get("BACKSTAY_TEST_EXAMPLES", "12"))
STEPS = 30
ENVIRON = {
    "BACKSTAY_IDEMPOTENCY_LEASE": str(LEASE),
    "BACKSTAY_IDEMPOTENCY_RETENTION": str(RETENTION),
}


async def explore(open_desk: OpenHouse, clock: ManualClock, **chosen: Any) -> Harbour:
    """Let Hypothesis look for a sequence that tells the two apart; it fails with the shortest."""
    async with open_desk(**ENVIRON) as first, open_desk(**ENVIRON) as second:
        for house in (first, second):
            dying(house.backend.part(Claims))
        harbour = Harbour((first, second), clock, asyncio.get_running_loop())
        machine = type("Machine", (KeyMachine,), {"harbour": harbour})
        wanted = settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # The same sequences at every run of the tests, and others whenever somebody looks for longer.
            derandomize="BACKSTAY_TEST_EXAMPLES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        )
        await asyncio.to_thread(run_state_machine_as_test, machine, settings=settings(wanted, **chosen))
        return harbour


@pytest.mark.slow
async def test_no_sequence_of_events_tells_keys_from_their_model(
    open_desk: OpenHouse, clock: ManualClock
) -> None:
    harbour = await explore(open_desk, clock)
    assert harbour.sequences >= EXAMPLES
    # It went where the trouble is.
    assert min(harbour.executed, harbour.replays, harbour.zombies) > 0


async def _unfenced(claims: Claims, uow: Any, claim: Any, answer: Any) -> None:
    await uow.all(queries.CONCLUDE, **claims._concluding(claim, answer))


async def _forgotten(claims: Claims, claim: Any, answer: Any) -> None:
    await claims.release(claim)


async def _afterwards(replaying: Any, request: Any, uow: Any, answer: Any) -> None:
    """The answer is kept in a commit of its own, when the effect has long been committed."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "name", "bug"),
    [(Claims, "conclude", _unfenced), (Claims, "keep", _forgotten), (Replaying, "conclude", _afterwards)],
)
async def test_the_model_notices(
    open_desk: OpenHouse, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, bug: Any
) -> None:
    monkeypatch.setattr(owner, name, bug)
    with pytest.raises(AssertionError):
        await explore(open_desk, clock, phases=[Phase.generate], max_examples=30, report_multiple_bugs=False)
