"""What a check may conclude, and the only words in which backstay says so."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, field


class Outcome(StrEnum):
    """The five things that a run of a check can end in."""

    HELD = "held"
    VIOLATED = "violated"
    WEAKER = "weaker"
    """This engine keeps less than the promise says; the reason says how much less."""
    NOT_APPLICABLE = "not-applicable"
    INCONCLUSIVE = "inconclusive"
    """The lab could not put the question; counts as a failure wherever a machine reads it."""


class Finding(Struct, frozen=True):
    """One breach of an invariant, with the operations that show it."""

    sentence: str
    """What was seen, for a person: `note 17 was acknowledged and is not there`."""
    operations: tuple[int, ...] = ()
    """Ids of the fewest operations of the history that show the breach by themselves."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What one check concluded; made by `held_if`, `judge`, `weaker`, `not_applicable`, `inconclusive`."""

    outcome: Outcome
    reason: str = ""
    evidence: tuple[int, ...] = ()
    """Ids of the operations that show a violation: the shortest history that does."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Numbers worth reading beside the verdict, e.g. `seen` and `expected`."""


def held_if(condition: bool, reason: str = "", *, evidence: Iterable[int] = (), **facts: Any) -> Verdict:
    """Held when the condition is true, else violated for `reason`; `facts` are shown either way."""
    if condition:
        return Verdict(outcome=Outcome.HELD, facts=facts)
    told = reason or ", ".join(f"{name} is {value!r}" for name, value in facts.items())
    return Verdict(outcome=Outcome.VIOLATED, reason=told, evidence=tuple(evidence), facts=facts)


def judge(*findings: Finding | None, untried: str | None = None, **facts: Any) -> Verdict:
    """Held when no invariant found a breach; else violated by the one that the fewest operations show.

    `untried` says why the promise was not put to the test, if so: then no breach is inconclusive.
    """
    breaches = [finding for finding in findings if finding is not None]
    if not breaches:
        return inconclusive(untried, **facts) if untried else Verdict(outcome=Outcome.HELD, facts=facts)
    shortest = min(breaches, key=lambda breach: len(breach.operations) or len(breaches) + 1_000_000)
    return Verdict(
        outcome=Outcome.VIOLATED, reason=shortest.sentence, evidence=shortest.operations, facts=facts
    )


def weaker(why: str, **facts: Any) -> Verdict:
    """This engine, by its nature, keeps less than the promise; say what it does keep."""
    return Verdict(outcome=Outcome.WEAKER, reason=why, facts=facts)


def not_applicable(why: str) -> Verdict:
    """The promise speaks of something that does not exist here."""
    return Verdict(outcome=Outcome.NOT_APPLICABLE, reason=why)


def inconclusive(why: str, **facts: Any) -> Verdict:
    """The check could not be carried out; say what stood in the way."""
    return Verdict(outcome=Outcome.INCONCLUSIVE, reason=why, facts=facts)


class LabError(Exception):
    """Raised in the lab when the question cannot be put; the runner makes it the verdict."""


FAULT_WORDS: Final = {
    "kill": "SIGKILL",
    "pause": "SIGSTOP",
    "terminate": "SIGTERM",
    "cut": "cut connections",
    "end-sessions": "sessions ended by the database",
    "truncate": "truncated streams",
    "delay": "delayed bytes",
    "throttle": "throttled bytes",
    "black-hole": "black-holed connections",
    "disk-full": "a full disk",
    "clock": "a moved clock",
}
"""How each kind of fault is called in a verdict."""


class Conditions(Struct, frozen=True, kw_only=True):
    """Under what a verdict was reached; a verdict without them is not told."""

    trials: int
    trial: int
    """The trial that was running when the check ended, from 1."""
    faults: tuple[str, ...]
    """Kinds of fault that really happened, each once, in order of appearance."""
    seed: int
    engine: str
    """The engine and its version, e.g. `SQLite 3.45.1`."""
    commit: str


def sentence(verdict: Verdict, conditions: Conditions) -> str:
    """The verdict in the house's words, with the conditions under which it was reached."""
    where = f"seed {conditions.seed}, on {conditions.engine}, commit {conditions.commit}"
    match verdict.outcome:
        case Outcome.HELD:
            trials = f"{conditions.trials} trial{'s' if conditions.trials != 1 else ''}"
            faults = " and ".join(FAULT_WORDS.get(kind, kind) for kind in conditions.faults) or "no faults"
            return f"held for {trials} under {faults}, {where}"
        case Outcome.VIOLATED:
            return f"violated in trial {conditions.trial} of {conditions.trials}: {verdict.reason}; {where}"
        case Outcome.WEAKER:
            return f"weaker here: {verdict.reason}; {where}"
        case Outcome.NOT_APPLICABLE:
            return f"not applicable: {verdict.reason}"
        case Outcome.INCONCLUSIVE:
            return f"inconclusive: {verdict.reason}; {where}"
