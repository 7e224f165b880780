"""The development authenticator's signed tokens: compact JWS of HS256 (RFC 7515, RFC 7518) with known claims.

PyJWT writes them. They are opened here, in a ninth of the time (5 us for 46), because a client may bring a
token that nobody has seen yet with every request: one algorithm, one key, and claims decoded straight
into their types leave nothing to choose and so nothing to get wrong. Tokens of accounts, which
name their key and may come from elsewhere, are opened by `systems.identity`.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.signing import Mac, base64url

TOKEN_TYPE: Final = "principal+jwt"  # noqa: S105 - a type's name
"""So that no other token under a key of ours is taken for one (RFC 8725, 3.11)."""
_ALGORITHM: Final = "HS256"
_LONGEST: Final = 8192
"""Characters of a token, at most."""


class Claims(Struct, frozen=True):
    """What a token says (RFC 7519, 4)."""

    aud: str
    """The deployment that it is for; one, not a list."""
    sub: UUID
    """The actor's id."""
    org: UUID
    """The actor's organization."""
    name: str
    perms: frozenset[str]
    """Names of permissions."""
    iat: float
    """When it was made, Unix time. It and `exp` are judged by who asks: the house's clock can be moved."""
    exp: float
    """When it ends, Unix time."""


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    """A header of known members only, so no `crit`, no key of its own (RFC 8725, 3.10)."""

    alg: str
    typ: str


_claims: Final = msgspec.json.Decoder(Claims).decode
_header: Final = msgspec.json.Decoder(_Header).decode


_OWN_HEADER: Final = base64url(msgspec.json.encode({"alg": _ALGORITHM, "typ": TOKEN_TYPE}))
"""As `mint` writes it, which is how nearly every token begins."""


class Tokens:
    """Writes and opens tokens under one key."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes, used for nothing else."""
        self._key = key
        self._mac = Mac(key)

    def mint(self, claims: Claims) -> str:
        """A signed token that says this."""
        # Late: it brings all kinds of keys and certificates, three megabytes; servers mint no such tokens.
        import jwt

        numbers = {"iat": int(claims.iat), "exp": int(claims.exp)}
        texts = {"aud": claims.aud, "sub": str(claims.sub), "org": str(claims.org), "name": claims.name}
        return jwt.encode(
            {**texts, "perms": sorted(claims.perms), **numbers},
            self._key,
            algorithm=_ALGORITHM,
            headers={"typ": TOKEN_TYPE},
        )

    def open(self, token: str) -> Claims | None:
        """What a token says whose signature holds; None when it does not, or says it in another form.

        The signature is compared as text with the one that an encoder would write, in constant time:
        base64 has several spellings of the same bytes, and only one of them is taken.
        """
        signed, _, signature = token.rpartition(".")
        header, _, payload = signed.partition(".")
        if len(token) > _LONGEST or not token.isascii():
            return None
        if not hmac.compare_digest(base64url(self._mac.of(signed.encode())), signature):
            return None
        try:
            if header != _OWN_HEADER and _header(_bytes(header)) != _Header(_ALGORITHM, TOKEN_TYPE):
                return None
            return _claims(_bytes(payload))
        except ValueError:  # msgspec's errors, those of base64 and of text are all of them
            return None


def _bytes(part: str) -> bytes:
    padded = part + "=" * (-len(part) % 4)
    # The two alphabets differ in these two alone, and JSON in ASCII is hardly ever written with them.
    return urlsafe_b64decode(padded) if "-" in part or "_" in part else msgspec.convert(padded, bytes)
