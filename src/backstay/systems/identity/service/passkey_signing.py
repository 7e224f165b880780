"""Signing in with a passkey, and showing one as a second factor.

No guess is counted: what a passkey says is a signature, which nobody guesses. So wrong passwords
and codes of strangers keep no passkey out.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from backstay.kernel.actor import ANONYMOUS, Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.systems.identity.contracts import PasskeySignIn, SessionKind, SignedIn
from backstay.systems.identity.errors import Banned, MailNotVerified, PasswordNeeded, WrongPasskey
from backstay.systems.identity.queries import passkeys as queries
from backstay.systems.identity.queries import users
from backstay.systems.identity.queries.passkeys import Credential
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.mails import SendSignUpMail
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.passkeys import Purpose, is_possession, spend, tell, with_possession
from backstay.systems.identity.service.proving import refuse_banned
from backstay.systems.identity.service.relying_party import Asserted, credential_id_in
from backstay.systems.identity.service.sessions import (
    Device,
    Proof,
    open_session,
    present_session,
    replace_session,
)

UNLOCKED = Proof(2, "pop+mfa")
"""A passkey that its owner unlocked: something they have, and something they know or are."""
HELD = Proof(1, "pop")
"""A passkey that whoever holds it can use."""


class Shown(Struct, frozen=True):
    """A passkey whose answer holds."""

    person: Person
    credential: Credential
    unlocked: bool
    """Whether somebody unlocked it who did so before."""
    said: Asserted


async def sign_in(database: Database, wanted: PasskeySignIn, device: Device) -> SignedIn:
    """A session for whoever has this passkey: of assurance 2 if they unlocked it, else of 1.

    Raises:
        WrongPasskey: it is unknown, or its answer does not hold.
        MailNotVerified: it holds, and the address is not yet verified.
        Banned: it holds, and its owner is banned.
    """
    kind = SessionKind.COOKIE if wanted.cookie else SessionKind.TOKENS

    async def work(uow: UnitOfWork) -> SignedIn | BackstayError:
        shown = await _shown(uow, Purpose.SIGN_IN, wanted.credential)
        if shown is None:
            return WrongPasskey()
        try:
            refuse_banned(uow, shown.person)
        except Banned as banned:
            return banned
        if shown.person.verified_at is None and uow.part(Identity).settings.verified_only:
            await SendSignUpMail(mail_key=shown.person.mail_key).enqueue(uow)
            return MailNotVerified("A new link was sent to the address.")
        proof = proof_of(shown)
        return await open_session(uow, shown.person, kind=kind, device=device, proof=proof)

    return _or_raise(await database.run(ANONYMOUS, work))


async def show(database: Database, actor: Actor, credential: dict[str, Any], device: Device) -> SignedIn:
    """Show a passkey as a second factor: the session that asks gets a successor of assurance 2.

    It is as fresh as the session was, or fresh if its owner unlocked the passkey: those are two factors.

    Raises:
        NotAnAccount: no session asks.
        WrongPasskey: it is unknown, or its answer does not hold.
        PasswordNeeded: a passkey opened the session, and nobody unlocked this one.
    """

    async def work(uow: UnitOfWork) -> SignedIn | BackstayError:
        standing = await present_session(uow, actor)
        shown = await _shown(uow, Purpose.SECOND_FACTOR, credential, standing)
        if shown is None:
            return WrongPasskey()
        if is_possession(standing.method) and not shown.unlocked:
            return PasswordNeeded()
        if shown.said.verified and not is_possession(standing.method):
            # Together with another factor, so it was its owner who unlocked it (section 7.2, step 25).
            await uow.execute(queries.TRUST, id=shown.credential.id)
        proof = with_possession(standing.method)
        return await replace_session(uow, actor, device, proof=proof, proven=shown.unlocked)

    return _or_raise(await database.run(actor, work))


async def proven_passkey(uow: UnitOfWork, credential: dict[str, Any]) -> Shown | None:
    """A passkey of whoever asks, whose answer holds and is used up; the caller commits either way."""
    standing = await present_session(uow, uow.actor)
    return await _shown(uow, Purpose.SECOND_FACTOR, credential, standing)


def proof_of(shown: Shown) -> Proof:
    """What a passkey proves by itself."""
    return UNLOCKED if shown.unlocked else HELD


async def _shown(
    uow: UnitOfWork, purpose: Purpose, answer: dict[str, Any], standing: Standing | None = None
) -> Shown | None:
    """The passkey that answers, with its person locked; None when the answer does not hold.

    `standing`: the session that it is shown to; nobody's when not given, so the answer must name them.
    """
    whose = (None, None) if standing is None else (standing.user_id, standing.id)
    spent = await spend(uow, purpose, answer, *whose)
    credential_id = credential_id_in(answer)
    if spent is None or credential_id is None:
        return None
    credential = await uow.first(queries.BY_CREDENTIAL, credential_id=credential_id)
    if credential is None or (standing is not None and credential.user_id != standing.user_id):
        return None
    owner = credential.user_id.bytes if standing is None else None
    said = uow.part(Identity).party.asserted(answer, spent.challenge, credential.public_key, owner)
    if said is None or said.backup_eligible != credential.backup_eligible:
        return None
    person = await uow.first(users.LOCK, id=credential.user_id)
    if person is None:
        return None
    moved = await uow.execute(
        queries.USE, id=credential.id, sign_count=said.sign_count, backed_up=said.backed_up
    )
    if not moved:
        await uow.execute(queries.DOUBT, id=credential.id)
        await tell(
            uow,
            person,
            f"A passkey of your account was refused ({credential.name or 'without a name'}), because it may "
            "have been copied: it answered as it had before. If this goes on, remove it and add another.",
        )
        return None
    return Shown(person, credential, said.verified and credential.verified, said)


def _or_raise(outcome: SignedIn | BackstayError) -> SignedIn:
    # Only now: the challenge has to be used up, and a copy noted, although this is refused.
    if isinstance(outcome, BackstayError):
        raise outcome
    return outcome
