"""Two organizations at work at the same moment: neither is shown, nor changes, what is the other's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from backstay.kernel.database import Compiled, Reader
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge

_SIDES: Final = ("north", "south")
_PATHS: Final = ("/v1/access/roles", "/v1/api-keys", "/v1/mail/suppressions")


def _thing(path: str, name: str) -> dict[str, Any]:
    """What both sides make all the time."""
    match path:
        case "/v1/access/roles":
            return {"name": name, "permissions": ["notes:read"]}
        case "/v1/api-keys":
            return {"name": name, "scopes": ["notes:read"]}
        case _:
            return {"address": f"{name}@lab.test"}


def _principals() -> str:
    people: list[dict[str, Any]] = [
        {"name": side, "token": _token(side), "permissions": ["*"], "organization": side} for side in _SIDES
    ]
    return msgspec.json.encode(people).decode()


def _token(side: str) -> str:
    return f"lab-token-of-the-{side}-that-lives-for-seconds"


def _as(side: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {_token(side)}"}


@guarantee(
    "organizations-never-meet",
    promise="While the people of two organizations work at the same moment on the same servers, neither is "
    "ever shown, and neither can change, what is the other's.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def organizations_never_meet(lab: Lab) -> Verdict:
    """Let both sides make things, list them, and reach for what the other side has just made."""
    await lab.server(processes=2, env={"BACKSTAY_AUTH_PRINCIPALS": _principals()})
    owners: dict[str, str] = {}
    made: dict[str, list[str]] = {side: [] for side in _SIDES}
    findings: list[Finding | None] = []
    looked = reached = 0

    async def work(client: Client) -> None:
        nonlocal looked, reached
        side, other = client.random.sample(_SIDES, 2)
        path = client.random.choice(_PATHS)
        name = f"{side}-{client.unique('thing')}"
        thing = _thing(path, name)
        answer = await client.request("POST", path, json=thing, headers=_as(side), name=f"POST {path}")
        if answer.ok:
            owners[answer["id"]] = side
            made[side].append(f"{path}/{answer['id']}")
        listed = await client.request("GET", path, headers=_as(side), name=f"GET {path}")
        if listed.ok:
            looked += 1
            if other in listed.body.decode():
                findings.append(Finding(f"{side} was shown what is the {other}'s", (listed.operation.id,)))
        for theirs in client.random.sample(made[other], min(2, len(made[other]))):
            version = {**_as(side), "If-Match": '"1"'}
            taken = await client.request("DELETE", theirs, headers=version, name="DELETE")
            reached += 1
            if taken.status != 404:
                words = f"{side} reached for what is the {other}'s and was answered with {taken.status}"
                findings.append(Finding(words, (taken.operation.id,)))

    await lab.clients(8).each(12, work)
    untried = None if looked and reached else "nothing was listed, or nothing was reached for"
    return judge(*findings, untried=untried, made=len(owners), lists=looked, reached=reached)


@organizations_never_meet.sabotage("keep the present organization in one place for the whole process")
def one_place(patch: Patch) -> None:
    """A global that the next request overwrites, between this one's beginning and its statement."""
    here: list[UUID] = []
    begin, bind = Reader.__init__, Compiled.bind

    def remember(reader: Reader, *arguments: Any) -> None:
        begin(reader, *arguments)
        here[:] = [reader.actor.organization_id]

    patch(Reader, "__init__", remember)

    def of_whoever_came_last(compiled: Compiled, reader: Reader, given: Mapping[str, Any]) -> list[Any]:
        somebody = replace(reader.actor, organization_id=here[0])
        return bind(compiled, reader.on_behalf(somebody), given)

    patch(Compiled, "bind", of_whoever_came_last)
