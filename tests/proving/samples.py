"""Results as runs leave them, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backstay.kernel.guarantees import Ended
from backstay.proving.results import (
    Operations,
    PlantedBug,
    Proof,
    Result,
    ShownLane,
    ShownMark,
    ShownOperation,
)


def shown(number: int, at: float, took: float | None = 1.0, **rest: Any) -> ShownOperation:
    values = {
        "lane": "client 1",
        "server": "server 1",
        "name": "POST /x",
        "about": f"a{number}",
        "trial": 1,
        "ended": Ended.OK,
        "status": 201,
        "answer": None,
        "error": "",
        "evidence": False,
        **rest,
    }
    return ShownOperation(id=number, at=at, took=took, **values)


def result(outcome: str = "held", **rest: Any) -> Result:
    operations = (
        shown(1, 100.0),
        shown(2, 101.5, evidence=outcome == "violated", answer={"value": 1}),
        shown(3, 102.0, None, ended=Ended.INFO, status=None, error="no answer within 10 s"),
    )
    marks = (
        ShownMark(at=1.0, kind="start", detail="", trial=1),
        ShownMark(at=90.0, kind="ready", detail="", trial=1),
        ShownMark(at=103.0, kind="kill", detail="", trial=1),
        ShownMark(at=104.0, kind="exit", detail="status -9", trial=1),
    )
    values = {
        "guarantee": "rope-holds",
        "declared_in": "shop.guarantees",
        "promise": "The rope <holds>.",
        "safety": "break",
        "engine": "sqlite",
        "sentence": f"{outcome} for 1 trial under SIGKILL, seed 7, on SQLite 3.40.1, commit abc",
        "reason": "" if outcome == "held" else "it snapped",
        "trials": 1,
        "faults": ("kill",),
        "seed": 7,
        "duration": 1.25,
        "sabotage": None,
        "facts": {"seen": 3},
        "evidence": (2,) if outcome == "violated" else (),
        "operations": Operations(total=30, ok=29, fail=0, info=1, shown=operations),
        "lanes": (
            ShownLane(name="server 1", kind="server", marks=marks),
            ShownLane(name="client 1", kind="client", marks=()),
        ),
        "replay": "backstay prove --guarantee rope-holds --engine sqlite --seed 7",
        **rest,
    }
    return Result(outcome=outcome, **values)


def planted(*, caught: bool) -> Result:
    bug = PlantedBug(name="rope-holds/1", words="cut the rope", caught=caught)
    return result("violated" if caught else "held", sabotage=bug)


def proof(*results: Result, **rest: Any) -> Proof:
    values = {
        "started_at": datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
        "engine": "sqlite",
        "engine_version": "SQLite 3.40.1",
        "commit": "abc",
        "seed": 7,
        "duration": 2.5,
        "sabotage": any(each.sabotage for each in results),
        "target": None,
        "version": "0.1.0",
        **rest,
    }
    return Proof(results=results, **values)
