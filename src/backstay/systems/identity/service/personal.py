"""All of a person's data: handed to them, or erased in one commit, by jobs, with receipts."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.personal import PersonalData
from backstay.systems.audit import erase as erase_records
from backstay.systems.audit import record
from backstay.systems.identity.contracts import (
    BanOrder,
    NewReceipt,
    PersonalReceipt,
    ReceiptKind,
)
from backstay.systems.identity.errors import NoSuchReceipt
from backstay.systems.identity.queries import factors, passkeys, providers, sessions, users
from backstay.systems.identity.queries import receipts as queries
from backstay.systems.identity.service import phones
from backstay.systems.identity.service.bans import ban
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.mails import digest_of, send_notice_now
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import require_fresh
from backstay.systems.jobs import Job, JobOptions


class ExportAccount(Job, frozen=True, kw_only=True):
    """Gather everything that is kept about a person."""

    options: ClassVar[JobOptions] = JobOptions(queue="identity", max_attempts=10)
    receipt_id: UUID


class EraseAccount(Job, frozen=True, kw_only=True):
    """Erase everything that is kept about a person."""

    options: ClassVar[JobOptions] = JobOptions(queue="identity", max_attempts=10)
    receipt_id: UUID


async def ask_for_export(uow: UnitOfWork) -> NewReceipt:
    """Let a job gather everything that is kept about whoever asks.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
    """
    await require_fresh(uow)
    made = await make_receipt(uow, uow.actor.id, ReceiptKind.EXPORT)
    await ExportAccount(receipt_id=made.receipt.id).enqueue(uow)
    return made


async def ask_for_erasure(uow: UnitOfWork) -> NewReceipt:
    """End the account of whoever asks now, and let a job erase everything that is kept about them.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
        Conflict: a module has something that they must settle first; it says what.
    """
    await require_fresh(uow)
    made = await make_receipt(uow, uow.actor.id, ReceiptKind.ERASURE)
    await EraseAccount(receipt_id=made.receipt.id).enqueue(uow)
    await ban(uow, uow.actor.id, BanOrder(reason="being erased on request"))
    return made


async def make_receipt(uow: UnitOfWork, user_id: UUID, kind: ReceiptKind) -> NewReceipt:
    """Note that somebody asks; the job is the caller's to enqueue."""
    token = f"bse_{secrets.token_urlsafe(32)}"
    receipt_id = uuid7()
    await uow.execute(
        queries.INSERT,
        id=receipt_id,
        user_id=user_id,
        kind=kind.value,
        digest=digest_of(token),
        requested_at=uow.now(),
        done_at=None,
        details={},
        content=None,
    )
    record(uow, f"identity.{kind.value}_asked", subject=("user", user_id), after={"receipt": receipt_id})
    return NewReceipt(receipt=await uow.one(queries.GET, id=receipt_id), token=token)


async def read_receipt(reader: Reader, token: str) -> PersonalReceipt:
    """What became of it.

    Raises:
        NoSuchReceipt: no receipt has this token.
    """
    found = await reader.first(queries.BY_DIGEST, digest=digest_of(token))
    if found is None:
        raise NoSuchReceipt
    return found


async def read_export(reader: Reader, receipt_id: UUID) -> bytes:
    """The export of whoever asks, as JSON.

    Raises:
        NoSuchReceipt: it is not ready, is over, or is somebody else's: all look alike.
    """
    sealed = await reader.first(queries.CONTENT, id=receipt_id, user_id=reader.actor.id)
    if sealed is None:
        raise NoSuchReceipt
    return reader.part(Identity).exports.open(sealed, reader.actor.id.bytes)


async def export(database: Database, receipt_id: UUID) -> None:
    """Gather; nothing when that was done already."""
    identity = database.parts.part(Identity)

    async def work(uow: UnitOfWork) -> None:
        asked = await uow.first(queries.ASKED, id=receipt_id)
        if asked is None:
            return
        found: dict[str, Any] = {}
        for name, kept in identity.personal:
            found[name] = await kept.export(uow, asked.user_id)
        details = {name: len(msgspec.json.encode(value)) for name, value in found.items()}
        sealed = identity.exports.seal(msgspec.json.encode(found), asked.user_id.bytes)
        await uow.execute(queries.FINISH, id=receipt_id, details=details, content=sealed)

    await database.run(SYSTEM, work)


async def erase(database: Database, receipt_id: UUID) -> None:
    """Erase, in one commit; nothing when that was done already.

    The keys of what was recorded of the person go after it, an organization at a time, and only
    then is the receipt done: whoever is stopped in between begins again and does what was left.
    """
    identity = database.parts.part(Identity)

    async def work(uow: UnitOfWork) -> queries.Asked | None:
        asked = await uow.first(queries.ASKED, id=receipt_id)
        if asked is None:
            return None
        person = await uow.first(users.BY_ID, id=asked.user_id)
        if person is None:
            return asked
        await send_notice_now(uow, person, "Your account and what was kept about you are erased.", receipt_id)
        # Our own rows last: the others may ask who it was.
        details = {name: await kept.erase(uow, person.id) for name, kept in reversed(identity.personal)}
        await uow.execute(queries.NOTE, id=receipt_id, details=details)
        record(uow, "identity.account_erased", subject=("user", person.id), after=details)
        return asked

    asked = await database.run(identity.postman, work)
    if asked is None:
        return
    recorded = await erase_records(database, SYSTEM, asked.user_id)

    async def finish(uow: UnitOfWork) -> None:
        noted = await uow.one(queries.GET, id=receipt_id)
        details = {**noted.details, "audit": recorded.organizations}
        await uow.execute(queries.FINISH, id=receipt_id, details=details, content=None)

    await database.run(SYSTEM, finish)


async def _export_own(reader: Reader, user_id: UUID) -> dict[str, Any]:
    user = await reader.first(users.GET, id=user_id)
    return {
        "account": user,
        "sessions": await reader.all(sessions.ALL_OF, user_id=user_id),
        "factors": await reader.all(factors.LIST, user_id=user_id),
        "phones": await phones.numbers(reader, user_id),
        "passkeys": await reader.all(passkeys.LIST, user_id=user_id),
        "providers": await reader.all(providers.ALL_OF, user_id=user_id),
    }


async def _erase_own(uow: UnitOfWork, user_id: UUID) -> int:
    person = await uow.one(users.BY_ID, id=user_id)
    guesses = uow.part(Identity).guesses
    for counted in (
        guesses.account(person.mail_key),
        guesses.mails_to(person.mail_key),
        guesses.second_factor(user_id),
        guesses.texts_for(user_id),
        *(guesses.texts_to(number) for number in (await phones.numbers(uow, user_id)).values()),
    ):
        await guesses.forget(uow, counted)
    rows = (
        len(await uow.all(sessions.ALL_OF, user_id=user_id))
        + len(await uow.all(factors.LIST, user_id=user_id))
        + len(await uow.all(passkeys.LIST, user_id=user_id))
        + await uow.one(providers.COUNT, user_id=user_id)
    )
    await uow.execute(queries.FORGET_OF, user_id=user_id)
    await uow.execute(users.DELETE, id=user_id)  # what refers to it goes along
    await note_change(uow, user_id=user_id)
    return rows + 1


OWN = PersonalData(export=_export_own, erase=_erase_own)
"""What identity itself keeps."""
