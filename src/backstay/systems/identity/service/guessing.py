"""Guesses are counted before they are judged, so that however many come at once, only those allowed are.

After `free_guesses` each further one costs a delay that doubles: nobody is locked out for
good by a stranger, and after `MOST` in a row (NIST SP 800-63B) only a reset by mail helps.
Counted are also addresses that nobody has, so the counters tell nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.kernel.signing import Keys
from backstay.systems.identity.errors import TooManyGuesses
from backstay.systems.identity.queries import attempts as queries
from backstay.systems.identity.settings import IdentitySettings

MOST: Final = 100
_LONG: Final = timedelta(days=365)
_MAILS_FORGET: Final = timedelta(hours=1)
_NETWORK_FORGETS: Final = timedelta(hours=1)
_FREE_TEXTS: Final = 5
_TEXTS_FORGET: Final = timedelta(days=1)
_LONGEST_BETWEEN_TEXTS: Final = timedelta(hours=12)


class Counted(Struct, frozen=True):
    """What guesses are counted for, and how many are free."""

    key: bytes
    free: int
    forgets: timedelta | None
    """After how long without a guess counting begins anew; None for never."""
    longest: timedelta | None = None
    """The longest delay, where it is not that of the settings."""


class Guesses:
    """The counters against guessing."""

    def __init__(self, settings: IdentitySettings, keys: Keys) -> None:
        self._settings = settings
        self._key = keys.derive("identity-attempts")

    def account(self, mail_key: str) -> Counted:
        """Guesses at the password of this address, whether anybody has it or not."""
        return Counted(self._name("password", mail_key), self._settings.free_guesses, None)

    def network(self, client: str | None) -> Counted:
        """Guesses from a network."""
        name = network_of(client)
        return Counted(self._name("network", name), self._settings.network_guesses, _NETWORK_FORGETS)

    def mails_to(self, mail_key: str) -> Counted:
        """Mails that strangers let go to an address, whether anybody has it or not."""
        return Counted(self._name("mails", mail_key), self._settings.free_guesses, _MAILS_FORGET)

    def second_factor(self, user_id: UUID) -> Counted:
        """Codes shown for an account, of whatever factor."""
        return Counted(self._name("second", str(user_id)), self._settings.free_guesses, None)

    def challenge(self, session_id: UUID) -> Counted:
        """Codes shown by one session."""
        return Counted(self._name("challenge", str(session_id)), MOST, None)

    def texts_to(self, number: str) -> Counted:
        """Codes by SMS that were sent to a number and not shown."""
        return Counted(self._name("texts-to", number), _FREE_TEXTS, _TEXTS_FORGET, _LONGEST_BETWEEN_TEXTS)

    def texts_for(self, user_id: UUID) -> Counted:
        """Codes by SMS that an account asked for and did not show, to whatever number."""
        name = self._name("texts-for", str(user_id))
        return Counted(name, _FREE_TEXTS, _TEXTS_FORGET, _LONGEST_BETWEEN_TEXTS)

    def texts_from(self, network: str) -> Counted:
        """Codes by SMS that a network asked for and did not show, for whatever account."""
        free = self._settings.sms_network_sends
        return Counted(self._name("texts-from", network), free, _TEXTS_FORGET, _LONGEST_BETWEEN_TEXTS)

    async def take_back(self, uow: UnitOfWork, counted: Counted) -> None:
        """Take one off the count; a delay that has begun goes on, for others brought it about."""
        await uow.execute(queries.TAKE_BACK, key=counted.key)

    async def give_back(self, uow: UnitOfWork, counted: Counted) -> None:
        """Take one guess back, for it was right; those of others from the same network still count."""
        await uow.execute(queries.GIVE_BACK, key=counted.key)

    async def reserve(self, uow: UnitOfWork, counted: Sequence[Counted]) -> dict[bytes, int]:
        """Count one guess, for which the caller may then look once; how many that makes, by key.

        Raises:
            TooManyGuesses: it must not look; nothing was counted.
        """
        made: dict[bytes, int] = {}
        # In one order everywhere, so that two guesses never wait for each other.
        for one in sorted(counted, key=lambda one: one.key):
            tally = await _locked(uow, one.key)
            now = uow.now()
            stale = one.forgets is not None and now - tally.last_at > one.forgets
            # While guesses are free no time counts: a unit that began later may have been here first.
            if tally.failures >= one.free and tally.next_at > now and not stale:
                raise TooManyGuesses(max(1, ceil((tally.next_at - now).total_seconds())))
            failures = 1 if stale else tally.failures + 1
            next_at = self._next(failures, one, now)
            await uow.execute(queries.COUNT, key=one.key, failures=failures, next_at=next_at)
            made[one.key] = failures
        return made

    async def forget(self, uow: UnitOfWork, counted: Counted) -> None:
        """Begin anew: the right answer was given."""
        await uow.execute(queries.FORGET, key=counted.key)

    def _next(self, failures: int, one: Counted, now: datetime) -> datetime:
        if failures < one.free:
            return now
        # What forgets is shared with others, a network or a mailbox: nobody may close it for good.
        if failures >= MOST and failures >= one.free * 2 and one.forgets is None:
            return now + _LONG
        seconds = self._settings.guess_delay * 2.0 ** min(failures - one.free, 32)
        limit = self._settings.guess_delay_limit if one.longest is None else one.longest.total_seconds()
        return now + timedelta(seconds=min(seconds, limit))

    def _name(self, kind: str, what: str) -> bytes:
        return hmac.digest(self._key, f"{kind}:{what}".encode(), sha256)


async def _locked(uow: UnitOfWork, key: bytes) -> queries.Tally:
    """The counter, locked; made if it is not there, or if a right answer took it away meanwhile."""
    while True:
        await uow.execute(queries.BEGIN, key=key)
        tally = await uow.first(queries.LOCK, key=key)
        if tally is not None:
            return tally


def network_of(client: str | None) -> str:
    """The network of an address: what one customer of a provider usually has (/24, /56)."""
    if client is None:
        return ""
    try:
        address = ip_address(client)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return str(ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))
