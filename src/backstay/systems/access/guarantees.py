"""What access promises: the last owner stays, and nobody gives what they lack."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.systems.access import queries, service
from backstay.systems.access.errors import LastOwner
from backstay.systems.access.service import OWNER, PRESETS, RoleGrants, assigning, preset_id, roles
from backstay.systems.access.service.evaluating import held

_NAMESPACE: Final = UUID("7f0f8f06-6f51-5e0a-9d61-3b0d3f5ad0b8")
_GIVE: Final = "PUT owner"
_TAKE: Final = "DELETE owner"
_OWNERS: Final = 4
_HELD: Final = ("access:manage", "access:read", "counter:read", "notes:read")
_WANTED: Final = (*_HELD, "notes:write", "counter:count", "jobs:steer")
_MAKE: Final = "POST role"


@guarantee(
    "last-owner-stays",
    promise="However many owners leave or are removed at the same moment, on however many servers, an "
    "organization keeps one.",
    safety="probe",
    trials=6,
)
async def last_owner_stays(lab: Lab) -> Verdict:
    """Make owners, let clients on two servers take the role from all of them at once, and count."""
    app = await lab.server(processes=2)
    clients = lab.clients(_OWNERS)
    findings: list[Finding | None] = []
    left = 0
    for trial in lab.trials():
        people = [uuid5(_NAMESPACE, f"{trial}-{number}") for number in range(_OWNERS)]
        giving, taking = list(people), list(people)

        async def give(client: Client, giving: list[UUID] = giving) -> None:
            person = giving.pop()
            await client.request("PUT", _path(person), about=str(person), name=_GIVE)

        async def take(client: Client, taking: list[UUID] = taking) -> None:
            person = taking.pop()
            await client.request("DELETE", _path(person), about=str(person), name=_TAKE)

        await clients.each(1, give)
        before = len(lab.history.operations)
        await clients.each(1, take)
        owners = (await app.get("/v1/access/holders?permission=access:manage"))["users"]
        taken = tuple(op.id for op in lab.history.operations[before:] if op.name == _TAKE)
        findings.append(None if owners else Finding("nobody owns the organization any more", taken))
        left += len(owners)
    return judge(*findings, owners_left=left)


@last_owner_stays.sabotage("count the owners first, instead of letting the database keep the last")
def count_first(patch: Patch) -> None:
    """Between the count and the change, somebody else counts too."""

    async def withdraw(uow: UnitOfWork, user_id: UUID, role_id: UUID) -> None:
        reader = uow.part(RoleGrants)._reader(user_id, uow.organization_id)
        owners = await reader.all(queries.HOLDERS, permission="", presets=[OWNER])
        await asyncio.sleep(0.05)
        if len(owners) <= 1:
            raise LastOwner
        await uow.execute(queries.CLOSE)
        await uow.execute(queries.WITHDRAW, user_id=user_id, role_id=role_id)

    patch(service, "withdraw", withdraw)


def _path(person: UUID) -> str:
    return f"/v1/access/users/{person}/roles/{OWNER}"


def _principals(**permissions: Iterable[str]) -> str:
    """Principals of one organization by name; their tokens are their names."""
    people: list[dict[str, Any]] = [
        {"name": name, "token": _token(name), "permissions": list(given), "organization": "lab"}
        for name, given in permissions.items()
    ]
    return msgspec.json.encode(people).decode()


def _token(name: str) -> str:
    return f"lab-token-of-{name}-that-lives-for-seconds"


@guarantee(
    "nobody-grants-what-they-lack",
    promise="Whoever may make roles gives nobody, by any role or role within a role, what they do not have "
    "themselves.",
    safety="probe",
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def nobody_grants_what_they_lack(lab: Lab) -> Verdict:
    """Let somebody with few rights make and give every sort of role, and look at what people then may do."""
    env = {"BACKSTAY_AUTH_PRINCIPALS": _principals(boss=_HELD)}
    app = await lab.server(env=env)
    boss = {"Authorization": f"Bearer {_token('boss')}"}
    person = uuid5(_NAMESPACE, "colleague")
    made: list[str] = []
    effects: set[str] = set()

    async def make(client: Client) -> None:
        parts = [str(preset_id(name)) for name in PRESETS if name != "owner" and client.random.random() < 0.1]
        parts += [part for part in made[-3:] if client.random.random() < 0.5]
        role = {
            "name": client.unique("role"),
            "permissions": client.random.sample(_WANTED, client.random.randint(0, 3)),
            "parts": parts,
        }
        answer = await client.request("POST", "/v1/access/roles", json=role, headers=boss, name=_MAKE)
        if answer.ok:
            made.append(answer["id"])
            effects.update(answer["effective"])
            path = f"/v1/access/users/{person}/roles/{answer['id']}"
            await client.request("PUT", path, headers=boss, name=_GIVE)

    await lab.clients(2).each(20 * sum(1 for _ in lab.trials()), make)
    reader = lab.clients(1)
    found: list[Any] = []

    async def look(client: Client) -> None:
        found.append(await client.get(f"/v1/access/users/{person}", headers=boss))

    await reader.each(1, look)
    given = effects | set(found[0]["permissions"])
    more = given - set(_HELD)
    breach = (
        Finding(f"a role gives {', '.join(sorted(more))} and was made by one who lacks it") if more else None
    )
    refused = sum(1 for op in lab.history if op.name == _MAKE and op.status == 403)
    untried = None if given and refused else "nothing was given, or nothing was refused"
    return judge(breach, untried=untried, roles=len(made), refused=refused, server=len(app.processes))


@nobody_grants_what_they_lack.sabotage(
    "look at the permissions that a role names, not at the roles within it"
)
def own_permissions_only(patch: Patch) -> None:
    """The way most role tables check it: what comes by a role within the role goes unseen."""

    async def nothing(_reader: Reader, _role_ids: Iterable[UUID]) -> frozenset[str]:
        return frozenset()

    patch(roles, "effective", nothing)


@nobody_grants_what_they_lack.sabotage("let whoever may make roles give anything")
def anything(patch: Patch) -> None:
    """The permission to manage roles is then every permission."""

    async def let(reader: Reader, _permissions: Iterable[str]) -> None:
        await held(reader)

    patch(roles, "refuse_lacking", let)
    patch(assigning, "refuse_lacking", let)
