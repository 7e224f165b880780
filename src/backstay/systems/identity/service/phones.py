"""Codes by SMS: weaker than the other second factors, so only beside one of them, and with a warning.

A code is of one session, one phone and ten minutes at most; five tries kill it, and a new one
takes its place. A job makes it after the commit that asked, so that no store of jobs has it, and
the database has a MAC of it. Whoever asks is counted for the number, the account and the
network before a text is sent, because texts cost money (toll fraud); a code that was shown
rightly takes the count back, as fraud never does.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar, Final
from urllib.parse import urlsplit
from uuid import UUID

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.identity.contracts import CodeOnItsWay, FactorKind, NewPhone, PhoneEnrolment, Text, Ways
from backstay.systems.identity.engines.twilio import TextRefusedError
from backstay.systems.identity.errors import (
    NoSuchFactor,
    NoSuchUser,
    StrongerFactorNeeded,
    TextsUnavailable,
)
from backstay.systems.identity.queries import factors, passkeys, texts, users
from backstay.systems.identity.queries.factors import OwnedSecret, Secret
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import present_session, require_fresh
from backstay.systems.identity.service.texting import number_of
from backstay.systems.jobs import Job, JobOptions

DIGITS: Final = 6
LIFETIME: Final = timedelta(minutes=10)
"""ASVS 6.5.5 allows no longer."""
WARNING: Final = (
    "Codes by SMS are weaker than an app or a passkey: whoever takes your number over, or reads your texts, "
    "has them. Keep the app or the passkey, and use this only when it is out of reach. Nobody of us asks you "
    "for a code."
)
_HINT: Final = 2

_log: Final = logging.getLogger("backstay.identity")


class SendCode(Job, frozen=True, kw_only=True):
    """Make the code that somebody asked for, and send it."""

    options: ClassVar[JobOptions] = JobOptions(queue="identity", max_attempts=4, breaker=False)
    code_id: UUID


async def begin(uow: UnitOfWork, wanted: NewPhone, network: str) -> PhoneEnrolment:
    """Begin with a phone, which counts for nothing until the code that it is sent was shown.

    Raises:
        TextsUnavailable: this deployment sends no texts.
        FreshSignInNeeded: the session is not of a moment ago.
        StrongerFactorNeeded: there is neither an app nor a passkey.
        TooManyGuesses: too many codes were asked for.
    """
    identity = _with_texts(uow)
    await require_fresh(uow)
    user_id = uow.actor.id
    if await uow.first(users.LOCK, id=user_id) is None:
        raise NoSuchUser
    if await uow.one(factors.COUNT_STRONG, user_id=user_id) == 0:
        raise StrongerFactorNeeded
    number = number_of(wanted.number, identity.settings.sms_prefixes)
    await uow.execute(factors.REMOVE_UNCONFIRMED, user_id=user_id, kind=FactorKind.SMS.value)
    factor_id, hint = uuid7(), number[-_HINT:]
    await uow.execute(
        factors.ADD,
        id=factor_id,
        user_id=user_id,
        kind=FactorKind.SMS.value,
        name=wanted.name,
        hint=hint,
        secret=identity.factors.seal(number.encode("ascii"), _bound_to(user_id)),
        last_step=0,
        confirmed_at=None,
        created_at=uow.now(),
        used_at=None,
    )
    record(uow, "identity.factor_begun", subject=("factor", factor_id), after={"kind": FactorKind.SMS})
    seconds = await _ask(uow, factor_id, number, network)
    return PhoneEnrolment(factor_id=factor_id, hint=hint, expires_in=seconds, warning=WARNING)


async def ask(uow: UnitOfWork, factor_id: UUID, network: str) -> CodeOnItsWay:
    """Let a code be sent to one of one's phones, for this session alone.

    Raises:
        TextsUnavailable: this deployment sends no texts.
        NoSuchFactor: whoever asks has no such phone.
        TooManyGuesses: too many codes were asked for.
    """
    identity = _with_texts(uow)
    await present_session(uow, uow.actor)
    phone = await uow.first(factors.GET, user_id=uow.actor.id, id=factor_id)
    if phone is None or phone.kind is not FactorKind.SMS or not phone.confirmed:
        raise NoSuchFactor
    seconds = await _ask(uow, phone.id, _number(identity, phone, uow.actor.id), network)
    record(uow, "identity.code_sent", subject=("factor", phone.id))
    return CodeOnItsWay(hint=phone.hint, expires_in=seconds)


async def _ask(uow: UnitOfWork, factor_id: UUID, number: str, network: str) -> int:
    guesses = uow.part(Identity).guesses
    standing = await present_session(uow, uow.actor)
    counted = [guesses.texts_to(number), guesses.texts_for(uow.actor.id), guesses.texts_from(network)]
    await guesses.reserve(uow, counted)
    code_id = uuid7()
    expires = uow.now() + LIFETIME
    await uow.execute(texts.ASK, session_id=standing.id, id=code_id, factor_id=factor_id, expires_at=expires)
    await SendCode(code_id=code_id).enqueue(uow)
    return int(LIFETIME.total_seconds())


async def send_code(database: Database, job: SendCode) -> None:
    """As the job of this name says; nothing when a newer code took its place or it is too late.

    A worker that dies after it handed the text over sends another: the newest code is the one that counts.

    Raises:
        TextNotSentError: the provider does not take it now.
    """
    identity = database.parts.part(Identity)

    async def make(uow: UnitOfWork) -> tuple[OwnedSecret, str, float] | None:
        waiting = await uow.first(texts.WAITING, id=job.code_id)
        if waiting is None:
            return None
        phone = await uow.first(factors.BY_ID, id=waiting.factor_id)
        if phone is None:
            return None
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        digest = _digest(identity, waiting.session_id, phone.id, code)
        await uow.execute(texts.MAKE, id=job.code_id, digest=digest)
        body = _body(identity, code)
        if identity.texts.keeps:
            number = _number(identity, phone, phone.user_id)
            await uow.execute(texts.KEEP, id=uuid7(), number=number, body=body, created_at=uow.now())
        return phone, body, (waiting.expires_at - uow.now()).total_seconds()

    made = await database.run(SYSTEM, make)
    twilio = identity.texts.twilio
    if made is None or twilio is None:
        return
    phone, body, seconds = made
    try:
        await asyncio.to_thread(twilio.send, _number(identity, phone, phone.user_id), body, seconds)
    except TextRefusedError as refused:
        _log.warning("the code for the phone %s was refused: %s", phone.id, refused)


async def take(uow: UnitOfWork, code: str, *, network: str, factor_id: UUID | None = None) -> bool:
    """Whether it is the code that was sent for the session that asks; the try counts, a right one is used up.

    `factor_id`: the phone that it must have been sent to, confirmed or not; any confirmed one when not given.
    """
    identity = uow.part(Identity)
    standing = await present_session(uow, uow.actor)
    tried = await uow.first(texts.TRY, session_id=standing.id)
    if tried is None or (factor_id is not None and tried.factor_id != factor_id):
        return False
    phone = await uow.first(factors.GET, user_id=uow.actor.id, id=tried.factor_id)
    digest = _digest(identity, standing.id, tried.factor_id, code)
    if phone is None or not hmac.compare_digest(digest, tried.digest):
        return False
    if factor_id is None and not phone.confirmed:
        return False
    if not await uow.execute(texts.SPEND, session_id=standing.id, digest=digest):
        return False
    await uow.execute(factors.MARK_USED, id=phone.id)
    guesses = identity.guesses
    await guesses.forget(uow, guesses.texts_to(_number(identity, phone, uow.actor.id)))
    await guesses.forget(uow, guesses.texts_for(uow.actor.id))
    await guesses.take_back(uow, guesses.texts_from(network))
    return True


async def ways(reader: Reader) -> Ways:
    """What whoever asks may show as a second factor."""
    user_id = reader.actor.id
    sends = reader.part(Identity).texts.available
    return Ways(
        app=bool(await reader.all(factors.APPS, user_id=user_id)),
        passkey=bool(await reader.all(passkeys.CREDENTIALS, user_id=user_id)),
        recovery_code=await reader.one(factors.COUNT_CODES, user_id=user_id) > 0,
        phones=await reader.all(factors.PHONES, user_id=user_id) if sends else [],
    )


async def kept(reader: Reader) -> list[Text]:
    """The newest texts that were kept instead of being sent; none where texts are sent."""
    return await reader.all(texts.KEPT)


async def numbers(reader: Reader, user_id: UUID) -> dict[UUID, str]:
    """The numbers of a person's phones, for their export."""
    identity = reader.part(Identity)
    found = await reader.all(factors.ALL_PHONES, user_id=user_id)
    return {phone.id: _number(identity, phone, user_id) for phone in found}


def _with_texts(uow: UnitOfWork) -> Identity:
    identity = uow.part(Identity)
    if not identity.texts.available:
        raise TextsUnavailable("Set identity.sms_url.")
    return identity


def _number(identity: Identity, phone: Secret, user_id: UUID) -> str:
    return identity.factors.open(phone.secret, _bound_to(user_id)).decode("ascii")


def _bound_to(user_id: UUID) -> bytes:
    return user_id.bytes + FactorKind.SMS.value.encode("ascii")


def _digest(identity: Identity, session_id: UUID, factor_id: UUID, code: str) -> bytes:
    return hmac.digest(identity.codes_key, session_id.bytes + factor_id.bytes + code.encode("ascii"), sha256)


def _body(identity: Identity, code: str) -> str:
    # The last line is that of origin-bound one-time codes (WICG): browsers offer the code on our page alone.
    host = urlsplit(identity.public_url).hostname or ""
    words = (
        f"{code} is your code for {identity.deployment}. It holds ten minutes. Nobody of us asks you for it."
    )
    return f"{words}\n\n@{host} #{code}"
