"""Guarantees: promises that anyone can run against their own deployment.

A module's `guarantees.py` declares them::

    @guarantee("counter-is-exact", promise="...", safety="probe")
    async def counter_is_exact(lab: Lab) -> Verdict: ...

    @counter_is_exact.sabotage("read, add in Python, write back")
    def lost_update(patch: Patch) -> None: ...

and `backstay prove` runs them. See docs/guarantees.md.
"""

from backstay.kernel.guarantees.history import Ended, History, Lane, Mark, Operation
from backstay.kernel.guarantees.invariants import (
    nothing_invented,
    nothing_lost,
    results_are_exact,
    seen_exactly_once,
    shortest,
    sum_is_possible,
    whole_or_absent,
)
from backstay.kernel.guarantees.lab import Action, Client, Clients, Lab, Process, Proxy, Server
from backstay.kernel.guarantees.registry import (
    ENGINES,
    Engine,
    Guarantee,
    GuaranteeError,
    Patch,
    Sabotage,
    Safety,
    declared_in,
    guarantee,
    refuse_unfit,
)
from backstay.kernel.guarantees.reply import RefusedError, Reply, Tally, UnansweredError
from backstay.kernel.guarantees.sabotage import (
    RECEIPT_VARIABLE,
    SABOTAGE_VARIABLE,
    find_sabotage,
    plant_sabotage,
)
from backstay.kernel.guarantees.verdict import (
    FAULT_WORDS,
    Conditions,
    Finding,
    LabError,
    Outcome,
    Verdict,
    held_if,
    inconclusive,
    judge,
    not_applicable,
    sentence,
    weaker,
)

__all__ = [
    "ENGINES",
    "FAULT_WORDS",
    "RECEIPT_VARIABLE",
    "SABOTAGE_VARIABLE",
    "Action",
    "Client",
    "Clients",
    "Conditions",
    "Ended",
    "Engine",
    "Finding",
    "Guarantee",
    "GuaranteeError",
    "History",
    "Lab",
    "LabError",
    "Lane",
    "Mark",
    "Operation",
    "Outcome",
    "Patch",
    "Process",
    "Proxy",
    "RefusedError",
    "Reply",
    "Sabotage",
    "Safety",
    "Server",
    "Tally",
    "UnansweredError",
    "Verdict",
    "declared_in",
    "find_sabotage",
    "guarantee",
    "held_if",
    "inconclusive",
    "judge",
    "not_applicable",
    "nothing_invented",
    "nothing_lost",
    "plant_sabotage",
    "refuse_unfit",
    "results_are_exact",
    "seen_exactly_once",
    "sentence",
    "shortest",
    "sum_is_possible",
    "weaker",
    "whole_or_absent",
]
