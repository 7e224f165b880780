"""Providers that speak OpenID Connect: found by discovery, believed by their signature."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from backstay.kernel.clock import Clock
from backstay.systems.identity.service.id_tokens import (
    SKEW,
    Expected,
    RemoteKeys,
    UnknownKey,
    moment_in,
    open_id_token,
    texts_in,
)
from backstay.systems.identity.service.jws import TokenError
from backstay.systems.identity.service.outgoing import NoAnswer, Outgoing
from backstay.systems.identity.service.vouching import BadAnswer, Client, Question, Vouched
from backstay.systems.identity.settings import ProviderSettings

SCOPES: Final = ("openid", "email", "profile")
KEPT: Final = timedelta(hours=1)
"""How long the discovery document and the keys are believed without being asked for again."""
REFETCH_PAUSE: Final = timedelta(minutes=1)
"""Between two looks for a key that a token names and nobody knows, however many tokens are forged."""
FAILURE_PAUSE: Final = timedelta(seconds=5)
"""Before a provider that did not say where it is asked is tried again."""


class Metadata(Struct, frozen=True, kw_only=True):
    """What of the discovery document matters (OpenID Connect Discovery, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False
    """Whether every answer says who it is from (RFC 9207, 3)."""


class Tokens(Struct, frozen=True, kw_only=True):
    """What a code is redeemed for."""

    id_token: str
    access_token: str | None = None


class OpenIdProvider:
    """One provider; a `Provider`."""

    def __init__(self, settings: ProviderSettings, outgoing: Outgoing, clock: Clock) -> None:
        self.settings = settings
        self._client = Client(settings, outgoing)
        self._clock = clock
        self._asking = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._metadata_at = clock.now()
        self._failed_at: datetime | None = None
        self._keys: RemoteKeys | None = None
        self._keys_asked_at: datetime | None = None

    async def address(self, question: Question) -> str:
        """As `Provider` says."""
        metadata = await self._found()
        more = {"nonce": question.nonce}
        if question.again:
            more |= {"prompt": "login", "max_age": "0"}
        if self.settings.second_factor_acr:
            more["acr_values"] = " ".join(self.settings.second_factor_acr)
        return self._client.authorization(metadata.authorization_endpoint, question, SCOPES, **more)

    async def vouched(self, question: Question, code: str, issuer: str | None) -> Vouched:
        """As `Provider` says."""
        metadata = await self._found()
        self._check_issuer(metadata, issuer)
        methods = metadata.token_endpoint_auth_methods_supported
        by_header = "client_secret_basic" in methods or "client_secret_post" not in methods
        tokens = await self._client.redeem(
            metadata.token_endpoint, question, code, Tokens, by_header=by_header
        )
        try:
            claims = await self._opened(tokens.id_token, question)
            proven_at = _proven_at(claims, question)
        except TokenError as failure:
            raise BadAnswer(f"the ID token: {failure}") from failure
        told = claims if "email" in claims else await self._userinfo(metadata, tokens, claims)
        return Vouched(
            issuer=metadata.issuer,
            subject=claims["sub"],
            mail=_verified_mail(told),
            name=_text(told, "name") or _text(claims, "name"),
            second_factor=self._counts(claims),
            proven_at=proven_at,
        )

    def _check_issuer(self, metadata: Metadata, issuer: str | None) -> None:
        if issuer is None and metadata.authorization_response_iss_parameter_supported:
            raise BadAnswer("the answer does not say who it is from")
        if issuer is not None and issuer != metadata.issuer:
            raise BadAnswer("the answer is from another issuer")

    async def _opened(self, token: str, question: Question) -> dict[str, Any]:
        expected = Expected(
            issuer=self.settings.address, client_id=self.settings.client_id, nonce=question.nonce
        )
        try:
            return open_id_token(token, await self._verifying(), expected, self._clock.now())
        except UnknownKey:
            # The provider may have made the key a moment ago.
            return open_id_token(token, await self._verifying(anew=True), expected, self._clock.now())

    def _counts(self, claims: dict[str, Any]) -> bool:
        amr, acr = self.settings.second_factor_amr, self.settings.second_factor_acr
        shown = {*texts_in(claims, "amr")} & {*amr}
        return bool(shown) or claims.get("acr") in acr

    async def _userinfo(self, metadata: Metadata, tokens: Tokens, claims: dict[str, Any]) -> dict[str, Any]:
        """What the provider says beside the ID token; it must be of the same person (Core, 5.3.2)."""
        if metadata.userinfo_endpoint is None or tokens.access_token is None:
            return claims
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        told = await self._client.ask("GET", metadata.userinfo_endpoint, dict[str, Any], headers)
        if told.get("sub") != claims["sub"]:
            raise BadAnswer("the userinfo is of somebody else")
        return told

    async def _found(self) -> Metadata:
        async with self._asking:
            now = self._clock.now()
            if self._metadata is not None and now - self._metadata_at < KEPT:
                return self._metadata
            if self._failed_at is not None and now - self._failed_at < FAILURE_PAUSE:
                raise NoAnswer("it did not answer a moment ago")
            # Its path comes after the issuer's own, a slash at whose end falls away (Discovery, 4).
            url = f"{self.settings.address.rstrip('/')}/.well-known/openid-configuration"
            try:
                metadata = await self._client.ask("GET", url, Metadata)
                self._check(metadata)
            except (NoAnswer, BadAnswer):
                self._failed_at = now
                raise
            self._metadata, self._metadata_at = metadata, now
            return metadata

    def _check(self, metadata: Metadata) -> None:
        if metadata.issuer != self.settings.address:
            raise BadAnswer("the discovery document is of another issuer")
        scheme = urlsplit(self.settings.address).scheme
        for url in (
            metadata.authorization_endpoint,
            metadata.token_endpoint,
            metadata.jwks_uri,
            metadata.userinfo_endpoint or metadata.jwks_uri,
        ):
            parts = urlsplit(url)
            if parts.scheme not in {"https", scheme} or not parts.hostname or parts.fragment:
                raise BadAnswer("the discovery document has an address that is no https://")

    async def _verifying(self, *, anew: bool = False) -> RemoteKeys:
        metadata = await self._found()
        async with self._asking:
            now = self._clock.now()
            age = None if self._keys_asked_at is None else now - self._keys_asked_at
            if self._keys is not None and age is not None and age < (REFETCH_PAUSE if anew else KEPT):
                return self._keys
            self._keys_asked_at = now
            self._keys = RemoteKeys(await self._client.ask("GET", metadata.jwks_uri, dict[str, Any]))
            return self._keys


def _proven_at(claims: dict[str, Any], question: Question) -> datetime | None:
    said = moment_in(claims, "auth_time")
    if said is None:
        return None
    if question.again and said < question.began_at.timestamp() - SKEW:
        raise TokenError("they were not asked once more, though that was wanted")
    try:
        return datetime.fromtimestamp(said, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenError("auth_time is no time") from None


def _verified_mail(claims: dict[str, Any]) -> str:
    # Only the word itself: "false" is a text that is true, and nothing said is not yes.
    return _text(claims, "email") if claims.get("email_verified") is True else ""


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
