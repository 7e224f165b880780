"""Checks of a test's own, and the one result of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from backstay.kernel.guarantees import (
    Guarantee,
    Safety,
    guarantee,
)
from backstay.kernel.guarantees.registry import Check
from backstay.proving.ledger import lab_root
from backstay.proving.results import Result
from backstay.proving.runner import prove

from .conftest import plan


async def only(*guarantees: Guarantee, **options: Any) -> Result:
    """The one result of a plan with one guarantee."""
    (proof,) = await prove(plan(*guarantees, **options))
    (result,) = proof.results
    assert list(lab_root().iterdir()) == [], "every run clears its folder away"
    return result


def check(
    *,
    safety: Safety = "break",
    faults: Sequence[str] = (),
    trials: int = 1,
    timeout: float = 60.0,
) -> Callable[[Check], Guarantee]:
    """A decorator for a check of this test's own, on the tiny server."""

    def declare(function: Check) -> Guarantee:
        made = guarantee(
            "of-this-test",
            promise="It is as this test says.",
            safety=safety,
            engines=["sqlite"],
            faults=faults,
            trials=trials,
            timeout=timeout,
        )(function)
        made.sabotage("nothing")(lambda patch: None)
        return made

    return declare
