"""One's own passkeys: added, listed, renamed, removed; and the challenges of every ceremony.

A challenge is kept as its hash, for one purpose, one session and a few minutes; answering takes it
away, whether the answer holds or not.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import base64url as bytes_to_base64url
from backstay.systems.audit import record
from backstay.systems.identity.contracts import (
    NewPasskey,
    Passkey,
    PasskeyAdded,
    PasskeyCreation,
    PasskeyRequest,
)
from backstay.systems.identity.contracts.passkeys import (
    PasskeyAlgorithm,
    PasskeyDescriptor,
    PasskeyParty,
    PasskeySelection,
    PasskeyUser,
)
from backstay.systems.identity.errors import NoSuchPasskey, PasskeysUnavailable, TooManyPasskeys, WrongPasskey
from backstay.systems.identity.queries import factors, users
from backstay.systems.identity.queries import passkeys as queries
from backstay.systems.identity.queries.passkeys import Ceremony, Credential
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.mails import SendNotice
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.recovery import new_set, write_codes
from backstay.systems.identity.service.relying_party import ALGORITHMS, RelyingParty, challenge_in
from backstay.systems.identity.service.sessions import (
    POSSESSION,
    Device,
    Proof,
    present_session,
    replace_session,
    require_fresh,
)
from backstay.systems.identity.service.ways_in import begin_removal, require_way_in, settle_factors

MOST: Final = 50
_CHALLENGE_BYTES: Final = 32
"""Twice what the standard asks for at least (section 13.4.3)."""


class Purpose(StrEnum):
    """What a challenge is for."""

    ADD = "add"
    SIGN_IN = "sign-in"
    SECOND_FACTOR = "second-factor"


class Spent(Struct, frozen=True):
    """A challenge that was answered, with whose it was."""

    challenge: bytes
    ceremony: Ceremony


async def list_passkeys(reader: Reader, user_id: UUID) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    return await reader.all(queries.LIST, user_id=user_id)


async def begin_adding(uow: UnitOfWork) -> PasskeyCreation:
    """What a browser needs to make a passkey.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
        PasskeysUnavailable: people reach this deployment by an address that is no domain.
        TooManyPasskeys: there are `MOST` already.
    """
    party = _party(uow)
    await require_fresh(uow)
    person = await uow.one(users.BY_ID, id=uow.actor.id)
    present = await uow.all(queries.CREDENTIALS, user_id=person.id)
    if len(present) >= MOST:
        raise TooManyPasskeys
    challenge = await _begin(uow, Purpose.ADD, person.id, uow.actor.session_id)
    return PasskeyCreation(
        rp=PasskeyParty(id=party.domain, name=party.name),
        user=PasskeyUser(
            id=bytes_to_base64url(person.id.bytes), name=person.mail, display_name=person.name or person.mail
        ),
        challenge=bytes_to_base64url(challenge),
        pub_key_cred_params=[PasskeyAlgorithm(alg=one.value) for one in ALGORITHMS],
        timeout=_milliseconds(uow),
        exclude_credentials=_described(present),
        authenticator_selection=PasskeySelection(),
    )


async def finish_adding(database: Database, actor: Actor, wanted: NewPasskey, device: Device) -> PasskeyAdded:
    """Keep a passkey just made: from now on every session has to show a second factor.

    Raises:
        WrongPasskey: it does not answer the challenge of this session, or not rightly.
        TooManyPasskeys: others were added meanwhile.
    """
    identity = database.parts.part(Identity)
    made = new_set()
    hashed = [await identity.passwords.hash(actor.id, code) for code in made]

    async def work(uow: UnitOfWork) -> PasskeyAdded | None:
        standing = await present_session(uow, actor)
        person = await uow.one(users.LOCK, id=actor.id)
        passkey_id = await _add(uow, person, standing.id, wanted)
        if passkey_id is None:
            return None
        fresh = await uow.one(factors.COUNT_CODES, user_id=person.id) == 0
        if fresh:
            await write_codes(uow, made, hashed)
        await tell(uow, person, f"A passkey was added to your account: {wanted.name or 'without a name'}.")
        passkey = await uow.one(queries.GET, user_id=person.id, id=passkey_id)
        session = await replace_session(uow, actor, device, proof=with_possession(standing.method))
        await note_change(uow, user_id=person.id)
        return PasskeyAdded(passkey=passkey, session=session, recovery_codes=made if fresh else [])

    added = await database.run(actor, work)
    if added is None:  # only now: the challenge has to be used up although this is refused
        raise WrongPasskey
    return added


async def _add(uow: UnitOfWork, person: Person, session_id: UUID, wanted: NewPasskey) -> UUID | None:
    """The id of the passkey that was written; None when it does not hold, or is somebody's already."""
    spent = await spend(uow, Purpose.ADD, wanted.credential, person.id, session_id)
    made = None if spent is None else _party(uow).registered(wanted.credential, spent.challenge)
    if made is None:
        return None
    if len(await uow.all(queries.CREDENTIALS, user_id=person.id)) >= MOST:
        raise TooManyPasskeys
    passkey_id = uuid7()
    written = await uow.execute(
        queries.ADD,
        id=passkey_id,
        user_id=person.id,
        name=wanted.name,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=made.transports,
        verified=made.verified,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
        created_at=uow.now(),
        used_at=None,
        doubted_at=None,
    )
    if written:
        record(uow, "identity.passkey_added", subject=("passkey", passkey_id))
    return passkey_id if written else None


async def rename(uow: UnitOfWork, passkey_id: UUID, name: str) -> Passkey:
    """Call a passkey something else.

    Raises:
        NoSuchPasskey: there is none.
    """
    renamed = await uow.first(queries.RENAME, user_id=uow.actor.id, id=passkey_id, name=name)
    if renamed is None:
        raise NoSuchPasskey
    record(uow, "identity.passkey_renamed", subject=("passkey", passkey_id))
    return renamed


async def remove(uow: UnitOfWork, passkey_id: UUID) -> None:
    """Remove a passkey; with the last app or passkey the recovery codes and the phones go.

    Raises:
        FreshSignInNeeded: the session is not of a moment ago.
        NoSuchPasskey: there is none.
        LastFactor: everybody must have a second factor here.
        LastWayIn: nothing else opens the account.
    """
    person = await begin_removal(uow)
    name = await uow.first(queries.REMOVE, user_id=uow.actor.id, id=passkey_id)
    if person is None or name is None:
        raise NoSuchPasskey
    await require_fresh(uow)  # or the unit is rolled back
    await settle_factors(uow, person)
    await require_way_in(uow, person)
    record(uow, "identity.passkey_removed", subject=("passkey", passkey_id))
    await tell(uow, person, f"A passkey was removed from your account: {name or 'without a name'}.")
    await note_change(uow, user_id=person.id)


async def begin_signing_in(uow: UnitOfWork) -> PasskeyRequest:
    """What a browser needs to let anybody sign in with a passkey; the same for everybody but the challenge.

    Raises:
        PasskeysUnavailable: people reach this deployment by an address that is no domain.
    """
    return PasskeyRequest(
        challenge=bytes_to_base64url(await _begin(uow, Purpose.SIGN_IN, None, None)),
        timeout=_milliseconds(uow),
        rp_id=_party(uow).domain,
        allow_credentials=[],
        user_verification="required",
    )


async def begin_showing(uow: UnitOfWork) -> PasskeyRequest:
    """What a browser needs to show one of the passkeys of whoever asks, as a second factor.

    Raises:
        NotAnAccount: no session asks.
        PasskeysUnavailable: people reach this deployment by an address that is no domain.
    """
    standing = await present_session(uow, uow.actor)
    return PasskeyRequest(
        challenge=bytes_to_base64url(await _begin(uow, Purpose.SECOND_FACTOR, standing.user_id, standing.id)),
        timeout=_milliseconds(uow),
        rp_id=_party(uow).domain,
        allow_credentials=_described(await uow.all(queries.CREDENTIALS, user_id=standing.user_id)),
        # Having it is enough after another factor, and nothing new after a passkey. Unlocked it makes fresh.
        user_verification="required"
        if is_possession(standing.method)
        else ("preferred" if standing.assurance > 1 else "discouraged"),
    )


async def spend(
    uow: UnitOfWork,
    purpose: Purpose,
    credential: dict[str, object],
    user_id: UUID | None = None,
    session_id: UUID | None = None,
) -> Spent | None:
    """Take the challenge away that an answer names; None when there is none for this purpose and session."""
    challenge = challenge_in(credential)
    if challenge is None:
        return None
    found = await uow.first(queries.SPEND, digest=sha256(challenge).digest(), purpose=purpose.value)
    if found is None or (found.user_id, found.session_id) != (user_id, session_id):
        return None
    return Spent(challenge, found)


async def tell(uow: UnitOfWork, person: Person, what: str) -> None:
    """Let a mail tell somebody what happened to their account."""
    await SendNotice(mail=person.mail, name=person.name, what=what).enqueue(uow)


def is_possession(method: str) -> bool:
    """Whether a session was opened by nothing but a thing that somebody has."""
    return method.partition("+")[0] == POSSESSION


def with_possession(method: str, *, unlocked: bool = False) -> Proof:
    """What a session proves once a passkey was added to it (RFC 8176: `pop`, and `mfa` for two in one)."""
    first = method.partition("+")[0]
    return Proof(2, f"{first}+mfa" if unlocked or first == POSSESSION else f"{first}+pop")


async def _begin(uow: UnitOfWork, purpose: Purpose, user_id: UUID | None, session_id: UUID | None) -> bytes:
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    expires = uow.now() + timedelta(milliseconds=_milliseconds(uow))
    kept = {"purpose": purpose.value, "user_id": user_id, "session_id": session_id, "expires_at": expires}
    await uow.execute(queries.BEGIN, digest=sha256(challenge).digest(), **kept)
    return challenge


def _party(reader: Reader) -> RelyingParty:
    party = reader.part(Identity).party
    if not party.domain:
        raise PasskeysUnavailable("Set http.public_url to a URL with a domain.")
    return party


def _milliseconds(reader: Reader) -> int:
    return int(reader.part(Identity).settings.passkey_timeout * 1000)


def _described(present: list[Credential]) -> list[PasskeyDescriptor]:
    return [
        PasskeyDescriptor(id=bytes_to_base64url(one.credential_id), transports=one.transports)
        for one in present
    ]
