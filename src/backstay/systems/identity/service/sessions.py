"""Sessions: opened, listed, replaced, ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import NotInPerson
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import SessionKind, SignedIn
from backstay.systems.identity.errors import (
    FreshSignInNeeded,
    NoSuchSession,
    NotAnAccount,
    SecondFactorNeeded,
    SessionOver,
)
from backstay.systems.identity.queries import factors, users
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.tokens import Access

_DEVICE_LENGTH: Final = 200


class Device(Struct, frozen=True):
    """Where a sign-in comes from, as far as it tells."""

    name: str
    network: str


class Proof(Struct, frozen=True):
    """How somebody proved who they are."""

    assurance: int
    method: str


PASSWORD: Final = Proof(1, "pwd")
POSSESSION: Final = "pop"
"""The method of a session that nothing but a thing which somebody has has opened (RFC 8176)."""


async def open_session(
    uow: UnitOfWork,
    person: Person,
    *,
    kind: SessionKind,
    device: Device,
    proof: Proof = PASSWORD,
    organization_id: UUID | None = None,
    expires_at: datetime | None = None,
    assured_at: datetime | None = None,
    impersonator_id: UUID | None = None,
) -> SignedIn:
    """A new session of a person who has just proven who they are.

    Args:
        uow: the unit whose commit opens it.
        person: as the database has them now.
        kind: how it will prove itself.
        device: where from.
        proof: how they proved it.
        organization_id: the one it works in; the person's home when not given.
        expires_at: when it ends however much it is used, if not after the settings' time.
        assured_at: when they proved it, if not just now.
        impersonator_id: who acts in their place; then it is this somebody who proved who they are.
    """
    identity = uow.part(Identity)
    now = uow.now()
    session_id = uuid7()
    expires = expires_at or now + timedelta(seconds=identity.settings.session_lifetime)
    await uow.execute(
        queries.OPEN,
        id=session_id,
        user_id=person.id,
        organization_id=organization_id or person.home_id,
        kind=kind.value,
        counter=1,
        confirmed=0,
        rotated_at=now,
        device=device.name[:_DEVICE_LENGTH],
        network=device.network,
        assurance=proof.assurance,
        assured_at=assured_at or now,
        method=proof.method,
        impersonator_id=impersonator_id,
        created_at=now,
        seen_at=now,
        expires_at=expires,
        ended_at=None,
        ended_because="",
    )
    has = await uow.one(factors.COUNT, user_id=person.id) > 0
    made = SignedIn(
        session_id=session_id,
        assurance=proof.assurance,
        expires_at=expires,
        second_factor=has and proof.assurance < 2,
        enrolment=must_enrol(identity, second_factor=has, impersonator_id=impersonator_id),
    )
    if kind is SessionKind.COOKIE:
        return made
    access = Access(session_id, person.id, 1, person.epoch, expires.timestamp(), impersonator_id)
    return with_tokens(identity, made, access, now)


def with_tokens(identity: Identity, made: SignedIn, access: Access, now: datetime) -> SignedIn:
    """The session with its next tokens."""
    return SignedIn(
        session_id=made.session_id,
        assurance=made.assurance,
        expires_at=made.expires_at,
        access_token=identity.tokens.access_token(access, now),
        refresh_token=identity.tokens.refresh_token(access.session_id, access.counter),
        expires_in=min(identity.tokens.lifetime, int(access.expires - now.timestamp())),
        second_factor=made.second_factor,
        enrolment=made.enrolment,
    )


def must_enrol(identity: Identity, *, second_factor: bool, impersonator_id: UUID | None) -> bool:
    """Whether a session may do nothing but add a second factor; who acts for a person has shown theirs."""
    required = identity.settings.second_factor == "required"
    return required and not second_factor and impersonator_id is None


def is_over(identity: Identity, standing: Standing, now: datetime) -> bool:
    """Whether a session has ended, has expired, was not used for too long, or its person is banned."""
    idle = timedelta(seconds=identity.settings.session_idle)
    banned = standing.banned_at is not None and (standing.banned_until is None or standing.banned_until > now)
    return (
        banned
        or standing.ended_at is not None
        or standing.expires_at <= now
        or standing.seen_at + idle <= now
    )


async def replace_session(
    uow: UnitOfWork,
    actor: Actor,
    device: Device,
    *,
    proof: Proof | None = None,
    proven: bool = False,
    organization_id: UUID | None = None,
    all_others: bool = False,
) -> SignedIn:
    """End the session that asks, and open its successor under a new id (ASVS 7.2.4).

    Args:
        uow: the unit, whose commit does both.
        actor: who asks.
        device: where from.
        proof: what is proven now; what the session had when not given.
        proven: all that was proven anew just now. Otherwise the successor is as fresh as its predecessor,
            for it is no fresher than the older of two proofs.
        organization_id: the one that the successor works in; the same when not given. The caller
            has checked that the person may work there.
        all_others: end every other session, too.

    Raises:
        NotAnAccount: no session asks.
        SessionOver: it has ended meanwhile.
    """
    standing = await present_session(uow, actor)
    person = await uow.one(users.BY_ID, id=standing.user_id)
    if all_others:
        await uow.execute(queries.END_ALL, user_id=person.id, because="replaced")
    else:
        await uow.execute(queries.END, id=standing.id, user_id=person.id, because="replaced")
    made = await open_session(
        uow,
        person,
        kind=standing.kind,
        device=device,
        proof=proof or Proof(standing.assurance, standing.method),
        organization_id=organization_id or standing.organization_id,
        expires_at=standing.expires_at,
        assured_at=None if proven else standing.assured_at,
    )
    before = {"organization": standing.organization_id, "assurance": standing.assurance}
    after = {"organization": organization_id or standing.organization_id, "assurance": made.assurance}
    after |= {"session": made.session_id, "others_ended": all_others}
    record(uow, "identity.session_replaced", subject=("session", standing.id), before=before, after=after)
    if all_others:
        await note_change(uow, user_id=person.id)
    else:
        await note_change(uow, session_id=standing.id)
    return made


async def present_session(reader: Reader, actor: Actor) -> Standing:
    """The session that asks, as it stands this moment.

    Raises:
        NotInPerson: somebody asks in the person's place.
        NotAnAccount: no session asks.
        SessionOver: it has ended meanwhile.
    """
    if actor.impersonator_id is not None:
        raise NotInPerson
    if actor.session_id is None:
        raise NotAnAccount
    standing = await reader.first(queries.STANDING, id=actor.session_id)
    if standing is None or standing.user_id != actor.id:
        raise NotAnAccount
    if is_over(reader.part(Identity), standing, reader.now()):
        raise SessionOver
    return standing


async def require_fresh(reader: Reader, *, assurance: int = 1) -> None:
    """Let a session pass in which somebody proved who they are a moment ago (`identity.step_up`).

    Raises:
        NotAnAccount: no session asks.
        SessionOver: it has ended meanwhile, however recently.
        SecondFactorNeeded: `assurance` is 2 or the person has a second factor, and it has not shown one.
        FreshSignInNeeded: it is older.
    """
    standing = await present_session(reader, reader.actor)
    # The gate knows of a factor that was added elsewhere a moment later; what matters does not wait for it.
    if standing.assurance < max(assurance, 2 if standing.second_factor else 1):
        raise SecondFactorNeeded
    limit = timedelta(seconds=reader.part(Identity).settings.step_up)
    if reader.now() - standing.assured_at > limit:
        raise FreshSignInNeeded


async def end_session(uow: UnitOfWork, user_id: UUID, session_id: UUID, because: str = "ended") -> None:
    """End one session of a person.

    Raises:
        NoSuchSession: they have no such living session.
    """
    if not await end_quietly(uow, user_id, session_id, because):
        raise NoSuchSession


async def end_quietly(uow: UnitOfWork, user_id: UUID, session_id: UUID, because: str) -> bool:
    """End a session of a person; whether there was a living one."""
    if not await uow.execute(queries.END, id=session_id, user_id=user_id, because=because):
        return False
    record(uow, "identity.session_ended", subject=("session", session_id), after={"because": because})
    await note_change(uow, session_id=session_id)
    return True


async def end_others(uow: UnitOfWork, user_id: UUID, keep: UUID, because: str = "ended") -> int:
    """End every session of a person but one; how many."""
    ended = await uow.all(queries.END_OTHERS, user_id=user_id, keep=keep, because=because)
    if ended:
        record(uow, "identity.sessions_ended", subject=("user", user_id), after={"ended": len(ended)})
        await note_change(uow, user_id=user_id)
    return len(ended)


async def sign_out(uow: UnitOfWork, user_id: UUID, session_id: UUID) -> None:
    """End a session, if it has not ended already."""
    await end_quietly(uow, user_id, session_id, "sign-out")


async def end_everything(uow: UnitOfWork, user_id: UUID) -> int:
    """End every session of a person on request; how many."""
    await uow.execute(users.RAISE_EPOCH, id=user_id)
    return await end_all(uow, user_id)


async def end_all(uow: UnitOfWork, user_id: UUID, because: str = "ended") -> int:
    """End every session of a person; how many. Access tokens that are under way end with them."""
    ended = await uow.execute(queries.END_ALL, user_id=user_id, because=because)
    told = {"ended": ended, "because": because}
    record(uow, "identity.sessions_ended", subject=("user", user_id), after=told)
    await note_change(uow, user_id=user_id)
    return ended
