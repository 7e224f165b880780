"""Second factors: enrolled, shown, removed; and the codes for the day when they are lost.

Whether a second factor was shown is a property of the session, and one place asks for it
(`authenticating`): no way of signing in can go around it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import (
    Enrolment,
    EnrolmentDone,
    Factor,
    FactorKind,
    RecoveryCodes,
    SecondFactorProof,
    SignedIn,
)
from backstay.systems.identity.errors import NoSuchFactor, NoSuchUser, PasswordNeeded, WrongCode
from backstay.systems.identity.queries import factors as queries
from backstay.systems.identity.queries import sessions as session_queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service import totp
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import (
    POSSESSION,
    Device,
    Proof,
    present_session,
    replace_session,
    require_fresh,
    sign_out,
)

CODES: Final = 10
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE_LENGTH: Final = 16
"""80 bits in Base32."""
_NAME_LENGTH: Final = 2
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
    await uow.execute(queries.REMOVE_UNCONFIRMED, user_id=person.id)
    factor_id, secret = uuid7(), totp.new_secret()
    await uow.execute(
        queries.ADD,
        id=factor_id,
        user_id=person.id,
        kind=FactorKind.TOTP.value,
        name=name,
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
        WrongCode: it is not the app's code.
        TooManyGuesses: too many wrong codes; this one was not looked at.
    """
    identity = database.parts.part(Identity)
    begun = await database.reader(actor).first(queries.GET, user_id=actor.id, id=factor_id)
    if begun is None or begun.confirmed:
        raise NoSuchFactor
    await _reserve(database, actor)
    made = new_set()
    hashed = [await identity.passwords.hash(actor.id, code) for code in made]

    async def work(uow: UnitOfWork) -> EnrolmentDone:
        found = await uow.first(queries.GET, user_id=actor.id, id=factor_id)
        if found is None or found.confirmed:
            raise NoSuchFactor
        if not await _take(uow, [found], code):
            raise WrongCode
        await uow.execute(queries.CONFIRM, id=found.id)
        record(uow, "identity.factor_added", subject=("factor", found.id), after={"kind": FactorKind.TOTP})
        fresh = await uow.one(queries.COUNT_CODES, user_id=actor.id) == 0
        if fresh:
            await write_codes(uow, made, hashed)
        await identity.guesses.forget(uow, identity.guesses.second_factor(actor.id))
        session = await replace_session(uow, actor, device, proof=Proof(2, "pwd+otp"))
        await note_change(uow, user_id=actor.id)
        return EnrolmentDone(session=session, recovery_codes=made if fresh else [])

    return await database.run(actor, work)


async def show(database: Database, actor: Actor, proof: SecondFactorProof, device: Device) -> SignedIn:
    """Show a second factor: the session that asks gets a successor of assurance 2.

    Raises:
        NotAnAccount: no session asks.
        PasswordNeeded: a passkey that nobody unlocked opened the session.
        WrongCode: the code does not work. After `TRIES` of them the session is over.
        TooManyGuesses: too many wrong codes; this one was not looked at.
    """
    identity = database.parts.part(Identity)
    tries = await _reserve(database, actor)
    found = await _proven_code(database, actor, proof)

    async def work(uow: UnitOfWork) -> SignedIn | None:
        standing = await present_session(uow, actor)
        if standing.assurance < 2 and standing.method == POSSESSION:
            raise PasswordNeeded  # a code, too, comes from a thing that one has
        held = False
        if proof.code is not None:
            held = await _take(uow, await uow.all(queries.CONFIRMED, user_id=actor.id), proof.code)
        elif found is not None:
            name, sealed = found
            held = bool(await uow.execute(queries.USE_CODE, user_id=actor.id, name=name, code=sealed))
        if not held:
            if tries >= TRIES and standing.assurance < 2:
                await sign_out(uow, actor.id, standing.id)
            return None
        await identity.guesses.forget(uow, identity.guesses.second_factor(actor.id))
        first = standing.method.partition("+")[0]
        method = f"{first}+{'otp' if proof.code is not None else 'recovery'}"
        return await replace_session(uow, actor, device, proof=Proof(2, method))

    signed_in = await database.run(actor, work)
    if signed_in is None:  # only now: the session's end has to be committed although this is refused
        raise WrongCode
    return signed_in


async def remove(uow: UnitOfWork, factor_id: UUID) -> None:
    """Remove a second factor; with the last one its recovery codes go.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
        NoSuchFactor: there is none.
    """
    user_id = uow.actor.id
    if not await uow.execute(queries.REMOVE, user_id=user_id, id=factor_id):
        raise NoSuchFactor
    await require_fresh(uow)  # or the unit is rolled back
    record(uow, "identity.factor_removed", subject=("factor", factor_id))
    if await uow.one(queries.COUNT, user_id=user_id) == 0:
        await uow.execute(queries.REMOVE_CODES, user_id=user_id)
    await note_change(uow, user_id=user_id)


async def new_codes(database: Database, actor: Actor) -> RecoveryCodes:
    """Ten new recovery codes in place of the old ones; sessions that used one of those show a factor again.

    Raises:
        SecondFactorNeeded: the session has not shown a second factor.
        FreshSignInNeeded: it is not of a moment ago.
    """
    identity = database.parts.part(Identity)
    await require_fresh(database.reader(actor), assurance=2)
    made = new_set()
    hashed = [await identity.passwords.hash(actor.id, code) for code in made]

    async def work(uow: UnitOfWork) -> None:
        await uow.execute(queries.REMOVE_CODES, user_id=actor.id)
        await write_codes(uow, made, hashed)
        await uow.execute(session_queries.DOWNGRADE, user_id=actor.id)
        record(uow, "identity.recovery_codes_replaced", subject=("user", actor.id))
        await note_change(uow, user_id=actor.id)

    await database.run(actor, work)
    return RecoveryCodes(made)


async def _reserve(database: Database, actor: Actor) -> int:
    """Count a try; how many of this session there were, this one too."""
    identity = database.parts.part(Identity)
    account = identity.guesses.second_factor(actor.id)
    session = identity.guesses.challenge(actor.session_id or actor.id)
    counted = await database.run(actor, lambda uow: identity.guesses.reserve(uow, [account, session]))
    return counted[session.key]


async def _take(uow: UnitOfWork, factors: Sequence[queries.Secret], code: str) -> bool:
    """Whether the code is of one of the factors, and was not used before."""
    identity = uow.part(Identity)
    for factor in factors:
        secret = identity.factors.open(factor.secret, uow.actor.id.bytes)
        step = totp.step_of(secret, code, uow.now())
        if step is not None and await uow.execute(queries.USE, id=factor.id, step=step):
            return True
    return False


async def _proven_code(
    database: Database, actor: Actor, proof: SecondFactorProof
) -> tuple[str, bytes] | None:
    """The name and the stored form of a recovery code that holds."""
    if proof.code is not None or proof.recovery_code is None:
        return None
    text = "".join(letter for letter in proof.recovery_code.upper() if letter in _LETTERS)
    name = text[:_NAME_LENGTH]
    sealed = await database.reader(actor).first(queries.CODE, user_id=actor.id, name=name)
    if await database.parts.part(Identity).passwords.check(actor.id, text, sealed) and sealed is not None:
        return name, sealed
    return None


def new_set() -> list[str]:
    """Fresh recovery codes, each under a name of its own."""
    names: set[str] = set()
    while len(names) < CODES:
        names.add(_random(_NAME_LENGTH))
    return [name + _random(_CODE_LENGTH) for name in names]


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


async def write_codes(uow: UnitOfWork, codes: Sequence[str], hashed: Sequence[bytes]) -> None:
    """Keep the codes of a set for whoever asks, each as its hash."""
    rows = [
        {"user_id": uow.actor.id, "name": code[:_NAME_LENGTH], "code": sealed, "created_at": uow.now()}
        for code, sealed in zip(codes, hashed, strict=True)
    ]
    await uow.execute_many(queries.ADD_CODE, rows)
