"""What is promised of an organization's owners, whichever way they go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Reply, Verdict, guarantee, judge
from backstay.systems.access import KnownAbsences, preset_id
from backstay.systems.tenancy.guarantees.people import (
    OPERATOR,
    Person,
    ask,
    founded,
    member,
    open_server,
    signed_up,
)

_OWNER: Final = str(preset_id("owner"))
_LEARNT: Final = 1.0
"""Seconds within which every server has learnt who lost a role or a session."""
_NAMES: Final = ("bob", "carl", "dora", "emil")
Way = Callable[[Client, list[Person], int], Any]


def _leaves(client: Client, people: list[Person], number: int) -> Any:
    one = people[number]
    return client.request("DELETE", f"/v1/organization/members/{one.id}", headers=one.headers, name="leave")


def _is_removed(client: Client, people: list[Person], number: int) -> Any:
    one, other = people[number], people[number - 1]
    return client.request(
        "DELETE", f"/v1/organization/members/{one.id}", headers=other.headers, name="remove"
    )


def _gives_up(client: Client, people: list[Person], number: int) -> Any:
    one = people[number]
    path = f"/v1/access/users/{one.id}/roles/{_OWNER}"
    return client.request("DELETE", path, headers=one.headers, name="give up")


def _is_banned(client: Client, people: list[Person], number: int) -> Any:
    path = f"/v1/users/{people[number].id}/ban"
    return client.request("POST", path, json={"reason": "Spam"}, headers=OPERATOR, name="ban")


def _erases(client: Client, people: list[Person], number: int) -> Any:
    return client.request("POST", "/v1/account/erase", json={}, headers=people[number].headers, name="erase")


_WAYS: Final[tuple[Way, ...]] = (_leaves, _is_removed, _gives_up, _is_banned, _erases)


@guarantee(
    "every-way-out-leaves-an-owner",
    promise="However many owners leave, are removed, give the role up, are banned or ask to be erased at the "
    "same moment, on however many servers, an organization keeps one who can act.",
    safety="probe",
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def every_way_out_leaves_an_owner(lab: Lab) -> Verdict:
    """Let five owners go at once, each another way, and ask as each of them what only an owner may."""
    await open_server(lab)
    findings: list[Finding | None] = []
    went = 0
    for trial in lab.trials():
        owner, organization = await founded(lab, await signed_up(lab, "ada"), f"Harbour Lamps {trial}")
        people = [owner, *[await member(lab, owner, organization, _OWNER, name) for name in _NAMES]]
        todo = list(enumerate(lab.random.sample(_WAYS, len(_WAYS))))
        replies: list[Reply] = []

        async def go(
            client: Client,
            todo: list[tuple[int, Way]] = todo,
            people: list[Person] = people,
            replies: list[Reply] = replies,
        ) -> None:
            number, way = todo.pop()
            replies.append(await way(client, people, number))

        await lab.clients(len(people)).each(1, go)
        await asyncio.sleep(_LEARNT)
        told = [
            await ask(lab, "GET", "/v1/access/holders?permission=access:manage", None, one.headers)
            for one in people
        ]
        done = tuple(one.operation.id for one in replies if one.ok)
        went += len(done)
        findings.append(
            None if any(one.ok for one in told) else Finding("nobody who can act owns it any more", done)
        )
    return judge(*findings, untried=None if went else "nobody could go at all", went=went)


@every_way_out_leaves_an_owner.sabotage("count owners who are banned, or about to be erased, like any others")
def counted(patch: Patch) -> None:
    """Their role is there, and they cannot use it."""

    async def leave(_absences: KnownAbsences, _uow: UnitOfWork, _user_id: UUID, *, regardless: bool) -> None:
        del regardless

    patch(KnownAbsences, "leave", leave)
