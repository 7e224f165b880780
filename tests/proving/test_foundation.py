"""The house's core guarantees, on both engines: each holds, and a part of them catches every planted bug.

This drives the real `backstay serve` with the house's modules; it takes minutes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from backstay.app import MODULES
from backstay.kernel.guarantees import Engine, Guarantee, refuse_unfit
from backstay.kernel.guarantees.sabotage import refuse_unfit_patch
from backstay.proving.ledger import lab_root
from backstay.proving.plan import Plan
from backstay.proving.results import exit_status
from backstay.proving.runner import prove

GUARANTEES = tuple(guarantee for module in MODULES for guarantee in module.guarantees)

PLANTED_HERE: dict[Engine, set[str]] = {
    "sqlite": {
        "acknowledged-survives-kill",
        "failed-commit-is-told",
        "note-is-whole-or-absent",
        "walk-meets-every-note-once",
        "zombies-change-nothing",
    },
    "postgres": {
        "counter-is-exact",
        "stale-if-match-changes-nothing",
        "jobs-happen-once",
        "last-owner-stays",
        "refresh-reuse-ends-the-session",
    },
}
"""Whose bugs are planted in every run of the tests; `make prove-all` plants all of them, for half an hour."""

on_each_engine = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))]
)


def test_the_foundation_promises_what_it_is_to_promise() -> None:
    refuse_unfit(GUARANTEES)
    assert {
        "acknowledged-survives-kill",
        "failed-commit-is-told",
        "sigterm-loses-nothing",
        "counter-is-exact",
        "stale-if-match-changes-nothing",
        "note-is-whole-or-absent",
        "walk-meets-every-note-once",
    } <= {guarantee.name for guarantee in GUARANTEES if guarantee.core}


@pytest.mark.parametrize("guarantee", GUARANTEES, ids=[one.name for one in GUARANTEES])
def test_every_planted_bug_is_called_as_what_it_replaces(guarantee: Guarantee) -> None:
    # As a server of the lab has done by then, and one of the bugs looks for it.
    import_module("backstay.kernel.http.serve.server")
    for sabotage in guarantee.sabotages:
        planted: list[str] = []

        def patch(owner: Any, attribute: str, replacement: Any, found: list[str] = planted) -> None:
            refuse_unfit_patch(guarantee.name, owner, attribute, replacement)
            found.append(attribute)

        sabotage.plant(patch)
        assert planted, sabotage.words


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.timeout(900)
@on_each_engine
@pytest.mark.parametrize("sabotage", [False, True], ids=["as it is", "with planted bugs"])
async def test_the_core_holds_and_catches(engine: Engine, sabotage: bool) -> None:
    # What PostgreSQL holds it holds by the same code; there each run tries those whose bugs it plants.
    whole = engine == "sqlite" and not sabotage
    names = PLANTED_HERE["postgres"] if not sabotage else PLANTED_HERE[engine]
    guarantees = tuple(one for one in GUARANTEES if (one.core if whole else one.name in names))
    plan = Plan(guarantees=guarantees, engines=(engine,), seed=20261121, sabotage=sabotage, jobs=2)
    proofs = await prove(plan)
    outcomes = {result.sentence for proof in proofs for result in proof.results if not result.passed}
    assert outcomes == set()
    assert exit_status(proofs) == 0
    assert list(lab_root().iterdir()) == []
