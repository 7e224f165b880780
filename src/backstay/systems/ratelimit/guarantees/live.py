"""A policy that somebody changed is in force everywhere a second later."""

from __future__ import annotations

import asyncio
from typing import Final

from backstay.kernel.database import Database
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.systems.ratelimit.guarantees.probes import KNOWN, ROUTE, environment
from backstay.systems.ratelimit.service import policies
from backstay.systems.ratelimit.service.book import Book

_POLICY: Final = "/v1/ratelimit/policies/default"
_DEADLINE: Final = 1.0
_PROCESSES: Final = 3
_HIGH: Final = 50_000
"""So many a minute that nobody is refused here."""


@guarantee(
    "changed-policy-is-in-force-everywhere",
    promise="One second after a policy was changed, every process limits by the new one.",
    safety="probe",
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def changed_policy_is_in_force_everywhere(lab: Lab) -> Verdict:
    """Ask three processes all the time, change their policy, and read in every answer which it is."""
    await lab.server(processes=_PROCESSES, env=environment(lab, QUOTA=str(_HIGH)))
    clients, operator = lab.clients(_PROCESSES), lab.clients(1)
    told: list[tuple[str, int]] = []
    findings: list[Finding] = []
    asked = 0

    async def ask(client: Client) -> None:
        reply = await client.request("GET", ROUTE, name=KNOWN)
        told.append((reply.headers.get("ratelimit-policy", ""), reply.operation.id))

    for number, _ in enumerate(lab.trials()):

        async def change(client: Client, number: int = number) -> None:
            changes = {"quota": _HIGH + number + 1}
            version = {"If-Match": f'"{number}"'}
            reply = await client.patch(_POLICY, json=changes, headers=version)
            if not reply.ok:
                findings.append(Finding("the policy could not be changed", (reply.operation.id,)))

        async with clients.running(ask):
            await lab.acknowledged(20)
            await operator.each(1, change)
            await asyncio.sleep(_DEADLINE)
        told.clear()
        await clients.each(5, ask)
        asked += len(told)
        new = f'"default";q={_HIGH + number + 1};w=60'
        words = "a process limits by the policy of more than a second ago"
        late = [Finding(words, (operation,)) for policy, operation in told if policy != new]
        findings.extend(late[:1])
    return judge(*findings, asked_after_a_change=asked)


@changed_policy_is_in_force_everywhere.sabotage("read the policies when a process starts, and never again")
def never_again(patch: Patch) -> None:
    """Until the next deployment."""

    async def rest(_database: Database, _book: Book) -> None:
        await asyncio.Event().wait()

    patch(policies, "follow", rest)
