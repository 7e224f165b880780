"""Breakers: a kind that fails and fails waits, one job tries, and all go on when it works; on both databases."""

from __future__ import annotations

import pytest

from backstay.systems.jobs import JobState
from backstay.systems.jobs.service import breakers
from backstay.systems.jobs.service.retrying import RetryBudget
from tests.systems.jobs.worker.house import House
from tests.systems.jobs.worker.kinds import SEEN, WORKS, Add, Flaky, Independent


def test_a_budget_is_refilled_by_successes() -> None:
    budget = RetryBudget()
    assert [budget.retry() for _ in range(20)] == [True] * 20
    assert not budget.retry()
    for _ in range(5):
        budget.succeeded()
    assert budget.retry()
    assert not budget.retry()


async def test_a_kind_that_fails_waits_and_runs_again_when_a_probe_ends_well(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    WORKS.clear()
    # So that nobody waits for seconds; the waits themselves are tested on a clock of their own.
    monkeypatch.setattr(breakers, "FIRST_WAIT", 0.3)
    monkeypatch.setattr(breakers, "_SPREAD", 0.1)
    ids = await house.put(*(Flaky(n=number) for number in range(30)))

    async def is_open() -> bool:
        return [(one.kind, one.error) for one in await house.breakers.show()] == [
            ("kinds.flaky", "RuntimeError")
        ]

    await house.wait(is_open)
    # Another kind is not concerned.
    (other,) = await house.put(Add(a=1, b=2))
    assert (await house.ended(other)).state is JobState.COMPLETED
    # A job that is new meanwhile waits, and its attempts are its own.
    (late,) = await house.put(Flaky(n=99))

    async def a_probe_failed() -> bool:
        (breaker,) = await house.breakers.show()
        return breaker.probes > 0

    await house.wait(a_probe_failed)
    WORKS.set()
    assert {(await house.ended(job)).state for job in [*ids, late]} == {JobState.COMPLETED}
    assert await house.breakers.show() == []
    notes = [step.note for step in await house.store.history(house.actor.organization_id, late)]
    assert "too many jobs of this kind fail: it waits for a try to end well" in notes
    assert SEEN.count(("ended", 99)) == 1


async def test_a_kind_whose_jobs_are_independent_has_no_breaker(house: House) -> None:
    ids = await house.put(*(Independent(n=number) for number in range(30)))
    for job in ids:
        assert (await house.ended(job)).state is JobState.DEAD
    assert await house.breakers.show() == []
