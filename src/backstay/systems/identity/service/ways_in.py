"""A way in remains: whatever somebody removes from their account, something still opens it.

One rule for passkeys, links with providers and second factors, and one lock: whoever removes something
holds the person's row until the commit, so two who remove the last two at once do so one after the other.
"""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.systems.identity.errors import LastFactor, LastWayIn
from backstay.systems.identity.queries import factors, passkeys, providers, users
from backstay.systems.identity.queries.users import Person
from backstay.systems.identity.service.part import Identity


async def begin_removal(uow: UnitOfWork) -> Person | None:
    """Whoever asks, locked until the commit; None when their account is gone. Call it before removing."""
    return await uow.first(users.LOCK, id=uow.actor.id)


async def require_way_in(uow: UnitOfWork, person: Person) -> None:
    """Let a removal pass that leaves something by which its owner can sign in. Call it after removing.

    A link counts while its provider is in the settings, a passkey when its owner unlocks it. That a mailed
    link could give the account a password does not count: whoever never chose one may not know of it, or
    may not have the mailbox any more.

    Raises:
        LastWayIn: nothing would open the account.
    """
    if person.password is not None or await uow.one(passkeys.USABLE, user_id=person.id) > 0:
        return
    issuers = uow.part(Identity).providers.issuers
    if not any(link.issuer in issuers for link in await uow.all(providers.LIST, user_id=person.id)):
        raise LastWayIn(
            "Your account would have no password, no passkey that signs you in by itself, and no provider "
            "that opens it."
        )


async def settle_factors(uow: UnitOfWork, person: Person) -> None:
    """Once an app or a passkey is gone: what counts for nothing without the last of them goes, too.

    Raises:
        LastFactor: it was the last, and everybody must have one here.
    """
    if await uow.one(factors.COUNT_STRONG, user_id=person.id) > 0:
        return
    if uow.part(Identity).settings.second_factor == "required":
        raise LastFactor
    await uow.execute(factors.REMOVE_PHONES, user_id=person.id)
    await uow.execute(factors.REMOVE_CODES, user_id=person.id)
