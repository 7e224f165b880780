"""The keys that sign access tokens: made here, sealed in the database, published as a JWK set (RFC 7517).

A key is published for as long as others may keep our JWK set before it signs, and verifies
for longer than any token holds after its successor began to sign. So a rotation, under load
and across processes, refuses nobody.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.signing import Keys, base64url
from backstay.systems.identity.queries import keys as queries
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.jws import TokenError, VerifyingKey
from backstay.systems.identity.service.sealing import Sealer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM: Final = "EdDSA"
JWKS_MAX_AGE: Final = timedelta(minutes=10)
"""How long others may keep our JWK set, and so how long a key is published before it signs."""
CLOCK_SKEW: Final = timedelta(minutes=1)
_RELOAD_PAUSE: Final = 1.0
"""Seconds between two looks for a key that nobody knows; a flood of forged tokens asks no more often."""


class SigningKey(Struct, frozen=True):
    """A key that can sign, from `active_at` on."""

    kid: str
    private: Ed25519PrivateKey
    public: Ed25519PublicKey
    active_at: datetime


class Keyring:
    """The signing keys of one process, as the database has them; opened with the first token."""

    def __init__(self, keys: Keys) -> None:
        self._sealer = Sealer([keys.derive("identity-signing-keys")])
        self._rows: list[queries.KeyRow] = []
        self._opened: list[SigningKey] | None = None
        self._public: list[dict[str, Any]] = []
        self._looked = -_RELOAD_PAUSE

    async def load(self, database: Database) -> None:
        """Read the keys; the first process of a deployment makes the first one."""
        # In units of work: at the start of a server a first read may lose a race, and these try again.
        rows = await database.run(SYSTEM, lambda uow: uow.all(queries.ALL))
        if not any(self._sealer.is_present(row.private) for row in rows):
            rows = await database.run(SYSTEM, self.make_first)
        self._rows = [row for row in rows if self._sealer.is_present(row.private)]
        self._opened = None
        self._public = [row.public for row in rows]

    async def load_again(self, database: Database) -> None:
        """Look for keys that another process made; at most once a second, however many tokens are forged."""
        now = time.monotonic()
        if now - self._looked >= _RELOAD_PAUSE:
            self._looked = now
            await self.load(database)

    def verifying(self, header: Mapping[str, Any]) -> VerifyingKey:
        """The key that a header names.

        Raises:
            TokenError: there is none, or the header is not one of ours.
        """
        kid = header.get("kid", "")
        key = next((one for one in self._signing if one.kid == kid), None)
        if key is None:
            raise TokenError("an unknown key")
        return VerifyingKey(ALGORITHM, key.public)

    def sign(self, claims: Mapping[str, Any], now: datetime) -> str:
        """An access token (RFC 9068) under the newest key that is active.

        Raises:
            LookupError: no key is active; `load` was not awaited.
        """
        # Late, as in jws.py.
        import jwt

        active = [key for key in self._signing if key.active_at <= now] or self._signing[:1]
        if not active:
            raise LookupError("no signing key is loaded")
        key = active[-1]
        return jwt.encode(
            dict(claims), key.private, algorithm=ALGORITHM, headers={"typ": "at+jwt", "kid": key.kid}
        )

    @property
    def known(self) -> bool:
        """Whether any key is loaded."""
        return bool(self._rows)

    def jwks(self) -> dict[str, Any]:
        """The public halves, the not yet active among them."""
        return {"keys": self._public}

    async def make_first(self, uow: UnitOfWork) -> list[queries.KeyRow]:
        """Make the first key, unless another process was quicker; the keys that there are then."""
        await note_change(uow)  # its row is locked until the commit, so this is done one at a time
        if not any(self._private(row) for row in await uow.all(queries.ALL)):
            await self._make(uow, active_at=uow.now())
        return await uow.all(queries.ALL)

    async def rotate(self, uow: UnitOfWork, *, days: int, lifetime: float) -> bool:
        """Make the next key when the newest is `days` old, and remove those that no token can bear.

        `lifetime`: seconds that an access token holds. Returns whether a key was made.
        """
        await note_change(uow)
        rows = await uow.all(queries.ALL)
        active = [row for row in rows if row.active_at <= uow.now()]
        if active:
            over = timedelta(seconds=lifetime) + CLOCK_SKEW
            if uow.now() - active[-1].active_at > over:
                await uow.execute(queries.REMOVE, before=active[-1].active_at)
        if rows and uow.now() - rows[-1].created_at < timedelta(days=days):
            return False
        await self._make(uow, active_at=uow.now() + (JWKS_MAX_AGE if rows else timedelta()))
        return True

    @property
    def _signing(self) -> list[SigningKey]:
        if self._opened is None:
            # Not when they are loaded: a server that sees no token needs nothing that opens them.
            opened = [(row, self._private(row)) for row in self._rows]
            self._opened = [
                SigningKey(row.kid, private, private.public_key(), row.active_at)
                for row, private in opened
                if private is not None
            ]
        return self._opened

    async def _make(self, uow: UnitOfWork, *, active_at: datetime) -> None:
        # Late, as in sealing.py.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.generate()
        public = jwk_of(private.public_key())
        kid = public["kid"]
        raw = private.private_bytes_raw()
        await uow.execute(
            queries.INSERT,
            kid=kid,
            algorithm=ALGORITHM,
            public=public,
            private=self._sealer.seal(raw, kid.encode()),
            created_at=uow.now(),
            active_at=active_at,
        )

    def _private(self, row: queries.KeyRow) -> Ed25519PrivateKey | None:
        """The private half; None when it was sealed under a secret that the deployment has no more."""
        # Late, as in sealing.py.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        try:
            return Ed25519PrivateKey.from_private_bytes(self._sealer.open(row.private, row.kid.encode()))
        except LookupError:
            return None


def jwk_of(key: Ed25519PublicKey) -> dict[str, str]:
    """The key as a JWK (RFC 8037), its `kid` the thumbprint (RFC 7638)."""
    x = base64url(key.public_bytes_raw())
    # The required members alone, in the order of the alphabet (RFC 7638, 3.2; RFC 8037, appendix A.3).
    kid = base64url(sha256(msgspec.json.encode({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": ALGORITHM}
