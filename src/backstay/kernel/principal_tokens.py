"""Signed tokens of the principals of the settings.

A JWT of HS256 and of the type `principal+jwt`, with the claims `aud`, `sub`, `org`, `name`, `perms`,
`iat` and `exp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import jwt
from msgspec import Struct

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.clock import Clock
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.signing import Keys

KEY_PURPOSE: Final = "development-token"
TOKEN_TYPE: Final = "principal+jwt"  # noqa: S105 - a type's name
"""So that no other token under a key of ours is taken for one (RFC 8725, 3.11)."""
DEFAULT_TTL: Final = timedelta(hours=12)
_CLOCK_SKEW_SECONDS: Final = 60.0
_CHALLENGE: Final = 'Bearer realm="backstay", error="invalid_token"'


class Verified(Struct, frozen=True):
    """A token whose signature holds."""

    actor: Actor
    expires: float
    """Unix time."""


class PrincipalTokens:
    """Makes and opens them."""

    def __init__(self, keys: Keys, clock: Clock, audience: str, not_before: datetime | None) -> None:
        """`audience`: the deployment that they are for; from before `not_before` none is taken."""
        self._key = keys.derive(KEY_PURPOSE)
        self._clock = clock
        self._audience = audience
        self._not_before = 0.0 if not_before is None else not_before.timestamp()

    def mint(self, actor: Actor, ttl: timedelta) -> str:
        """A token that proves the actor from now until `ttl` has passed."""
        now = int(self._clock.now().timestamp())
        claims = {
            "aud": self._audience,
            "sub": str(actor.id),
            "org": str(actor.organization_id),
            "name": actor.name,
            "perms": sorted(actor.permissions),
            "iat": now,
            "exp": now + int(ttl.total_seconds()),
        }
        return jwt.encode(claims, self._key, algorithm="HS256", headers={"typ": TOKEN_TYPE})

    def open(self, token: str) -> Verified:
        """What a token proves; whether it has expired is judged by the caller, at each use.

        Raises:
            Unauthenticated: it proves nothing.
        """
        try:
            whole = jwt.decode_complete(
                token,
                self._key,
                algorithms=["HS256"],
                audience=self._audience,
                # Times are judged by the house's clock, which a test or the lab may move.
                options={
                    "require": ["aud", "sub", "exp", "iat"],
                    "strict_aud": True,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            verified = _from_token(whole["header"], whole["payload"])
            issued = float(whole["payload"]["iat"])
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
            raise refusal("The token is not valid") from None
        if issued > self._clock.now().timestamp() + _CLOCK_SKEW_SECONDS:
            raise refusal("The token is not valid yet")
        if issued < self._not_before:
            raise refusal("The token was revoked")
        return verified


def _from_token(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Verified:
    if header.get("typ") != TOKEN_TYPE:
        raise TypeError("typ")
    permissions = claims["perms"]
    if not isinstance(permissions, list) or not all(isinstance(name, str) for name in permissions):
        raise TypeError("perms")
    actor = Actor(
        id=UUID(claims["sub"]),
        kind=ActorKind.USER,
        name=str(claims["name"]),
        organization_id=UUID(claims["org"]),
        permissions=frozenset(permissions),
    )
    return Verified(actor, float(claims["exp"]))


def refusal(words: str) -> Unauthenticated:
    """The error of a token that does not hold."""
    error = Unauthenticated(words)
    error.headers["WWW-Authenticate"] = _CHALLENGE
    return error
