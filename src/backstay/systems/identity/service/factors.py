"""Second factors: enrolled, shown, removed.

Whether a second factor was shown is a property of the session, and one place asks for it
(`authenticating`): no way of signing in can go around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import (
    Confirmation,
    Enrolment,
    EnrolmentDone,
    Factor,
    FactorKind,
    SecondFactorProof,
    SignedIn,
)
from backstay.systems.identity.errors import (
    NoSuchFactor,
    NoSuchUser,
    PasswordNeeded,
    WrongCode,
)
from backstay.systems.identity.queries import factors as queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service import phones, totp
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.mails import SendNotice
from backstay.systems.identity.service.noting import NoteWrongCode
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.recovery import new_set, proven_code, write_codes
from backstay.systems.identity.service.sessions import (
    POSSESSION,
    Device,
    Proof,
    present_session,
    replace_session,
    require_fresh,
    sign_out,
)
from backstay.systems.identity.service.ways_in import begin_removal, settle_factors

TRIES: Final = 5
"""Wrong codes that end a session which has yet to show its second factor."""


async def list_factors(reader: Reader, user_id: UUID) -> list[Factor]:
    """The second factors of a person."""
    return await reader.all(queries.LIST, user_id=user_id)


async def enrol(uow: UnitOfWork, name: str) -> Enrolment:
    """Begin with an authenticator app; it counts for nothing until its first code is shown.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
    """
    await require_fresh(uow)
    person = await uow.first(users.BY_ID, id=uow.actor.id)
    if person is None:
        raise NoSuchUser
    return await enrol_for(uow, person, name)


async def enrol_for(uow: UnitOfWork, person: Person, name: str) -> Enrolment:
    """`enrol` for a person who is known to be there."""
    identity = uow.part(Identity)
    await uow.execute(queries.REMOVE_UNCONFIRMED, user_id=person.id, kind=FactorKind.TOTP.value)
    factor_id, secret = uuid7(), totp.new_secret()
    await uow.execute(
        queries.ADD,
        id=factor_id,
        user_id=person.id,
        kind=FactorKind.TOTP.value,
        name=name,
        hint="",
        secret=identity.factors.seal(secret, person.id.bytes),
        last_step=0,
        confirmed_at=None,
        created_at=uow.now(),
        used_at=None,
    )
    record(uow, "identity.factor_begun", subject=("factor", factor_id), after={"kind": FactorKind.TOTP})
    uri = totp.uri_of(secret, account=person.mail, issuer=identity.deployment)
    return Enrolment(
        factor_id=factor_id,
        secret=totp.shown(secret),
        uri=uri,
        qr_svg=totp.qr_svg(uri),
        qr_png=totp.qr_png(uri),
    )


async def confirm_enrolment(
    database: Database, actor: Actor, factor_id: UUID, code: str, device: Device
) -> EnrolmentDone:
    """Show the first code: from now on every session must show one.

    Raises:
        NoSuchFactor: there is no such factor to be confirmed.
        WrongCode: it is not the app's code, or not the one that was sent to the phone.
        TooManyGuesses: too many wrong codes; this one was not looked at.
    """
    identity = database.parts.part(Identity)
    begun = await database.reader(actor).first(queries.GET, user_id=actor.id, id=factor_id)
    if begun is None or begun.confirmed:
        raise NoSuchFactor
    await reserve(database, actor)
    made = new_set()
    hashed = [await identity.passwords.hash(actor.id, code) for code in made]

    async def work(uow: UnitOfWork) -> EnrolmentDone | None:
        found = await uow.first(queries.GET, user_id=actor.id, id=factor_id)
        if found is None or found.confirmed:
            raise NoSuchFactor
        standing = await present_session(uow, actor)
        if not await _confirms(uow, found, code, device):
            return None
        await uow.execute(queries.CONFIRM, id=found.id)
        record(uow, "identity.factor_added", subject=("factor", found.id), after={"kind": found.kind})
        if found.kind is FactorKind.SMS:
            await _tell(uow, f"Codes for your account go to a phone, too, whose number ends in {found.hint}.")
        fresh = await uow.one(queries.COUNT_CODES, user_id=actor.id) == 0
        if fresh:
            await write_codes(uow, made, hashed)
        await identity.guesses.forget(uow, identity.guesses.second_factor(actor.id))
        proof = Proof(2, "pwd+otp") if standing.assurance < 2 else None
        session = await replace_session(uow, actor, device, proof=proof)
        await note_change(uow, user_id=actor.id)
        return EnrolmentDone(session=session, recovery_codes=made if fresh else [])

    done = await database.run(actor, work)
    if done is None:  # only now: the try has to be counted although this is refused
        raise WrongCode
    return done


async def _confirms(uow: UnitOfWork, begun: queries.Secret, code: str, device: Device) -> bool:
    if begun.kind is FactorKind.SMS:
        return await phones.take(uow, code, network=device.network, factor_id=begun.id)
    return await _take(uow, [begun], code)


async def show(database: Database, actor: Actor, proof: SecondFactorProof, device: Device) -> SignedIn:
    """Show a second factor: the session that asks gets a successor of assurance 2, as fresh as it was itself.

    Raises:
        NotAnAccount: no session asks.
        PasswordNeeded: a passkey that nobody unlocked opened the session.
        WrongCode: the code does not work. After `TRIES` of them the session is over.
        TooManyGuesses: too many wrong codes; this one was not looked at.
    """
    tries = await reserve(database, actor)
    found = await proven_code(database, actor, None if proof.code else proof.recovery_code)

    async def work(uow: UnitOfWork) -> SignedIn | None:
        standing = await present_session(uow, actor)
        if standing.assurance < 2 and standing.method == POSSESSION:
            raise PasswordNeeded  # a code, too, comes from a thing that one has
        method = await prove(uow, proof, found, device)
        if method is None:
            if tries >= TRIES and standing.assurance < 2:
                await sign_out(uow, actor.id, standing.id)
            return None
        first = standing.method.partition("+")[0]
        return await replace_session(uow, actor, device, proof=Proof(2, f"{first}+{method}"))

    signed_in = await database.run(actor, work)
    if signed_in is None:  # only now: the session's end has to be committed although this is refused
        raise WrongCode
    return signed_in


async def prove(
    uow: UnitOfWork,
    proof: SecondFactorProof | Confirmation,
    found: tuple[str, bytes] | None,
    device: Device,
) -> str | None:
    """What kind of code holds (RFC 8176, and `recovery`), which is used up; None when none does.

    A wrong one is noted for the organizations of whose account it is.
    `found`: what `proven_code` found for the recovery code; the try was counted by `reserve`.
    """
    user_id = uow.actor.id
    method = None
    if proof.code is not None:
        if await _take(uow, await uow.all(queries.APPS, user_id=user_id), proof.code):
            method = "otp"
    elif proof.sms_code is not None:
        if await phones.take(uow, proof.sms_code, network=device.network):
            method = "sms"
    elif found is not None:
        name, sealed = found
        if await uow.execute(queries.USE_CODE, user_id=user_id, name=name, code=sealed):
            method = "recovery"
    if method is None:
        await NoteWrongCode(user_id=user_id, at=uow.now()).enqueue(uow)
        return None
    guesses = uow.part(Identity).guesses
    await guesses.forget(uow, guesses.second_factor(user_id))
    return method


async def remove(uow: UnitOfWork, factor_id: UUID) -> None:
    """Remove a second factor; with the last app or passkey its recovery codes and the phones go.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
        NoSuchFactor: there is none.
        LastFactor: everybody must have one here.
    """
    user_id = uow.actor.id
    person = await begin_removal(uow)
    found = await uow.first(queries.GET, user_id=user_id, id=factor_id)
    if person is None or found is None:
        raise NoSuchFactor
    await uow.execute(queries.REMOVE, user_id=user_id, id=factor_id)
    await require_fresh(uow)  # or the unit is rolled back
    record(uow, "identity.factor_removed", subject=("factor", factor_id), after={"kind": found.kind})
    if found.kind is FactorKind.SMS and found.confirmed:
        await _tell(uow, f"Codes for your account do not go to the phone any more that ends in {found.hint}.")
    if found.confirmed:
        await settle_factors(uow, person)
    await note_change(uow, user_id=user_id)


async def reserve(database: Database, actor: Actor) -> int:
    """Count a try; how many of this session there were, this one too."""
    identity = database.parts.part(Identity)
    account = identity.guesses.second_factor(actor.id)
    session = identity.guesses.challenge(actor.session_id or actor.id)
    counted = await database.run(actor, lambda uow: identity.guesses.reserve(uow, [account, session]))
    return counted[session.key]


async def _take(uow: UnitOfWork, factors: Sequence[queries.Secret], code: str) -> bool:
    """Whether the code is of one of the apps, and was not used before."""
    identity = uow.part(Identity)
    for factor in factors:
        secret = identity.factors.open(factor.secret, uow.actor.id.bytes)
        step = totp.step_of(secret, code, uow.now())
        if step is not None and await uow.execute(queries.USE, id=factor.id, step=step):
            return True
    return False


async def _tell(uow: UnitOfWork, what: str) -> None:
    person = await uow.one(users.BY_ID, id=uow.actor.id)
    await SendNotice(mail=person.mail, name=person.name, what=what).enqueue(uow)
