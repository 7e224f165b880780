"""What proves a session: refresh tokens, cookies, and short access tokens.

A refresh token and a cookie say which session they are of, under a MAC; so there is no table
of tokens, a guessed one costs no query, and the database alone makes none.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.settings import Settings
from backstay.kernel.signing import Keys
from backstay.systems.identity.service.jws import TokenError, claims_of, open_jws
from backstay.systems.identity.service.keyring import Keyring
from backstay.systems.identity.settings import IdentitySettings

REFRESH_PREFIX: Final = "bsr_"
COOKIE_PREFIX: Final = "bsc_"
ACCESS_TYPE: Final = "at+jwt"
_VERSION: Final = b"\x01"
_TAG_BYTES: Final = 32
_COUNTER_BYTES: Final = 8


class RefreshToken(Struct, frozen=True):
    """A refresh token whose MAC holds."""

    session_id: UUID
    counter: int


class Access(Struct, frozen=True):
    """An access token whose signature holds."""

    session_id: UUID
    user_id: UUID
    counter: int
    epoch: int
    expires: float
    """Unix time."""
    impersonator_id: UUID | None = None
    """Who acts in the person's place; for others to read, for here the session says it."""
    begins: float = 0.0
    """Unix time before which it counts for nothing (`nbf`); our own name none."""


class Tokens:
    """Makes and opens the tokens of sessions."""

    def __init__(self, settings: Settings, keys: Keys, keyring: Keyring) -> None:
        self._refresh_key = keys.derive("identity-refresh")
        self._cookie_key = keys.derive("identity-cookie")
        self._keyring = keyring
        self.lifetime = int(settings.module(IdentitySettings).access_lifetime)
        self.issuer = settings.http.public_url or settings.app.name

    def refresh_token(self, session_id: UUID, counter: int) -> str:
        """The refresh token of this number; always the same."""
        payload = _VERSION + session_id.bytes + counter.to_bytes(_COUNTER_BYTES, "big")
        return REFRESH_PREFIX + _sealed(self._refresh_key, payload)

    def open_refresh(self, token: str) -> RefreshToken | None:
        """What a refresh token says, or None when it is none of ours."""
        payload = _opened(self._refresh_key, token, REFRESH_PREFIX, 1 + 16 + _COUNTER_BYTES)
        if payload is None:
            return None
        return RefreshToken(UUID(bytes=payload[1:17]), int.from_bytes(payload[17:], "big"))

    def cookie(self, session_id: UUID) -> str:
        """The cookie of a session."""
        return COOKIE_PREFIX + _sealed(self._cookie_key, _VERSION + session_id.bytes)

    def open_cookie(self, token: str) -> UUID | None:
        """The session that a cookie names, or None when it is none of ours."""
        payload = _opened(self._cookie_key, token, COOKIE_PREFIX, 1 + 16)
        return None if payload is None else UUID(bytes=payload[1:])

    def access_token(self, access: Access, now: datetime) -> str:
        """A signed access token that says this; it holds for `lifetime` seconds or until `access.expires`."""
        issued = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": str(access.user_id),
            "sid": str(access.session_id),
            "gen": access.counter,
            "epoch": access.epoch,
            "iat": issued,
            "exp": min(issued + self.lifetime, int(access.expires)),
        }
        if access.impersonator_id is not None:
            claims["act"] = {"sub": str(access.impersonator_id)}  # RFC 8693, 4.1
        return self._keyring.sign(claims, now)

    def open_access(self, token: str) -> Access:
        """What an access token says; whether it is too old is judged by the caller, at each use.

        Raises:
            TokenError: it is none of ours.
        """
        header, payload = open_jws(token, self._keyring.verifying)
        if header.get("typ") != ACCESS_TYPE:
            raise TokenError("not an access token")
        return self._access(claims_of(payload))

    def _access(self, claims: dict[str, Any]) -> Access:
        # Both must be the one text: a list that holds it among others is somebody else's token too.
        if claims.get("iss") != self.issuer or claims.get("aud") != self.issuer:
            raise TokenError("made by or for somebody else")
        begins = claims.get("nbf", 0)
        numbers = [*(claims.get(name) for name in ("gen", "epoch", "iat", "exp")), begins]
        texts = [claims.get(name) for name in ("sid", "sub")]
        if not all(type(number) is int for number in numbers) or not all(type(t) is str for t in texts):
            raise TokenError("a claim is missing or of the wrong type")
        try:
            session_id, user_id = UUID(claims["sid"]), UUID(claims["sub"])
        except ValueError:
            raise TokenError("a claim is of the wrong form") from None
        return Access(
            session_id,
            user_id,
            claims["gen"],
            claims["epoch"],
            float(claims["exp"]),
            begins=float(begins),
        )


def is_access_token(token: str) -> bool:
    """Whether a bearer token has the form of ours, so that nobody else need look at it."""
    head, dot, _ = token.partition(".")
    return bool(dot) and len(head) <= 512 and _names_access_token(head)


@lru_cache(64)
def _names_access_token(head: str) -> bool:
    """Remembered, for all tokens under one key begin alike; what strangers send is bounded, and soon gone."""
    try:
        header = urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except ValueError:
        return False
    return b'"at+jwt"' in header


def _sealed(key: bytes, payload: bytes) -> str:
    tag = hmac.digest(key, payload, sha256)
    return urlsafe_b64encode(payload + tag).rstrip(b"=").decode()


def _opened(key: bytes, token: str, prefix: str, length: int) -> bytes | None:
    if not token.startswith(prefix) or len(token) > 512 or not token.isascii():
        return None
    text = token.removeprefix(prefix)
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    payload = raw[:-_TAG_BYTES]
    # The text itself is compared too: base64 has several spellings of the same bytes.
    expected = _sealed(key, payload)
    if len(payload) != length or payload[:1] != _VERSION or not hmac.compare_digest(expected, text):
        return None
    return payload
