"""ID tokens: what a provider says of somebody, believed only as far as OpenID Connect Core, 3.1.3.7, lets.

The signature is the affair of `jws`, under a key of the provider's JWK set that the token names.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from backstay.systems.identity.service.jws import (
    ALGORITHMS,
    TokenError,
    VerifyingKey,
    claims_of,
    open_jws,
    verifying_key_of,
)

SKEW: Final = 60.0
"""Seconds that a provider's clock may differ from ours."""
OLDEST: Final = 660.0
"""Seconds since an ID token was made: as long as a visit lasts, and a minute."""
_MOST_KEYS: Final = 100
_LONGEST_SUBJECT: Final = 255
"""Characters (OpenID Connect Core, 2)."""
_ASYMMETRIC: Final = frozenset(one for one in ALGORITHMS if not one.startswith("HS"))
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}
_THUMBPRINTS: Final = frozenset({"x5t", "x5t#S256"})
"""Members of a header that name the key once more, and change nothing where they are not looked at."""


class UnknownKey(TokenError):
    """The token names a key that is not in the set."""


class RemoteKeys:
    """The keys of a provider that can verify signatures."""

    def __init__(self, jwks: Any) -> None:
        """`jwks`: a JWK set, as JSON. What is in it and cannot verify signatures for us is left out.

        Raises:
            TokenError: it is no JWK set.
        """
        keys = jwks.get("keys") if isinstance(jwks, dict) else None
        if not isinstance(keys, list) or len(keys) > _MOST_KEYS:
            raise TokenError("no JWK set")
        self._keys: dict[str, VerifyingKey | None] = {}
        self._nameless: list[VerifyingKey] = []
        for jwk in keys:
            self._take(jwk)

    def _take(self, jwk: Any) -> None:
        key = _usable(jwk)
        if key is None:
            return
        self._nameless.append(key)
        kid = jwk.get("kid")
        if isinstance(kid, str):
            # Two keys of one name: nobody knows which is meant, so neither is.
            self._keys[kid] = None if kid in self._keys else key

    def find(self, header: Mapping[str, Any]) -> VerifyingKey:
        """The key that a header names; the only one where it names none.

        Raises:
            UnknownKey: there is none.
        """
        kid = header.get("kid")
        if kid is None:
            if len(self._nameless) != 1:
                raise UnknownKey("no kid, and not one key alone")
            return self._nameless[0]
        key = self._keys.get(kid)
        if key is None:
            raise UnknownKey("an unknown key")
        return key


class Expected(Struct, frozen=True, kw_only=True):
    """What an ID token has to say."""

    issuer: str
    client_id: str
    nonce: str


def open_id_token(token: str, keys: RemoteKeys, expected: Expected, now: datetime) -> dict[str, Any]:
    """The claims of an ID token that is of this issuer, for this client and for this visit.

    Raises:
        UnknownKey: it names a key that is not in the set, which may be older.
        TokenError: anything else about it is not as it must be.
    """
    header, payload = open_jws(token, keys.find, ignored=_THUMBPRINTS)
    if header.get("typ", "JWT").upper() != "JWT":
        raise TokenError("not an ID token, but another kind")
    claims = claims_of(payload)
    if claims.get("iss") != expected.issuer:
        raise TokenError("of another issuer")
    _check_audience(claims, expected.client_id)
    _check_times(claims, now.timestamp())
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise TokenError("for another visit")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise TokenError("of nobody")
    if not subject.isascii() or not subject.isprintable():
        raise TokenError("of somebody whose name is no ASCII")
    return claims


def moment_in(claims: Mapping[str, Any], name: str) -> float | None:
    """Unix time that a claim says, or None when it says none.

    Raises:
        TokenError: it says something else.
    """
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenError(f"{name} is no time")
    return float(value)


def texts_in(claims: Mapping[str, Any], name: str) -> Sequence[str]:
    """The texts of a claim that is one or several; none where it is anything else."""
    value = claims.get(name)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)]


def _check_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience, party = claims.get("aud"), claims.get("azp")
    clients = audience if isinstance(audience, list) else [audience]
    if client_id not in clients:
        raise TokenError("for another client")
    if party is not None and party != client_id:
        raise TokenError("for another party")
    if len(clients) > 1 and party is None:
        raise TokenError("for several clients, and for which it does not say")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires, issued = moment_in(claims, "exp"), moment_in(claims, "iat")
    if expires is None or issued is None:
        raise TokenError("without its times")
    if expires <= now - SKEW:
        raise TokenError("expired")
    if issued > now + SKEW or (moment_in(claims, "nbf") or 0.0) > now + SKEW:
        raise TokenError("of the future")
    if issued < now - OLDEST:
        raise TokenError("too old")


def _usable(jwk: Any) -> VerifyingKey | None:
    if not isinstance(jwk, dict) or "d" in jwk:
        return None  # whoever publishes the private half, too, has it signed for by anybody
    kind, algorithm = str(jwk.get("kty")), str(jwk.get("alg", "RS256"))
    # A key that does not say what it is for gets one algorithm all the same (RFC 8725, 3.1).
    fitting = "RS256" if kind == "RSA" else _CURVES.get(str(jwk.get("crv")))
    if kind not in {"RSA", "EC", "OKP"} or algorithm not in _ASYMMETRIC:
        return None
    try:
        return verifying_key_of(jwk, algorithm=fitting)
    except (TokenError, TypeError):
        return None
