"""People for the checks, made over HTTP as anybody makes them: tenancy itself keeps no accounts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.guarantees import Lab, LabError, Reply, Server

NOBODY: Final = {"Authorization": ""}
_PASSWORD: Final = "seven green tugboats at dawn"  # noqa: S105 - of people who live for one check
OPERATOR: Final = {"Authorization": "Bearer the-operator-of-the-lab"}
"""Who may ban, and look into the outbox of the house, where the mails of accounts are."""
_CODE: Final = re.compile(r"^bsl_\S+$", re.MULTILINE)
_INVITATION: Final = re.compile(r"/console/invitation#(\S+)")
_PATIENCE: Final = 30.0
"""Seconds for a mail to be in the outbox."""
_ENVIRONMENT: Final = {
    # What is promised does not hang on what a hash costs.
    "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
    "BACKSTAY_IDENTITY_HASH_PASSES": "1",
    "BACKSTAY_IDENTITY_NETWORK_GUESSES": "100000",
}


class Person(Struct, frozen=True, kw_only=True):
    """Somebody with a session."""

    id: str
    mail: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What proves them."""
        return {"Authorization": f"Bearer {self.token}"}


async def open_server(lab: Lab, *, processes: int = 2) -> Server:
    """A server on which people can sign up."""
    operator = {
        "name": "operator",
        "token": OPERATOR["Authorization"].partition(" ")[2],
        "permissions": ["mail:read", "identity:operate"],
        "organization": str(UUID(int=0)),
    }
    principals = msgspec.json.encode([operator]).decode()
    return await lab.server(processes=processes, env={**_ENVIRONMENT, "BACKSTAY_AUTH_PRINCIPALS": principals})


async def ask(lab: Lab, method: str, path: str, json: Any = None, who: Mapping[str, str] = NOBODY) -> Reply:
    """One request of one client."""
    replies: list[Reply] = []

    async def send(client: Any) -> None:
        replies.append(await client.request(method, path, json=json, headers=who))

    await lab.clients(1, timeout=_PATIENCE).each(1, send)
    return replies[0]


async def must(lab: Lab, method: str, path: str, json: Any = None, who: Mapping[str, str] = NOBODY) -> Any:
    """The same, for what the check stands on.

    Raises:
        LabError: it was refused.
    """
    reply = await ask(lab, method, path, json, who)
    if not reply.ok:
        raise LabError(f"{method} {path} was answered {reply.status}: {reply.body[:200]!r}")
    return reply.json if reply.body else None


async def signed_up(lab: Lab, name: str) -> Person:
    """Somebody new, with a verified address, at work in their own place."""
    mail = f"{lab.unique(name)}@example.test".lower()
    await must(lab, "POST", "/v1/auth/sign-up", {"mail": mail, "password": _PASSWORD, "name": name})
    code = await _mailed(lab, mail, _CODE, OPERATOR)
    session = await must(lab, "POST", "/v1/auth/verify", {"token": code, "password": _PASSWORD})
    person = Person(id="", mail=mail, token=session["access_token"])
    account = await must(lab, "GET", "/v1/account", None, person.headers)
    return msgspec.structs.replace(person, id=account["id"])


async def founded(lab: Lab, owner: Person, name: str) -> tuple[Person, str]:
    """An organization of theirs, in which they are at work now, and its id."""
    made = await must(lab, "POST", "/v1/organizations", {"name": name}, owner.headers)
    return await at_work(lab, owner, made["id"]), made["id"]


async def at_work(lab: Lab, person: Person, organization_id: str) -> Person:
    """The same person, with a session in an organization that they belong to."""
    choice = {"organization_id": organization_id}
    session = await must(lab, "POST", "/v1/account/sessions/switch", choice, person.headers)
    return msgspec.structs.replace(person, token=session["access_token"])


async def invited(lab: Lab, owner: Person, mail: str, role_id: str) -> str:
    """The token in the mail that invites an address."""
    order = {"email": mail, "role_id": role_id}
    await must(lab, "POST", "/v1/organization/invitations", order, owner.headers)
    return await _mailed(lab, mail, _INVITATION, owner.headers)


async def member(lab: Lab, owner: Person, organization_id: str, role_id: str, name: str) -> Person:
    """Somebody new who was invited with a role, and is at work in the organization."""
    person = await signed_up(lab, name)
    token = await invited(lab, owner, person.mail, role_id)
    await must(lab, "POST", "/v1/invitations/accept", {"token": token}, person.headers)
    return await at_work(lab, person, organization_id)


async def _mailed(lab: Lab, mail: str, pattern: re.Pattern[str], who: Mapping[str, str]) -> str:
    """What the newest mail to an address holds of a sort of secret."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            listed = await must(lab, "GET", "/v1/mail/messages?limit=50", None, who)
            for one in listed["items"]:
                if one["to_address"] != mail:
                    continue
                message = await must(lab, "GET", f"/v1/mail/messages/{one['id']}", None, who)
                if found := pattern.findall(message["text"]):
                    return str(found[0])
            await asyncio.sleep(0.05)
