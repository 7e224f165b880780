"""What is promised of invitations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from backstay.kernel.database import Statement, UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Reply, Verdict, guarantee, judge
from backstay.systems.access import preset_id
from backstay.systems.tenancy import queries
from backstay.systems.tenancy.guarantees.people import (
    NOBODY,
    Person,
    ask,
    founded,
    invited,
    must,
    open_server,
    signed_up,
)
from backstay.systems.tenancy.service import invitations

_ACCEPT: Final = "/v1/invitations/accept"
_USER: Final = str(preset_id("user"))


@guarantee(
    "invitation-works-once",
    promise="An invitation is taken once, and only by whom it was meant for: of however many who try at "
    "once, on however many servers, and whenever it comes back, also after they left.",
    safety="probe",
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def invitation_works_once(lab: Lab) -> Verdict:
    """Try another's invitation; take one's own sixteen times at once; be let go, and come back with it."""
    await open_server(lab)
    owner, _ = await founded(lab, await signed_up(lab, "olga"), "Harbour Lamps")
    findings: list[Finding | None] = []
    stranger = await signed_up(lab, "mallory")
    for _ in lab.trials():
        guest = await signed_up(lab, "bob")
        token = await invited(lab, owner, guest.mail, _USER)
        for who in (NOBODY, stranger.headers):
            refused = await ask(lab, "POST", _ACCEPT, {"token": token}, who)
            if refused.ok:
                findings.append(
                    Finding("somebody took another's invitation", (refused.operation.id,)),
                )
        replies: list[Reply] = []

        async def take(
            client: Client, token: str = token, guest: Person = guest, replies: list[Reply] = replies
        ) -> None:
            taken = await client.request("POST", _ACCEPT, json={"token": token}, headers=guest.headers)
            replies.append(taken)

        await lab.clients(8).each(2, take)
        findings.append(_once(replies, "an invitation"))
        members = await _members(lab, owner)
        if members != {owner.id, guest.id}:
            findings.append(Finding(f"{len(members)} people belong to the organization of two"))
        # Not asked to go well: whose invitation was taken by another is no member.
        await ask(lab, "DELETE", f"/v1/organization/members/{guest.id}", None, owner.headers)
        again = await ask(lab, "POST", _ACCEPT, {"token": token}, guest.headers)
        if again.ok or await _members(lab, owner) != {owner.id}:
            words = "somebody who was let go came back with the invitation of before"
            findings.append(Finding(words, (again.operation.id,)))
    return judge(*findings, invitations=lab.history.trial)


def _once(replies: list[Reply], what: str) -> Finding | None:
    taken = [reply for reply in replies if reply.ok]
    if len(taken) == 1:
        return None
    return Finding(f"{what} was taken {len(taken)} times", tuple(reply.operation.id for reply in taken))


async def _members(lab: Lab, owner: Person) -> set[str]:
    listed: Any = await must(lab, "GET", "/v1/organization/members?limit=100", None, owner.headers)
    return {one["user_id"] for one in listed["items"]}


@invitation_works_once.sabotage("look whether the invitation is there, and leave it there")
def looked_at(patch: Patch) -> None:
    """A check is not a use."""
    first = UnitOfWork.first

    async def leaving(uow: UnitOfWork, statement: Statement[Any], **parameters: Any) -> Any:
        found = await first(uow, statement, **parameters)
        if statement is queries.TAKE and found is not None:
            again = {"id": found.id, "email": found.email, "email_key": invitations.key_of(found.email)}
            again |= {"role_id": found.role_id, "role_name": "User"}
            expires_at = uow.now() + timedelta(hours=1)
            await uow.execute(queries.INVITE, **again, **parameters, expires_at=expires_at)
        return found

    patch(UnitOfWork, "first", leaving)


@invitation_works_once.sabotage("let in whoever holds the token")
def whoever_holds_it(patch: Patch) -> None:
    """A mail that was forwarded, or read by somebody else, is then a way in."""

    async def everybody(*_: Any) -> Any:
        return _Everybody()

    patch(invitations, "_addresses", everybody)


class _Everybody:
    """A set of addresses in which everybody's is."""

    def __contains__(self, _address: str) -> bool:
        return True
