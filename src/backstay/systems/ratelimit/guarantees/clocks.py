"""The store's clock counts, and no node's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from backstay.kernel.clock import clock_from_environment
from backstay.kernel.guarantees import Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.systems.ratelimit.contracts import Take
from backstay.systems.ratelimit.contracts import Verdict as Told
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.guarantees.probes import KNOWN, admitted, ask, environment, refused, too_many

_QUOTA: Final = 6
_WINDOW: Final = 60
_SKEW: Final = timedelta(seconds=30)


@guarantee(
    "skewed-clocks-change-no-limit",
    promise="A node whose clock is half a minute early or late admits and refuses as every other does.",
    safety="break",
    faults=["clock"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def skewed_clocks_change_no_limit(lab: Lab) -> Verdict:
    """Use a quota up, and ask on while the servers' clocks go half a minute ahead, and back behind."""
    own = {"QUOTA": str(_QUOTA), "WINDOW": str(_WINDOW)}
    await lab.server(processes=2, env=environment(lab, **own))
    clients = lab.clients(2)
    await clients.each(_QUOTA, ask)
    for _ in lab.trials():
        for skew in (_SKEW, -_SKEW, timedelta()):
            lab.move_clock(skew)
            await clients.each(4, ask)
    passed = admitted(lab, KNOWN)
    waits = [op.answer["retry_after"] for op in refused(lab, KNOWN) if op.answer]
    # In whole seconds, rounded up: what flows back is a request in ten.
    strange = [wait for wait in waits if not 1 <= wait <= _WINDOW / _QUOTA]
    return judge(
        too_many(
            passed,
            lambda seconds: _QUOTA + seconds * _QUOTA / _WINDOW,
            f"the quota is {_QUOTA} in {_WINDOW} s",
        ),
        Finding(f"a refusal told to wait {strange[0]} s") if strange else None,
        Finding(f"{len(passed)} were admitted, and the quota is {_QUOTA}") if len(passed) < _QUOTA else None,
        untried=None if waits else "nobody was refused",
        admitted=len(passed),
        refused=len(waits),
    )


@skewed_clocks_change_no_limit.sabotage("count by the clock of the node")
def own_clock(patch: Patch) -> None:
    """What a limiter does that sends its own time along with what it asks."""
    clock = clock_from_environment()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    own = MemoryStore(clock=lambda: (clock.now() - epoch) // timedelta(microseconds=1))

    async def take(_store: GuardedStore, takes: Sequence[Take]) -> Told:
        return await own.take(takes)

    patch(GuardedStore, "take", take)
