"""The way back for whoever lost every second factor and every recovery code.

An operator who knows by other means who it is takes the factors, and the password with them; the
mailed link of a forgotten password then shows whose the address is. So neither the operator's word
nor a password that somebody learned is enough alone (SP 800-63B-4, 4.2; ASVS 6.4.4).
"""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import SYSTEM_ORGANIZATION
from backstay.kernel.database import UnitOfWork
from backstay.systems.audit import record
from backstay.systems.identity.contracts import User
from backstay.systems.identity.errors import NoSuchUser, NotResettable
from backstay.systems.identity.queries import factors, mail_tokens, passkeys, users
from backstay.systems.identity.service.bans import read_user
from backstay.systems.identity.service.mails import SendNotice
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import end_all, require_fresh


async def reset_by_operator(uow: UnitOfWork, user_id: UUID, reason: str) -> User:
    """Take somebody's second factors, for an operator who has just shown both of theirs.

    Raises:
        NotAnAccount, SecondFactorNeeded, FreshSignInNeeded: the operator has to show who they are.
        NoSuchUser: there is none.
        NotResettable: it is the operator, or another operator of the house: `backstay users` does that.
    """
    await require_fresh(uow, assurance=2)
    identity = uow.part(Identity)
    if user_id == uow.actor.id:
        raise NotResettable
    if await uow.first(users.LOCK, id=user_id) is None:
        raise NoSuchUser
    if await identity.permissions(user_id, SYSTEM_ORGANIZATION) & identity.of_the_house:
        raise NotResettable
    return await reset_factors(uow, user_id, reason, by=uow.actor.name)


async def reset_factors(uow: UnitOfWork, user_id: UUID, reason: str, *, by: str) -> User:
    """Take every second factor, the recovery codes and the password; all sessions and API keys end.

    Raises:
        NoSuchUser: there is none.
    """
    person = await uow.first(users.LOCK, id=user_id)
    if person is None:
        raise NoSuchUser
    identity = uow.part(Identity)
    taken = {
        "factors": await uow.execute(factors.REMOVE_ALL, user_id=user_id),
        "passkeys": await uow.execute(passkeys.REMOVE_ALL, user_id=user_id),
        "recovery_codes": await uow.execute(factors.REMOVE_CODES, user_id=user_id),
    }
    await uow.execute(users.TAKE_PASSWORD, id=user_id)
    await uow.execute(mail_tokens.KILL, user_id=user_id)
    await identity.guesses.forget(uow, identity.guesses.second_factor(user_id))
    record(
        uow,
        "identity.factors_reset",
        subject=("user", user_id),
        after={**taken, "reason": reason},
        person=user_id,
    )
    await SendNotice(
        mail=person.mail,
        name=person.name,
        what=(
            f"{by}, who helps to run this site, removed the second factors, the recovery codes and the "
            "password of your account, and signed it out everywhere. The reason given: "
            f'"{reason}". To come back, ask for a new password by mail, and add a second factor. If you did '
            "not ask for this, tell us at once."
        ),
    ).enqueue(uow)
    await identity.end_credentials(uow, user_id)
    await end_all(uow, user_id, "factors reset")
    return await read_user(uow, user_id)
