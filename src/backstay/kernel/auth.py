"""The development authenticator: who may call the API until there are accounts.

Principals come from the settings. They prove themselves with a static token or with a
signed one (a JWT of HS256 and of the type `principal+jwt`, with the claims `aud`, `sub`, `org`,
`name`, `perms`, `iat`, `exp`), in
`Authorization: Bearer …` or, from a browser, in the cookie `backstay_token`.

A cookie travels with requests that other sites provoke, so it counts only where such a
request can do no harm: on a safe method, or when the browser says that the request comes
from a page of ours. The method reaches the authenticator as the header `:method`, the name
that HTTP/2 gives it (RFC 9113, 8.3.1); without it, the request is held to be unsafe.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from msgspec import Struct

from backstay.kernel.actor import EVERYTHING, Actor, ActorKind, Shown
from backstay.kernel.clock import Clock, SystemClock
from backstay.kernel.errors import Forbidden, Unauthenticated
from backstay.kernel.settings import Principal, Secret, Settings, generated_once
from backstay.kernel.signing import Keys
from backstay.kernel.token import Claims, Tokens

COOKIE: Final = "backstay_token"
METHOD_HEADER: Final = ":method"
KEY_PURPOSE: Final = "development-token"
DEMO: Final = "demo"
DEMO_TOKEN_FILE: Final = "demo.token"  # noqa: S105 - a file's name
DEFAULT_TTL: Final = timedelta(hours=12)

_NAMESPACE: Final = UUID("6c1a3d0e-5f0b-5b8e-9f6e-0d9c5a7b2e41")
"""The namespace in which names of principals and organizations become ids (RFC 9562, 5.5)."""
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_CACHED_TOKENS: Final = 4096
_CLOCK_SKEW_SECONDS: Final = 60.0
_CHALLENGE: Final = 'Bearer realm="backstay", error="invalid_token"'


class CrossSiteRequest(Forbidden):
    """A cookie came with a request that another site may have provoked."""

    code = "cross_site_request"
    title = "The cookie is not accepted on a request from another site"


class _Verified(Struct, frozen=True):
    token: bytes
    actor: Actor
    expires: float
    """Unix time."""


class DevelopmentAuthenticator:
    """Knows the principals of the settings by their tokens; an `Authenticator`."""

    def __init__(
        self,
        principals: Sequence[Principal],
        keys: Keys,
        clock: Clock | None = None,
        *,
        origins: Sequence[str] = (),
        audience: str = "backstay",
        not_before: datetime | None = None,
    ) -> None:
        """Make it.

        Args:
            principals: who is known, and by which static tokens.
            keys: the deployment's.
            clock: judges the times of signed tokens.
            origins: further origins whose pages may use the cookie, e.g. that of `http.public_url`.
            audience: the deployment that signed tokens are for.
            not_before: signed tokens from before this moment are refused.
        """
        self.principals = {principal.name: principal for principal in principals}
        self._tokens = Tokens(keys.derive(KEY_PURPOSE))
        self._clock = clock or SystemClock()
        self._origins = frozenset(origins)
        self._audience = audience
        self._not_before = 0.0 if not_before is None else not_before.timestamp()
        # Looked up by digest: how long a look-up takes then tells nothing about a token.
        self._static = {
            _digest(principal.token.reveal().encode()): actor_of(principal)
            for principal in principals
            if principal.token is not None
        }
        self._verified: dict[int, _Verified] = {}
        """By a place that the token's hash in this process gives it; two tokens of one place take turns."""

    async def authenticate(self, shown: Shown) -> Actor | None:
        """The actor that this proves, or None when nothing is shown.

        Raises:
            Unauthenticated: the credentials do not hold; the token is not repeated.
            CrossSiteRequest: the cookie came with an unsafe request that no page of ours made.
        """
        if shown.bearer:
            return self.actor(shown.bearer)
        headers = shown.headers
        if "authorization" in headers:
            raise _refusal("Send `Authorization: Bearer <token>`")
        token = cookie_token(headers.get("cookie", ""))
        if not token:
            return None
        actor = self.actor(token)
        if not is_from_own_page(headers, self._origins):
            raise CrossSiteRequest(
                "Send the request from a page of this site, or send the token as a bearer token"
            )
        return actor

    def actor(self, token: str) -> Actor:
        """The actor that the token proves.

        Raises:
            Unauthenticated: it proves none.
        """
        raw = token.encode() if token.isascii() else token.encode("utf-8", "surrogateescape")
        if self._static and (actor := self._static.get(_digest(raw))) is not None:
            return actor
        now = self._clock.now().timestamp()
        # A digest costs more than all of this, for what is compared as a whole, in constant time, anyway.
        place = hash(token) % _CACHED_TOKENS
        verified = self._verified.get(place)
        if verified is None or not hmac.compare_digest(verified.token, raw):
            verified = self._verify(token, raw, now)
            self._verified[place] = verified
        if verified.expires <= now:
            self._verified.pop(place, None)
            raise _refusal("The token has expired")
        return verified.actor

    def mint(self, principal: Principal, ttl: timedelta = DEFAULT_TTL) -> str:
        """A signed token that proves the principal from now until `ttl` has passed."""
        actor = actor_of(principal)
        now = int(self._clock.now().timestamp())
        return self._tokens.mint(
            Claims(
                aud=self._audience,
                sub=actor.id,
                org=actor.organization_id,
                name=actor.name,
                perms=actor.permissions,
                iat=now,
                exp=now + int(ttl.total_seconds()),
            ),
        )

    def _verify(self, token: str, raw: bytes, now: float) -> _Verified:
        claims = self._tokens.open(token)
        if claims is None or claims.aud != self._audience:
            raise _refusal("The token is not valid")
        if claims.iat > now + _CLOCK_SKEW_SECONDS:
            raise _refusal("The token is not valid yet")
        if claims.iat < self._not_before:
            raise _refusal("The token was revoked")
        actor = Actor(
            id=claims.sub,
            kind=ActorKind.USER,
            name=claims.name,
            organization_id=claims.org,
            permissions=claims.perms,
        )
        return _Verified(raw, actor, claims.exp)


def is_from_own_page(headers: Mapping[str, str], origins: Collection[str] = ()) -> bool:
    """Whether a request is harmless, or comes from a page of ours as far as the browser tells.

    What proves itself by a cookie must ask this; `origins` are those of our pages besides the
    host that the request went to.
    """
    safe = headers.get(METHOD_HEADER) in _SAFE_METHODS
    if safe and "websocket" not in headers.get("upgrade", "").lower():
        return True
    origin = headers.get("origin")
    # A page that sends no referrer posts its forms with the origin `null` (Fetch, 3.2); what
    # the browser itself says of the site then decides, which no script can.
    if origin is not None and origin != "null":
        return origin in origins or urlsplit(origin).netloc == headers.get("host")
    # No browser sends these across sites without asking first (CORS preflight).
    return headers.get("sec-fetch-site") == "same-origin" or "x-requested-with" in headers


def development_authenticator(
    settings: Settings, keys: Keys, clock: Clock | None = None
) -> DevelopmentAuthenticator:
    """The authenticator that the settings ask for.

    In development, when no principals are configured, there is one called `demo` with every
    permission; `demo_token` tells its token.

    Raises:
        OSError: the demo token can be neither read nor written.
    """
    principals = settings.auth.principals
    token = demo_token(settings)
    if token is not None:
        principals = (Principal(name=DEMO, token=Secret(token), permissions=(EVERYTHING,)),)
    url = settings.http.public_url
    return DevelopmentAuthenticator(
        principals,
        keys,
        clock,
        origins=[_origin(url)] if url else [],
        audience=url or settings.app.name,
        not_before=settings.auth.tokens_not_before,
    )


def demo_token(settings: Settings) -> str | None:
    """The token of the principal `demo`, made once into `<data_dir>/demo.token`; None when there is no demo.

    Raises:
        OSError: it can be neither read nor written.
    """
    if settings.app.environment != "development" or settings.auth.principals:
        return None
    return generated_once(settings.app.data_dir / DEMO_TOKEN_FILE)


def actor_of(principal: Principal) -> Actor:
    """The actor of a principal; its id follows from its name, so records stay its own over restarts."""
    return Actor(
        id=uuid5(_NAMESPACE, f"principal:{principal.name}"),
        kind=ActorKind.USER,
        name=principal.name,
        organization_id=organization_of(principal.organization),
        permissions=frozenset(principal.permissions),
    )


def organization_of(name: str) -> UUID:
    """The id written in `name`, or the one that the name stands for."""
    try:
        return UUID(name)
    except ValueError:
        return uuid5(_NAMESPACE, f"organization:{name}")


def set_cookie(token: str, *, secure: bool, lifetime: timedelta = DEFAULT_TTL) -> str:
    """The `Set-Cookie` value that signs a browser in; no script can read it (RFC 6265bis, 5.6).

    Args:
        token: a token that `authenticate` accepts; the caller has checked that.
        secure: whether people reach the site over TLS.
        lifetime: how long the browser keeps it; zero signs out.
    """
    attributes = f"Path=/; Max-Age={int(lifetime.total_seconds())}; HttpOnly; SameSite=Strict"
    return f"{COOKIE}={token}; {attributes}" + ("; Secure" if secure else "")


def clear_cookie(*, secure: bool) -> str:
    """The `Set-Cookie` value that signs a browser out."""
    return set_cookie("", secure=secure, lifetime=timedelta())


def cookie_token(cookies: str) -> str | None:
    """The token in a `Cookie` header, if it carries one."""
    if COOKIE not in cookies:
        return None
    for pair in cookies.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value.strip('"') or None
    return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _digest(token: bytes) -> bytes:
    return hashlib.blake2b(token, digest_size=32).digest()


def _refusal(words: str) -> Unauthenticated:
    error = Unauthenticated(words)
    error.headers["WWW-Authenticate"] = _CHALLENGE
    return error
