"""Who a request comes from: access tokens and session cookies become actors here, and nowhere else."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from typing import Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM_ORGANIZATION, Actor, ActorKind, Shown
from backstay.kernel.auth import CrossSiteRequest, is_from_own_page
from backstay.kernel.clock import Clock
from backstay.systems.identity.contracts import ENROL, IMPERSONATE, SECOND_FACTOR, SELF, SessionKind
from backstay.systems.identity.errors import SessionOver
from backstay.systems.identity.queries.sessions import Standing
from backstay.systems.identity.service.jws import TokenError
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import is_over, must_enrol
from backstay.systems.identity.service.tokens import Access, is_access_token

SECURE_COOKIE: Final = "__Host-backstay_session"
"""The browser sends it over TLS only, and takes it from no other host than ours (RFC 6265bis, 4.1.3.2)."""
PLAIN_COOKIE: Final = "backstay_session"
"""Where people reach the site without TLS, which production does not allow."""
_CACHED_TOKENS: Final = 20_000


class SessionAuthenticator:
    """Knows people by their sessions; an `Authenticator`."""

    def __init__(self, identity: Identity, clock: Clock) -> None:
        self._identity = identity
        self._clock = clock
        self._verified: dict[bytes, Access] = {}

    def authenticate(self, shown: Shown) -> Awaitable[Actor] | None:
        """The actor that this proves; None when it is neither an access token nor a cookie of ours.

        Raises:
            SessionOver: the token or the cookie does not hold, or no longer.
            CrossSiteRequest: the cookie came with a request that another site may have provoked.
        """
        token = shown.bearer
        if token is not None:
            return self._by_access(token) if is_access_token(token) else None
        headers = shown.headers
        if "authorization" in headers:
            return None
        cookie = self._cookie(headers.get("cookie", ""))
        return None if cookie is None else self._on_a_page(cookie, headers)

    async def _on_a_page(self, cookie: str, headers: Mapping[str, str]) -> Actor:
        actor = await self._by_cookie(cookie)
        if not is_from_own_page(headers, self._identity.origins):
            raise CrossSiteRequest("Send the request from a page of this site")
        return actor

    async def _by_access(self, token: str) -> Actor:
        digest = hashlib.blake2b(token.encode("utf-8", "surrogateescape"), digest_size=32).digest()
        access = self._verified.get(digest)
        if access is None:
            access = await self._open(token)
            if len(self._verified) >= _CACHED_TOKENS:
                del self._verified[next(iter(self._verified))]
            self._verified[digest] = access
        now = self._clock.now().timestamp()
        if access.expires <= now:
            self._verified.pop(digest, None)
            raise SessionOver("The access token has expired; refresh it.")
        if access.begins > now:
            raise SessionOver("The access token does not hold yet.")
        standing = await self._standing(access.session_id, access.epoch)
        if standing.epoch != access.epoch or standing.user_id != access.user_id:
            raise SessionOver
        if standing.confirmed < access.counter:
            await self._identity.standings.confirm(standing, access.counter)
        return await self._actor(standing)

    async def _open(self, token: str) -> Access:
        identity = self._identity
        for again in (True, False):
            try:
                return identity.tokens.open_access(token)
            except TokenError:
                # Another process may have made its key a moment ago.
                if again:
                    await identity.keyring.load_again(identity.database)
        raise SessionOver("The access token is not valid.")

    async def _by_cookie(self, cookie: str) -> Actor:
        session_id = self._identity.tokens.open_cookie(cookie)
        if session_id is None:
            raise SessionOver("The cookie is not valid.")
        standing = await self._standing(session_id)
        if standing.kind is not SessionKind.COOKIE:
            raise SessionOver("The cookie is not valid.")
        self._identity.standings.see(standing, self._clock.now())
        return await self._actor(standing)

    async def _standing(self, session_id: UUID, epoch: int = 0) -> Standing:
        standing = await self._identity.standings.get(session_id, epoch)
        if standing is not None and is_over(self._identity, standing, self._clock.now()):
            # It may have been used elsewhere since it was read here, and so not be idle.
            standing = await self._identity.standings.read(session_id)
        if standing is None or is_over(self._identity, standing, self._clock.now()):
            raise SessionOver
        return standing

    async def _actor(self, standing: Standing) -> Actor:
        # The one gate: whatever way a session was opened, without its second factor it may only show it.
        if standing.second_factor and standing.assurance < 2:
            return _actor(standing, frozenset({SECOND_FACTOR.name}), pending=True)
        if must_enrol(
            self._identity, second_factor=standing.second_factor, impersonator_id=standing.impersonator_id
        ):
            return _actor(standing, frozenset({ENROL.name}), pending=True)
        granted = await self._identity.permissions(standing.user_id, standing.organization_id)
        if standing.impersonator_id is not None:
            held = await self._identity.permissions(standing.impersonator_id, SYSTEM_ORGANIZATION)
            if IMPERSONATE.name not in held:
                raise SessionOver
            granted -= self._identity.of_the_house
        return _actor(standing, granted | {SELF.name, SECOND_FACTOR.name, ENROL.name})

    def _cookie(self, cookies: str) -> str | None:
        if PLAIN_COOKIE not in cookies:
            return None
        found = dict(pair.strip().partition("=")[::2] for pair in cookies.split(";"))
        name = SECURE_COOKIE if SECURE_COOKIE in found or self._identity.secure_only else PLAIN_COOKIE
        return found.get(name) or None


def _actor(standing: Standing, permissions: frozenset[str], *, pending: bool = False) -> Actor:
    return Actor(
        id=standing.user_id,
        kind=ActorKind.USER,
        name=standing.name or standing.mail,
        organization_id=standing.organization_id,
        permissions=permissions,
        session_id=standing.id,
        assurance=standing.assurance,
        impersonator_id=standing.impersonator_id,
        pending=pending,
    )
