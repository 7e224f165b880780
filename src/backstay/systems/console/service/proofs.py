"""The runs that `backstay prove` left: read as their schema `backstay.proof/1` describes them.

The schema is in docs/guarantees.md. Files never change once written, so each is read once;
of the operations, which make up nearly all of a file, only the run that is looked at is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees import Outcome
from backstay.kernel.module import Module
from backstay.systems.console.contracts import (
    GuaranteeCounts,
    PlantedBug,
    Proof,
    ProofDetail,
    ProofLane,
    ProofOperations,
)
from backstay.systems.console.errors import NoSuchProof

_SCHEMA: Final = "backstay.proof/1"
_ID: Final = re.compile(r"(?P<file>[0-9TZ]+-[a-z]+(?:-sabotage)?)\.(?P<place>[0-9]{1,4})")
_SHOWN: Final = 24
"""Runs listed for each guarantee, besides the newest of each kind."""
_COUNTED: Final = {Outcome.HELD: "held", Outcome.WEAKER: "weaker", Outcome.VIOLATED: "violated"}


class _Count(Struct, frozen=True):
    total: int


class _Result(Struct, frozen=True, kw_only=True):
    """One result without its history."""

    guarantee: str
    engine: str
    outcome: Outcome
    sentence: str
    reason: str
    trials: int
    faults: list[str]
    seed: int
    duration: float
    sabotage: PlantedBug | None
    replay: str
    operations: _Count


class _WholeResult(_Result, frozen=True, kw_only=True):
    """One result with its history."""

    facts: dict[str, Any]
    operations: ProofOperations  # type: ignore[assignment]  # the history, of which the brief form reads the count
    lanes: list[ProofLane]


R = TypeVar("R", bound=_Result)


class _Brief(Struct, frozen=True, kw_only=True):
    schema: str
    started_at: datetime
    engine_version: str
    commit: str
    results: list[_Result]


class _Whole(Struct, frozen=True, kw_only=True):
    schema: str
    started_at: datetime
    engine_version: str
    commit: str
    results: list[_WholeResult]


class Proofs:
    """The runs kept in one data folder."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where the artifacts are; it need not exist yet."""
        self._folder = folder
        self._known: dict[str, list[Proof]] = {}

    def all(self) -> list[Proof]:
        """Every run, newest first; blocking."""
        present = {path.stem: path for path in self._folder.glob("[0-9]*.json")}
        for gone in self._known.keys() - present.keys():
            del self._known[gone]
        for name, path in present.items():
            if name not in self._known:
                self._known[name] = _brief(name, path)
        found = [proof for proofs in self._known.values() for proof in proofs]
        return sorted(found, key=lambda proof: proof.started_at, reverse=True)

    def of(self, guarantee: str, proofs: Sequence[Proof]) -> list[Proof]:
        """The runs worth listing for a guarantee: the newest of each kind, and some before, newest first."""
        shown: list[Proof] = []
        kinds: set[tuple[str, str | None]] = set()
        for proof in proofs:
            if proof.guarantee != guarantee:
                continue
            kind = (proof.engine, proof.sabotage.name if proof.sabotage else None)
            if kind not in kinds or len(shown) < _SHOWN:
                kinds.add(kind)
                shown.append(proof)
        return shown

    def one(self, proof_id: str) -> ProofDetail:
        """A run with its history; blocking.

        Raises:
            NoSuchProof: it is not kept here.
        """
        match = _ID.fullmatch(proof_id)
        path = self._folder / f"{match['file']}.json" if match else None
        if match is None or path is None or not path.is_file():
            raise NoSuchProof("Only the newest runs are kept; this one may have made room for others.")
        whole = msgspec.json.decode(path.read_bytes(), type=_Whole)
        place = int(match["place"])
        if place >= len(whole.results):
            raise NoSuchProof("There are fewer results in that run.")
        result = whole.results[place]
        return ProofDetail(
            **_shared(proof_id, whole, result),
            facts=result.facts,
            history=result.operations,
            lanes=result.lanes,
        )

    def standing(self, modules: Sequence[Module], engine: str) -> dict[str, GuaranteeCounts]:
        """How each module's promises stand on the engine, by their newest honest runs; blocking."""
        newest: dict[str, Outcome] = {}
        for proof in self.all():
            if proof.engine == engine and proof.sabotage is None:
                newest.setdefault(proof.guarantee, proof.outcome)
        standing = {}
        for module in modules:
            outcomes = [newest.get(guarantee.name) for guarantee in module.guarantees]
            # What does not apply here is no promise here; what was inconclusive is not proven.
            counted = Counter(
                _COUNTED.get(outcome, "unproven") if outcome else "unproven"
                for outcome in outcomes
                if outcome is not Outcome.NOT_APPLICABLE
            )
            standing[module.name] = GuaranteeCounts(**counted)
        return standing


def _brief(name: str, path: Path) -> list[Proof]:
    """The results of one file; none of one that another version wrote or that has just gone."""
    try:
        brief = msgspec.json.decode(path.read_bytes(), type=_Brief)
    except (OSError, msgspec.DecodeError):
        return []
    if brief.schema != _SCHEMA:
        return []
    return [Proof(**_shared(f"{name}.{place}", brief, result)) for place, result in enumerate(brief.results)]


def _shared(proof_id: str, run: _Brief | _Whole, result: _Result) -> dict[str, Any]:
    return {
        "id": proof_id,
        "guarantee": result.guarantee,
        "engine": result.engine,
        "engine_version": run.engine_version,
        "outcome": result.outcome,
        "sentence": result.sentence,
        "reason": result.reason,
        "trials": result.trials,
        "faults": result.faults,
        "seed": result.seed,
        "commit": run.commit,
        "started_at": run.started_at,
        "duration": result.duration,
        "operations": result.operations.total,
        "sabotage": result.sabotage,
        "replay": result.replay,
    }
