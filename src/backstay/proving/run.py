"""One guarantee, on one engine: a laboratory of its own, and a verdict with its conditions."""

from __future__ import annotations

import asyncio
import time
import traceback
from typing import Any, Final

from backstay.kernel.guarantees import (
    FAULT_WORDS,
    Conditions,
    Ended,
    Engine,
    Guarantee,
    History,
    LabError,
    Mark,
    Operation,
    Outcome,
    Sabotage,
    Verdict,
    inconclusive,
    not_applicable,
    sentence,
)
from backstay.proving.conditions import commit
from backstay.proving.databases import Databases
from backstay.proving.lab import Laboratory, Setting
from backstay.proving.ledger import Ledger
from backstay.proving.plan import Emit, Plan
from backstay.proving.results import PlantedBug, Result, lanes_of, operations_of

_PROGRESS_EVERY: Final = 0.2
"""Seconds between two tellings of how many operations there were so far."""


class Run:
    """One guarantee on one engine, with at most one bug planted."""

    def __init__(
        self,
        guarantee: Guarantee,
        sabotage: Sabotage | None = None,
        *,
        engine: Engine,
        engine_version: str,
        plan: Plan,
        emit: Emit,
    ) -> None:
        self.guarantee = guarantee
        self.sabotage = sabotage
        self.engine: Engine = engine
        self.engine_version = engine_version
        self.plan = plan
        self.trials = plan.trials or guarantee.trials
        self._rounds = 1
        self.history = History(self._observe)
        self._emit = emit
        self._counts = dict.fromkeys((Ended.OK, Ended.FAIL, Ended.INFO), 0)
        self._told_at = 0.0

    @property
    def planted(self) -> str | None:
        """The name of the bug to plant, if there is one."""
        return None if self.sabotage is None else f"{self.guarantee.name}/{self.sabotage.number}"

    def _tell(self, event: str, **members: Any) -> None:
        about = {"guarantee": self.guarantee.name, "engine": self.engine, "sabotage": self.planted}
        self._emit({"event": event, **about, **members})

    def _observe(self, what: Operation | Mark) -> None:
        if isinstance(what, Mark):
            self._tell("mark", lane=what.lane, kind=what.kind, detail=what.detail, at=what.at_ns / 1e6)
            return
        self._counts[Ended.INFO if what.indeterminate else what.ended] += 1
        now = time.perf_counter()
        if now - self._told_at >= _PROGRESS_EVERY:
            self._told_at = now
            counts = {ended.value: number for ended, number in self._counts.items()}
            self._tell("progress", trial=what.trial, trials=self.trials, **counts)

    async def result(self, absent: str | None) -> Result:
        """Run the check, unless there is a reason not to, and tell what came of it."""
        self._tell("started", promise=self.guarantee.promise, trials=self.trials)
        began = time.perf_counter()
        verdict = inconclusive(absent) if absent else self._forbidden() or await self._check()
        result = self._result(verdict, time.perf_counter() - began)
        self._tell("verdict", outcome=result.outcome, sentence=result.sentence, duration=result.duration)
        return result

    def _forbidden(self) -> Verdict | None:
        """Why the check is not to be run here at all, if so."""
        target = self.plan.target
        if self.engine not in self.guarantee.engines:
            return not_applicable(f"the promise is not made on {self.engine}")
        if self.sabotage is not None and self.engine not in self.sabotage.engines:
            return not_applicable(f"this bug does not show on {self.engine}")
        if target is None:
            return None
        if self.guarantee.safety == "break":
            return not_applicable(f"it breaks things, and {target.endpoint.lane} is not the lab's own")
        if self.guarantee.safety == "probe" and not target.throw_away:
            return not_applicable(
                "it writes: run it with the token of a throw-away organization and --throw-away"
            )
        return None

    async def _check(self) -> Verdict:
        """Run the check in a laboratory of its own, and clear that away whatever happens."""
        ledger = Ledger.open()
        databases = Databases(self.engine, ledger, self.plan.postgres_url)
        setting = Setting(
            guarantee=self.guarantee.name,
            engine=self.engine,
            seed=self.plan.seed,
            trials=self.trials,
            safety=self.guarantee.safety,
            launch=self.plan.launch,
            sabotage=self.planted,
            target=self.plan.target,
        )
        limit = self.guarantee.timeout * max(1.0, self.trials / self.guarantee.trials)
        try:
            async with Laboratory(setting, self.history, ledger, databases) as lab:
                try:
                    async with asyncio.timeout(limit):
                        verdict = await self.guarantee.check(lab)
                except Exception as error:  # noqa: BLE001 (whatever a check raises, it says that there is no verdict)
                    verdict = inconclusive(_told(error, limit))
                self._rounds = lab.rounds
                return self._credible(verdict, planted=bool(lab.planted_in))
        finally:
            await ledger.settle(databases.drop, keep=self.plan.keep)
            if self.plan.keep:
                self._tell("kept", folder=str(ledger.folder))

    def _credible(self, verdict: Verdict, *, planted: bool) -> Verdict:
        """Take nothing for held that was not tried, and nothing for caught that was not planted."""
        if verdict.outcome is Outcome.HELD:
            missing = [
                FAULT_WORDS[kind] for kind in self.guarantee.faults[self.engine] if kind not in self._kinds()
            ]
            if missing:
                return inconclusive(f"the check ended without {' and '.join(missing)} having happened")
            if not self.history.acknowledged():
                return inconclusive("no operation was acknowledged, so nothing was tried")
        if self.sabotage is not None and not planted and verdict.outcome is not Outcome.INCONCLUSIVE:
            return inconclusive(
                f"the bug was not planted in the server: does it call plant_sabotage()? {verdict.reason}"
            )
        return verdict

    def _kinds(self) -> list[str]:
        """Kinds of fault that happened, each once, in order."""
        return list(dict.fromkeys(mark.kind for mark in self.history.marks if mark.kind in FAULT_WORDS))

    def _result(self, verdict: Verdict, duration: float) -> Result:
        conditions = Conditions(
            trials=self._rounds,
            trial=self.history.trial,
            faults=tuple(self._kinds()),
            seed=self.plan.seed,
            engine=self.engine_version,
            commit=commit(),
        )
        bug = None
        if self.sabotage is not None and self.planted is not None:
            caught = verdict.outcome is Outcome.VIOLATED
            bug = PlantedBug(name=self.planted, words=self.sabotage.words, caught=caught)
        options = f" --trials {self.trials}" if self.trials != self.guarantee.trials else ""
        options += " --sabotage" if bug else ""
        chosen = f"--guarantee {self.guarantee.name} --engine {self.engine} --seed {self.plan.seed}"
        return Result(
            guarantee=self.guarantee.name,
            declared_in=self.guarantee.declared_in,
            promise=self.guarantee.promise,
            safety=self.guarantee.safety,
            engine=self.engine,
            outcome=verdict.outcome.value,
            sentence=sentence(verdict, conditions),
            reason=verdict.reason,
            trials=conditions.trials,
            faults=conditions.faults,
            seed=self.plan.seed,
            duration=round(duration, 3),
            sabotage=bug,
            facts=verdict.facts,
            evidence=verdict.evidence,
            operations=operations_of(self.history, verdict.evidence),
            lanes=lanes_of(self.history),
            replay=f"backstay prove {chosen}{options}",
        )


def _told(error: BaseException, limit: float) -> str:
    """Why a check came to no verdict, from what it raised."""
    if isinstance(error, BaseExceptionGroup):
        known = error.subgroup(LabError)
        return _told((known or error).exceptions[0], limit)
    if isinstance(error, LabError):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"no verdict within {limit:g} s"
    where = traceback.extract_tb(error.__traceback__)
    place = f" at {where[-1].filename.rpartition('/')[2]}:{where[-1].lineno}" if where else ""
    return f"the check itself failed: {type(error).__name__}: {error}{place}"
