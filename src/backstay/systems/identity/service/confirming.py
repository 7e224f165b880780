"""Showing once more that it is really they: everything that the account has to show, at once (ASVS 7.5.1)."""

from __future__ import annotations

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.systems.identity.contracts import Confirmation, SignedIn
from backstay.systems.identity.errors import SecondFactorNeeded, WrongCode, WrongPasskey
from backstay.systems.identity.queries import factors as queries
from backstay.systems.identity.service.factors import prove, reserve
from backstay.systems.identity.service.passkey_signing import proven_passkey
from backstay.systems.identity.service.passwords import prove_again
from backstay.systems.identity.service.recovery import proven_code
from backstay.systems.identity.service.sessions import Device, Proof, present_session, replace_session


async def confirm(
    database: Database, actor: Actor, shown: Confirmation, device: Device, client: str | None
) -> SignedIn:
    """The session that asks gets a fresh successor, for the password and, if there is one, a second factor.

    Raises:
        BadCredentials: the password is not theirs.
        SecondFactorNeeded: it is, and the account has a second factor, which was not shown.
        WrongCode, WrongPasskey: it was, and does not hold.
        TooManyGuesses: too many wrong passwords or codes; this one was not looked at.
    """
    await prove_again(database, actor, shown.password, client)
    if await database.reader(actor).one(queries.COUNT, user_id=actor.id) == 0:
        return await database.run(actor, lambda uow: replace_session(uow, actor, device, proven=True))
    if shown.credential is not None:
        return await _by_passkey(database, actor, shown.credential, device)
    if shown.code is None and shown.sms_code is None and shown.recovery_code is None:
        raise SecondFactorNeeded("Send one of code, sms_code, recovery_code and credential, too.")
    await reserve(database, actor)
    found = await proven_code(database, actor, None if shown.code or shown.sms_code else shown.recovery_code)

    async def work(uow: UnitOfWork) -> SignedIn | None:
        await present_session(uow, actor)
        method = await prove(uow, shown, found, device)
        if method is None:
            return None
        return await replace_session(uow, actor, device, proof=Proof(2, f"pwd+{method}"), proven=True)

    signed_in = await database.run(actor, work)
    if signed_in is None:  # only now: the try has to be counted although this is refused
        raise WrongCode
    return signed_in


async def _by_passkey(
    database: Database, actor: Actor, credential: dict[str, object], device: Device
) -> SignedIn:
    async def work(uow: UnitOfWork) -> SignedIn | BackstayError:
        if await proven_passkey(uow, credential) is None:
            return WrongPasskey()
        return await replace_session(uow, actor, device, proof=Proof(2, "pwd+pop"), proven=True)

    outcome = await database.run(actor, work)
    if isinstance(
        outcome, BackstayError
    ):  # only now: the challenge has to be used up although this is refused
        raise outcome
    return outcome
