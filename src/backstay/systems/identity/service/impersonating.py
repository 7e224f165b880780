"""Acting in somebody's place: bounded in time and rights, with a reason, never behind their back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.audit import record
from backstay.systems.identity.contracts import (
    ENROL,
    SECOND_FACTOR,
    SELF,
    ImpersonationOrder,
    SessionKind,
    SignedIn,
)
from backstay.systems.identity.errors import (
    NoSuchMembership,
    NoSuchUser,
    NotImpersonable,
    SecondFactorNeeded,
)
from backstay.systems.identity.queries import factors, users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.mails import SendNotice
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.proving import is_banned
from backstay.systems.identity.service.sessions import Device, Proof, open_session, require_fresh
from backstay.systems.identity.service.switching import may_work_in


async def impersonate(
    database: Database, actor: Actor, user_id: UUID, order: ImpersonationOrder, device: Device
) -> SignedIn:
    """A session of somebody else's, in which the actor acts in their place.

    It is recorded in the organization in which they will act, and its end does not move.

    Raises:
        NoSuchUser: there is none.
        NotAnAccount, FreshSignInNeeded: the actor has not just signed in.
        NotImpersonable: it is the actor, somebody banned, or somebody who may do what the actor may not.
        NoSuchMembership: the person does not work in that organization.
        SecondFactorNeeded: the person has a second factor, and the actor has not shown one.
    """
    reader = database.reader(actor)
    await require_fresh(reader)
    person = await reader.first(users.BY_ID, id=user_id)
    if person is None:
        raise NoSuchUser
    organization = order.organization_id or person.home_id
    if not await may_work_in(reader, user_id, organization):
        raise NoSuchMembership
    # The trail of the organization whose things will be touched must tell it.
    inside = structs.replace(actor, organization_id=organization)

    async def work(uow: UnitOfWork) -> SignedIn:
        await require_fresh(uow)
        locked = await uow.first(users.LOCK, id=user_id)
        if locked is None:
            raise NoSuchUser
        await refuse_equals(uow, actor, locked, organization)
        if actor.assurance < 2 and await uow.one(factors.COUNT, user_id=user_id) > 0:
            raise SecondFactorNeeded
        made = await open_session(
            uow,
            locked,
            kind=SessionKind.COOKIE if order.cookie else SessionKind.TOKENS,
            device=device,
            proof=Proof(actor.assurance, "impersonation"),
            organization_id=organization,
            expires_at=uow.now() + timedelta(minutes=order.minutes),
            impersonator_id=actor.id,
        )
        told = {"session": made.session_id, "reason": order.reason, "until": made.expires_at}
        record(uow, "identity.impersonation_started", subject=("user", user_id), after=told)
        await SendNotice(
            mail=locked.mail,
            name=locked.name,
            what=(
                f"{actor.name}, who helps to run this site, acts in your place for up to {order.minutes} "
                f'minutes. The reason given: "{order.reason}". You can end it among your devices.'
            ),
        ).enqueue(uow)
        return made

    return await database.run(inside, work)


async def refuse_equals(uow: UnitOfWork, actor: Actor, person: Person, organization: UUID) -> None:
    """Let somebody be acted for whose rights are a part of the actor's.

    Raises:
        NotImpersonable: they are not, or it is the actor, or somebody banned.
    """
    identity = uow.part(Identity)
    rights = await identity.permissions(person.id, organization)
    # Everybody with an account has these, whether a role gives them or not.
    rights |= {SELF.name, SECOND_FACTOR.name, ENROL.name}
    if (
        person.id == actor.id
        or is_banned(person, uow.now())
        or rights & identity.of_the_house
        or not rights < actor.permissions
    ):
        raise NotImpersonable
