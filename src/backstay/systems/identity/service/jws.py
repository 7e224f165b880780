"""The one place that opens signed tokens: compact JWS (RFC 7515), stricter than the standard asks.

What RFC 8725 and its replacement, draft-ietf-oauth-rfc8725bis, warn of is closed here and
nowhere else: only the compact form, a length limit before anything is split, base64url to the
letter, a header of known members only (so no `crit`, `jku`, `jwk`, `x5u`), one algorithm a
key, and that never `none` or one that the token chose. The signature itself is PyJWT's work.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

LONGEST: Final = 8192
"""Characters of a token, at most."""
_PART: Final = re.compile(r"[A-Za-z0-9_-]*")
_HEADER_MEMBERS: Final = frozenset({"alg", "typ", "kid", "cty"})
ALGORITHMS: Final = frozenset(
    {"EdDSA", "ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    | {"HS256", "HS384", "HS512"}
)
_SHORTEST_SECRET: Final = {"HS256": 32, "HS384": 48, "HS512": 64}
_SHORTEST_RSA: Final = 2048


class TokenError(Exception):
    """The token does not hold; the message is for tests and logs, not for whoever sent it."""


class VerifyingKey(Struct, frozen=True):
    """A key with the one algorithm that it is for (RFC 8725, 3.1)."""

    algorithm: str
    key: Any
    """What PyJWT takes: a public key object, or the bytes of a shared secret."""


FindKey = Callable[[Mapping[str, Any]], VerifyingKey]
"""Finds the key by a header whose form has been checked; raises `TokenError` when there is none."""


def open_jws(
    token: str, find_key: FindKey, *, ignored: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], bytes]:
    """The header and the payload of a token whose signature holds.

    Args:
        token: as it came.
        find_key: finds its key.
        ignored: members that a header may have besides, and that say nothing here.

    Raises:
        TokenError: anything about it is not as it must be.
    """
    # With the first token, and not before: it imports all kinds of keys and certificates, three megabytes.
    import jwt

    if len(token) > LONGEST:
        raise TokenError("too long")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("not three parts")
    header = _object(_bytes(parts[0]), "header")
    payload = _bytes(parts[1])
    _bytes(parts[2])
    known = header.keys() <= _HEADER_MEMBERS | ignored
    if not known or not all(isinstance(value, str) for value in header.values()):
        raise TokenError("a header with members that nobody here understands")
    found = find_key(header)
    _refuse_weak(found)
    if header.get("alg") != found.algorithm or found.algorithm not in ALGORITHMS:
        raise TokenError("not the key's algorithm")
    try:
        jwt.api_jws.decode(
            token, found.key, algorithms=[found.algorithm], options={"enforce_minimum_key_length": True}
        )
    except (jwt.PyJWTError, ValueError, TypeError) as failure:
        raise TokenError("the signature does not hold") from failure
    return header, payload


def verifying_key_of(jwk: Mapping[str, Any], *, algorithm: str | None = None) -> VerifyingKey:
    """The key in a JWK (RFC 7517), which must be meant for signatures.

    Args:
        jwk: the key, public or shared.
        algorithm: what it is used for where it does not say so itself.

    Raises:
        TokenError: it is for something else, says no algorithm, or is no key.
    """
    # Late, as above.
    import jwt

    if jwk.get("use", "sig") != "sig" or "verify" not in jwk.get("key_ops", ["verify"]):
        raise TokenError("a key that is not for verifying signatures")
    chosen = jwk.get("alg", algorithm)
    if chosen not in ALGORITHMS:
        raise TokenError("a key without an algorithm of ours")
    try:
        found = jwt.PyJWK({**jwk, "alg": chosen}).key
    except (jwt.PyJWTError, ValueError, TypeError) as failure:
        raise TokenError("no key") from failure
    key = VerifyingKey(chosen, found)
    _refuse_weak(key)
    return key


def claims_of(payload: bytes) -> dict[str, Any]:
    """The payload as JSON.

    Raises:
        TokenError: it is no object.
    """
    return _object(payload, "payload")


def _object(text: bytes, what: str) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise TokenError(f"the {what} is no JSON") from failure
    if not isinstance(value, dict):
        raise TokenError(f"the {what} is no object")
    return value


def _bytes(part: str) -> bytes:
    if not _PART.fullmatch(part) or len(part) % 4 == 1:
        raise TokenError("not base64url")
    decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    # Several texts decode to the same bytes; only the one that encoding makes is taken.
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise TokenError("not base64url as an encoder writes it")
    return decoded


def _refuse_weak(key: VerifyingKey) -> None:
    if key.algorithm in _SHORTEST_SECRET:
        if not isinstance(key.key, bytes) or len(key.key) < _SHORTEST_SECRET[key.algorithm]:
            raise TokenError("the key is too short for its algorithm")
    elif isinstance(key.key, str | bytes):
        # PyJWT would read PEM out of it, and text is how a public key becomes a shared secret.
        raise TokenError("not a key object")
    elif getattr(key.key, "key_size", _SHORTEST_RSA) < _SHORTEST_RSA and key.algorithm[0] in "RP":
        raise TokenError("the key is too short for its algorithm")
