"""Events whose effect is wrong as soon as it happens twice: asked for, waited for, judged."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Final

from backstay.kernel.guarantees import Client, Ended, Finding, Lab, Server, Verdict, judge, sum_is_possible

PROBES: Final = "/v1/events/probes"
_ASKED: Final = f"POST {PROBES}"
_EVENTS: Final = "/v1/events?type=events.probed&limit=100"
LINES: Final = tuple(f"line {number}" for number in range(4))
QUICK: Final = {"BACKSTAY_JOBS_LEASE": "1", "BACKSTAY_JOBS_POLL": "0.2"}
"""A lease as short as it may be, so that a check need not wait half a minute for a dead worker's jobs."""
_PATIENCE: Final = 20.0

Counts = dict[str, dict[str, Any]]
"""What was counted of each line."""


async def ask(client: Client, *, line: str | None = None, hold: float = 0.0) -> None:
    """Publish an event, of any line where none is named."""
    name = line or client.random.choice(LINES)
    await client.request("POST", PROBES, json={"name": name, "hold": hold}, about=name, name=_ASKED)


class Patience:
    """How long to wait for something that grows: so many seconds from when it last did."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: int | None = None
        self._until = 0.0

    def ends(self, seen: int) -> bool:
        """Whether what was seen has not changed for so long."""
        now = asyncio.get_running_loop().time()
        if seen != self._seen:
            self._seen, self._until = seen, now + self._seconds
        return now > self._until


def applied(counts: Counts) -> int:
    """How many effects were counted."""
    return sum(count["applied"] for count in counts.values())


async def counted(app: Server) -> Counts:
    """What has taken effect there."""
    return {probe["name"]: probe async for probe in app.walk(f"{PROBES}?limit=100")}


async def settled(lab: Lab, app: Server) -> tuple[Counter[str], Counts]:
    """What the log holds of each line, and what was counted, once they agree or nothing moves for long."""
    patience = Patience(_PATIENCE)
    acknowledged = sum(op.name == _ASKED and op.ended is Ended.OK for op in lab.history)
    while True:
        logged = Counter([event["subject"] async for event in app.walk(_EVENTS)])
        counts = await counted(app)
        agree = all(counts.get(name, {}).get("applied", 0) >= many for name, many in logged.items())
        if (agree and logged.total() >= acknowledged) or patience.ends(logged.total() + applied(counts)):
            return logged, counts
        await asyncio.sleep(0.2)


def judged(lab: Lab, logged: Counter[str], counts: Counts) -> Verdict:
    """Whether each line's events took effect once and in their order."""
    findings: list[Finding | None] = []
    for name in LINES:
        asked = [op for op in lab.history if op.name == _ASKED and op.about == name]
        findings.append(sum_is_possible(logged[name], asked))
        effects, disorders = (counts.get(name, {}).get(key, 0) for key in ("applied", "disorders"))
        if effects != logged[name]:
            findings.append(Finding(f"{logged[name]} events of {name!r} took effect {effects} times"))
        if disorders:
            findings.append(Finding(f"{disorders} events of {name!r} came out of their order"))
    return judge(*findings, events=logged.total())
