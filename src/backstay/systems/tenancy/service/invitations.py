"""Invitations: a token that is only in the mail, taken once, by whom it was meant for."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final, Self
from uuid import UUID

from msgspec import UNSET
from typing_extensions import override

from backstay.kernel.actor import ANONYMOUS, Actor, People
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.access import Lacking, NoSuchRole, pass_on, role_to_give
from backstay.systems.audit import record
from backstay.systems.mail import Mailer, MailTemplate, send
from backstay.systems.tenancy import queries
from backstay.systems.tenancy.contracts import (
    DEFAULT_VALIDITY,
    Invitation,
    Invited,
    NewInvitation,
    Organization,
)
from backstay.systems.tenancy.errors import InvitationForAnother, InvitationVoid, NoSuchInvitation
from backstay.systems.tenancy.service.organizations import current, inside

TOKEN_BYTES: Final = 32
"""Random bytes in a token: 256 bits."""


class InvitationMail(MailTemplate, frozen=True, kw_only=True):
    """Invites somebody to an organization."""

    organization: str
    inviter: str
    role: str
    link: str

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        return cls(
            organization="Harbour Lamps Ltd",
            inviter="Ada",
            role="Manager",
            link="https://shop.example/console/invitation#token",
        )


async def invite(uow: UnitOfWork, new: NewInvitation) -> Invitation:
    """Invite an address; an earlier invitation to it stops working.

    Raises:
        NoSuchOrganization: the actor works in none that is kept here.
        NoSuchRole, Lacking: the actor cannot give the role.
        BadAddress: nobody can have this address.
    """
    organization = await current(uow)
    role = await role_to_give(uow, new.role_id)
    token = token_urlsafe(TOKEN_BYTES)
    id_ = uuid7()
    seconds = DEFAULT_VALIDITY if new.expires_in is UNSET else new.expires_in
    await uow.execute(
        queries.INVITE,
        id=id_,
        email=new.email,
        email_key=key_of(new.email),
        role_id=role.id,
        role_name=role.name,
        token_digest=_digest(token),
        expires_at=uow.now() + timedelta(seconds=seconds),
    )
    mail = InvitationMail(
        organization=organization.name,
        inviter=uow.actor.name,
        role=role.name,
        # After the #, so that neither servers nor proxies on the way write it down.
        link=f"{uow.part(Mailer).public_url}/console/invitation#{token}",
    )
    await send(uow, mail, to=new.email)
    made = await uow.one(queries.INVITATION, id=id_)
    record(uow, "tenancy.person_invited", subject=("invitation", id_), after={"role": role.name})
    return made


async def list_invitations(reader: Reader, request: ListRequest) -> Page[Invitation]:
    """The open ones."""
    return await reader.page(queries.INVITATIONS, request)


async def withdraw(uow: UnitOfWork, invitation_id: UUID) -> None:
    """Take an invitation back.

    Raises:
        NoSuchInvitation: it is not open.
    """
    if not await uow.execute(queries.WITHDRAW, id=invitation_id):
        raise NoSuchInvitation
    record(uow, "tenancy.invitation_withdrawn", subject=("invitation", invitation_id))


async def look(database: Database, token: str) -> Invited:
    """What an invitation is to; for anybody who has the token.

    Raises:
        NoSuchInvitation: it is not open.
    """
    found = await database.reader(ANONYMOUS).first(queries.LOOK, token_digest=_digest(token))
    if found is None:
        raise NoSuchInvitation
    return found


async def accept(database: Database, actor: Actor, token: str) -> Organization:
    """Take an invitation: the actor belongs to the organization now, with the role.

    Raises:
        NoSuchInvitation: it is not open.
        InvitationForAnother: the actor has not proven to be who was invited.
        InvitationVoid: whoever invited may not give the role any more.
    """
    invited = await look(database, token)
    if key_of(invited.email) not in await _addresses(database, actor):
        raise InvitationForAnother

    async def work(uow: UnitOfWork) -> Organization:
        taken = await uow.first(queries.TAKE, token_digest=_digest(token))
        if taken is None or key_of(taken.email) != key_of(invited.email):
            raise NoSuchInvitation
        try:
            await pass_on(uow, actor.id, taken.role_id, taken.created_by)
        except (Lacking, NoSuchRole) as failure:
            raise InvitationVoid from failure
        await uow.execute(queries.JOIN, name=actor.name)
        record(uow, "tenancy.member_joined", subject=("user", actor.id), after={"invitation": taken.id})
        return await current(uow)

    return await database.run(inside(actor, invited.organization_id), work)


def key_of(email: str) -> str:
    """What two spellings of one address have in common."""
    return email.strip().casefold()


async def _addresses(database: Database, actor: Actor) -> frozenset[str]:
    try:
        people = database.parts.part(People)  # type: ignore[type-abstract]  # an interface is a kind too
    except LookupError:
        # Nobody keeps accounts here, so nobody has proven anything.
        return frozenset()
    return frozenset(key_of(one) for one in await people.verified_addresses(actor.id))


def _digest(token: str) -> bytes:
    # A token is random throughout, so one round of a fast hash keeps it; passwords would need more.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
