"""What a run leaves for people and machines: the proof artifact, schema `backstay.proof/1`.

Times are milliseconds since the guarantee's run began, unless said otherwise. The schema is
documented in docs/guarantees.md; a field may be added to it, never change its meaning.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees import Ended, History, Operation

SCHEMA: Final = "backstay.proof/1"
SHOWN: Final = 400
"""Operations of one run that the artifact holds at most, besides the evidence."""
KEPT: Final = 50
"""Proofs kept in the data folder, per engine."""


class ShownOperation(Struct, frozen=True, kw_only=True):
    """One operation, as the artifact tells it."""

    id: int
    lane: str
    server: str
    name: str
    about: Any
    trial: int
    at: float
    took: float | None
    """Milliseconds; None when it had not ended with the run."""
    ended: Ended
    status: int | None
    answer: Any
    """The decoded body, for evidence only."""
    error: str
    evidence: bool


class ShownMark(Struct, frozen=True, kw_only=True):
    """A fault, or its end."""

    at: float
    kind: str
    detail: str
    trial: int


class ShownLane(Struct, frozen=True, kw_only=True):
    """A row of the drawing, with what happened to it."""

    name: str
    kind: str
    marks: tuple[ShownMark, ...]


class Operations(Struct, frozen=True, kw_only=True):
    """The operations of a run, counted, and as many of them as are worth keeping."""

    total: int
    ok: int
    fail: int
    info: int
    shown: tuple[ShownOperation, ...]
    """In order of invocation: all evidence, then what failed or is indeterminate, then an even sample."""


class PlantedBug(Struct, frozen=True, kw_only=True):
    """The sabotage that this run was to catch."""

    name: str
    """`<guarantee>/<number>`."""
    words: str
    caught: bool


class Result(Struct, frozen=True, kw_only=True):
    """One guarantee, on one engine, with or without a planted bug."""

    guarantee: str
    declared_in: str
    promise: str
    safety: str
    engine: str
    outcome: str
    """`held`, `violated`, `weaker`, `not-applicable`, `inconclusive`."""
    sentence: str
    """The verdict with its conditions: the only form in which it is told."""
    reason: str
    trials: int
    faults: tuple[str, ...]
    seed: int
    duration: float
    """Seconds."""
    sabotage: PlantedBug | None
    facts: dict[str, Any]
    evidence: tuple[int, ...]
    """Ids of the operations of the shortest history that shows a violation."""
    operations: Operations
    lanes: tuple[ShownLane, ...]
    replay: str
    """The command that makes the same choices again."""

    @property
    def passed(self) -> bool:
        """Whether nobody has to look: a planted bug was caught, or with none nothing was found or unclear."""
        if self.sabotage is not None:
            return self.sabotage.caught or self.outcome == "not-applicable"
        return self.outcome not in {"violated", "inconclusive"}


class Proof(Struct, frozen=True, kw_only=True):
    """One run of `backstay prove` on one engine."""

    schema: str = SCHEMA
    started_at: datetime
    engine: str
    engine_version: str
    commit: str
    seed: int
    duration: float
    """Seconds."""
    sabotage: bool
    """Whether bugs were planted: then `violated` is what each result should say."""
    target: str | None
    """The URL of the server that was asked, if it was not the lab's own."""
    version: str
    """Of backstay."""
    results: tuple[Result, ...]


def exit_status(proofs: Sequence[Proof]) -> int:
    """0: nobody has to look. 1: violated, or a planted bug was not caught. 2: something is inconclusive."""
    results = [result for proof in proofs for result in proof.results]
    if not results:
        return 2
    if any(not result.passed and result.outcome != "inconclusive" for result in results):
        return 1
    if any(not result.passed and result.sabotage is not None for result in results):
        return 1
    return 2 if any(not result.passed for result in results) else 0


def operations_of(history: History, evidence: Sequence[int]) -> Operations:
    """Count a history and choose what to keep of it."""
    ended = [Ended.INFO if op.indeterminate else op.ended for op in history.operations]
    telling = set(evidence)
    failed = [op for op in history.operations if op.ended is not Ended.OK and op.id not in telling]
    fine = [op for op in history.operations if op.ended is Ended.OK and op.id not in telling]
    chosen = [op for op in history.operations if op.id in telling]
    chosen += _evenly(failed, SHOWN // 2)
    chosen += _evenly(fine, SHOWN - min(len(failed), SHOWN // 2))
    return Operations(
        total=len(ended),
        ok=ended.count(Ended.OK),
        fail=ended.count(Ended.FAIL),
        info=ended.count(Ended.INFO),
        shown=tuple(_shown(op, evidence=op.id in telling) for op in sorted(chosen, key=lambda op: op.id)),
    )


def _evenly(operations: Sequence[Operation], at_most: int) -> list[Operation]:
    if len(operations) <= at_most:
        return list(operations)
    return [operations[place * len(operations) // at_most] for place in range(at_most)]


def _shown(op: Operation, *, evidence: bool) -> ShownOperation:
    return ShownOperation(
        id=op.id,
        lane=op.lane,
        server=op.server,
        name=op.name,
        about=op.about,
        trial=op.trial,
        at=round(op.invoked_ns / 1e6, 3),
        took=None if op.ended_ns is None else round((op.ended_ns - op.invoked_ns) / 1e6, 3),
        ended=Ended.INFO if op.indeterminate else op.ended,
        status=op.status,
        answer=op.answer if evidence else None,
        error=op.error,
        evidence=evidence,
    )


def lanes_of(history: History) -> tuple[ShownLane, ...]:
    """The lanes with their marks: what faults struck first, clients after."""
    order = {"server": 0, "proxy": 1, "lab": 2, "client": 3}
    return tuple(
        ShownLane(
            name=lane.name,
            kind=lane.kind,
            marks=tuple(
                ShownMark(at=round(mark.at_ns / 1e6, 3), kind=mark.kind, detail=mark.detail, trial=mark.trial)
                for mark in history.marks
                if mark.lane == lane.name
            ),
        )
        for lane in sorted(history.lanes, key=lambda lane: order.get(lane.kind, 9))
    )


def write_json(path: Path, proofs: Sequence[Proof]) -> None:
    """Write the artifact whole or not at all: one proof as it is, several as a list."""
    value = proofs[0] if len(proofs) == 1 else list(proofs)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1))
    draft.replace(path)


def store(data_dir: Path, proof: Proof) -> Path:
    """Keep the proof where the console reads it, and no more than the newest of its kind."""
    kind = f"{proof.engine}{'-sabotage' if proof.sabotage else ''}"
    path = data_dir / "proofs" / f"{proof.started_at:%Y%m%dT%H%M%S%f}Z-{kind}.json"
    write_json(path, [proof])
    stale = sorted(path.parent.glob(f"*Z-{kind}.json"))[:-KEPT]
    for old in stale:
        old.unlink(missing_ok=True)
    return path


def load(path: Path) -> Proof:
    """Read a stored proof."""
    return msgspec.json.decode(path.read_bytes(), type=Proof)
