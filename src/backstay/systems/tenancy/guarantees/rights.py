"""What is promised of rights that are passed on while they are being taken."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.kernel.ids import uuid7
from backstay.systems.access import RoleGrants
from backstay.systems.tenancy.guarantees.people import Person, founded, member, must, open_server, signed_up

_GIVE: Final = "PUT role"
_TAKE: Final = "DELETE role"
_PASSES_ON: Final = ["access:manage", "access:read", "tenancy:read"]


@guarantee(
    "taken-rights-are-not-given",
    promise="From the commit on that takes somebody's right away, they give it to nobody, on no server, "
    "however many gifts were under way.",
    safety="probe",
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def taken_rights_are_not_given(lab: Lab) -> Verdict:
    """Let somebody give a role all the time on two servers, take what it gives from them, and read the trail.

    The numbers of an organization's trail are the order of its commits.
    """
    await open_server(lab)
    owner, organization = await founded(lab, await signed_up(lab, "olga"), "Harbour Lamps")
    passing = await _role(lab, owner, "Passes on", _PASSES_ON)
    writing = await _role(lab, owner, "Writes", ["notes:write"])
    giver = await member(lab, owner, organization, passing, "mallory")
    findings: list[Finding | None] = []
    given = refused = 0
    for _ in lab.trials():
        await must(lab, "PUT", _path(giver.id, writing), None, owner.headers)

        async def give(client: Client) -> None:
            person = str(uuid7())
            await client.request(
                "PUT", _path(person, writing), headers=giver.headers, name=_GIVE, about=person
            )

        async def take(client: Client) -> None:
            await client.request("DELETE", _path(giver.id, writing), headers=owner.headers, name=_TAKE)

        first = len(lab.history.operations)
        async with lab.clients(6).running(give):
            await lab.acknowledged(lab.random.randint(10, 30))
            await lab.clients(1).each(1, take)
            # Until then a server may believe the right to be there, and let requests through to the service.
            await asyncio.sleep(_LEARNT)
        tried = [op for op in lab.history.operations[first:] if op.name == _GIVE]
        given += sum(op.status == 200 for op in tried)
        refused += sum(op.status == 403 for op in tried)
        ids = {str(op.about): op.id for op in tried}
        findings.append(_after(await _trail(lab, owner), giver, writing, ids))
    untried = None if given and refused else f"{given} gifts were made and {refused} refused"
    return judge(*findings, untried=untried, given=given, refused=refused)


_LEARNT: Final = 0.7
"""Seconds within which every server has learnt that a role was taken."""


def _after(
    trail: list[Mapping[str, Any]], giver: Person, role: str, ids: Mapping[str, int]
) -> Finding | None:
    """The first gift of this round that the trail has after the right was taken."""
    about = defaultdict[str, list[int]](list)
    for record in trail:
        what = record["after"] or record["before"] or {}
        if what.get("role_id") != role:
            continue
        if record["action"] == "access.role_withdrawn" and record["subject_id"] == giver.id:
            about["taken"].append(record["seq"])
        elif record["action"] == "access.role_assigned" and record["subject_id"] in ids:
            about[record["subject_id"]].append(record["seq"])
    taken = max(about.pop("taken"))
    late = {person: seqs for person, seqs in about.items() if max(seqs) > taken}
    if not late:
        return None
    words = f"{len(late)} gifts were committed after the right to make them was taken (record {taken})"
    return Finding(words, tuple(ids[person] for person in list(late)[:5]))


async def _role(lab: Lab, owner: Person, name: str, permissions: list[str]) -> str:
    made = await must(
        lab, "POST", "/v1/access/roles", {"name": name, "permissions": permissions}, owner.headers
    )
    return str(made["id"])


async def _trail(lab: Lab, owner: Person) -> list[Mapping[str, Any]]:
    """Every record of the organization, by number."""
    records: list[Mapping[str, Any]] = []
    cursor = ""
    while True:
        page = await must(lab, "GET", f"/v1/audit/records?limit=100&sort=seq{cursor}", None, owner.headers)
        records += page["items"]
        if not page["next_cursor"]:
            return records
        cursor = f"&cursor={page['next_cursor']}"


def _path(person: str, role: str) -> str:
    return f"/v1/access/users/{person}/roles/{role}"


@taken_rights_are_not_given.sabotage("believe what somebody's rights were when they were first asked for")
def remembered(patch: Patch) -> None:
    """As where the rights stand in a token, or in a cache that nobody empties."""
    fresh, permissions = RoleGrants.fresh, RoleGrants.permissions
    known: dict[tuple[UUID, UUID], frozenset[str]] = {}

    async def first(grants: RoleGrants, reader: Reader, user_id: UUID) -> frozenset[str]:
        key = (reader.organization_id, user_id)
        if key not in known:
            known[key] = await fresh(grants, reader, user_id)
        return known[key]

    async def and_more(grants: RoleGrants, user_id: UUID, organization_id: UUID) -> frozenset[str]:
        now = await permissions(grants, user_id, organization_id)
        return now | known.get((organization_id, user_id), frozenset())

    patch(RoleGrants, "fresh", first)
    patch(RoleGrants, "permissions", and_more)
