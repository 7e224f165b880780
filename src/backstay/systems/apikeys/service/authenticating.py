"""From a key to an actor: what its maker may do now, as far as the key's scopes go."""

from __future__ import annotations

import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import ANONYMOUS, EVERYTHING, Actor, ActorKind, Grants, Shown
from backstay.kernel.database import Database
from backstay.kernel.errors import Unauthenticated
from backstay.systems.apikeys import queries
from backstay.systems.apikeys.queries import KeyRow
from backstay.systems.apikeys.service.form import KeyForm, digest

FRESH: Final = 0.5
"""Seconds for which a key's row is believed."""
_KEPT: Final = 10_000
_CHALLENGE: Final = 'Bearer realm="backstay", error="invalid_token"'


class _Known(Struct, frozen=True):
    row: KeyRow | None
    asked: float


class KeyRing:
    """Knows the keys of this backend; an `Authenticator`."""

    def __init__(self, database: Database, form: KeyForm) -> None:
        """Asks nothing yet."""
        self.form = form
        self._database = database
        self._known: OrderedDict[UUID, _Known] = OrderedDict()
        self.used: dict[UUID, datetime] = {}
        """When each key was last used, until that is written down."""

    def authenticate(self, shown: Shown) -> Awaitable[Actor] | None:
        """The actor that a key proves, or None when no key of ours is shown.

        Raises:
            Unauthenticated: something like a key is shown, and it does not hold.
        """
        text = _shown(shown)
        return None if text is None or not self.form.claims(text) else self._by_key(text)

    async def _by_key(self, text: str) -> Actor:
        key_id = self.form.id_of(text)
        row = None if key_id is None else await self._row(key_id)
        now = self._database.clock.now()
        if row is None or not matches(row, text) or row.revoked_at is not None or _over(row, now):
            raise _refusal()
        rights = await self._database.parts.part(Grants).permissions(row.user_id, row.organization_id)  # type: ignore[type-abstract]  # an interface is a kind too
        scopes = frozenset(row.scopes)
        self.used[row.id] = now
        return Actor(
            id=row.user_id,
            kind=ActorKind.SERVICE,
            name=row.name,
            organization_id=row.organization_id,
            permissions=scopes if EVERYTHING in rights else scopes & rights,
            session_id=row.id,
        )

    def forget(self, key_id: UUID) -> None:
        """A key has changed in this process."""
        self._known.pop(key_id, None)

    async def _row(self, key_id: UUID) -> KeyRow | None:
        known = self._known.get(key_id)
        if known is not None and time.monotonic() - known.asked <= FRESH:
            return known.row
        asked = time.monotonic()
        row = await self._database.reader(ANONYMOUS).first(queries.BY_ID, id=key_id)
        self._known[key_id] = _Known(row, asked)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return row


def matches(row: KeyRow, text: str) -> bool:
    """Whether the row is this key's; takes as long for any key."""
    return hmac.compare_digest(row.digest, digest(text))


def _shown(shown: Shown) -> str | None:
    own = shown.headers.get("x-api-key")
    return shown.bearer if own is None else own.strip()


def _over(row: KeyRow, now: datetime) -> bool:
    return row.expires_at is not None and row.expires_at <= now


def _refusal() -> Unauthenticated:
    error = Unauthenticated("The API key does not hold")
    error.headers["WWW-Authenticate"] = _CHALLENGE
    return error
