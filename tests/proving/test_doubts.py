"""Good news is doubted: what a run does not believe, and what it does when it cannot tell."""

from __future__ import annotations

import asyncio
from types import ModuleType

import pytest

from backstay.kernel.guarantees import (
    Lab,
    LabError,
    Outcome,
    Verdict,
    guarantee,
    held_if,
    not_applicable,
    weaker,
)
from backstay.proving.process import Launch
from backstay.proving.results import exit_status
from backstay.proving.runner import prove

from .checks import check, only
from .conftest import plan

pytestmark = pytest.mark.lab


async def test_without_a_sign_that_the_bug_was_planted_nothing_is_concluded() -> None:
    launch = Launch(("sh", "-c", "unset BACKSTAY_LAB_SABOTAGE; exec $0 $1 {port}", *launch_of_tiny()), {})

    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        await (await lab.server()).get("/counter")
        return held_if(False, "caught")

    result = await only(of_this_test, sabotage=True, launch=launch)
    assert result.outcome == "inconclusive"
    assert result.reason == "the bug was not planted in the server: does it call plant_sabotage()? caught"


def launch_of_tiny() -> tuple[str, str]:
    return plan().launch.argv[:2]  # type: ignore[return-value]  # of two parts


async def test_a_check_that_asked_nothing_is_not_believed() -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        return held_if(True)

    assert (await only(of_this_test)).reason == "no operation was acknowledged, so nothing was tried"


async def test_a_check_whose_fault_never_happened_is_not_believed() -> None:
    @check(faults=["kill", "pause"])
    async def of_this_test(lab: Lab) -> Verdict:
        server = await lab.server()
        await server.get("/counter")
        await server.kill()
        return held_if(True)

    result = await only(of_this_test)
    assert result.reason == "the check ended without SIGSTOP having happened"
    assert exit_status(await prove(plan(of_this_test))) == 2


async def test_a_check_that_raises_is_inconclusive_and_says_where() -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        server = await lab.server()
        return held_if((await server.get("/counter"))["colour"] == 1)

    result = await only(of_this_test)
    assert result.outcome == "inconclusive"
    assert result.reason.startswith("the check itself failed: KeyError: 'colour' at ")


async def test_what_a_client_raises_inside_a_load_reaches_the_verdict() -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        await lab.server()

        async def refuse(_: object) -> None:
            raise LabError("not today")

        await lab.clients(2).each(1, refuse)
        return held_if(True)

    assert (await only(of_this_test)).reason == "not today"


async def test_a_check_that_hangs_is_given_up() -> None:
    @check(timeout=0.5)
    async def of_this_test(lab: Lab) -> Verdict:
        await asyncio.Event().wait()
        return held_if(True)

    assert (await only(of_this_test)).reason == "no verdict within 0.5 s"


async def test_a_server_that_does_not_start_is_inconclusive() -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        await lab.server()
        return held_if(True)

    result = await only(of_this_test, launch=Launch(("false",), {}))
    assert result.outcome == "inconclusive"
    assert result.reason == "server 1 ended before it was ready; it printed: nothing"


@pytest.mark.parametrize(
    ("verdict", "outcome"), [(weaker("one node"), "weaker"), (not_applicable("no wire"), "not-applicable")]
)
async def test_weaker_and_not_applicable_are_no_failures(verdict: Verdict, outcome: str) -> None:
    @check()
    async def of_this_test(lab: Lab) -> Verdict:
        return verdict

    proofs = await prove(plan(of_this_test))
    assert proofs[0].results[0].outcome == outcome
    assert exit_status(proofs) == 0


async def test_a_promise_of_one_engine_is_not_applicable_on_the_other(tiny: ModuleType) -> None:
    result = await only(tiny.counter_is_exact, engines=("postgres",))
    assert result.sentence == "not applicable: the promise is not made on postgres"


async def test_an_engine_that_is_not_there_is_inconclusive() -> None:
    made = guarantee("anywhere", promise="", safety="probe")(lambda lab: asyncio.sleep(0, held_if(True)))
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    result = await only(made, engines=("postgres",), postgres_url=nowhere)
    assert result.outcome == Outcome.INCONCLUSIVE
    assert result.reason.startswith("no PostgreSQL for the lab (")
