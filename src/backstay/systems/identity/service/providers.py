"""The identity providers of a deployment, and what a visit to one of them is made of."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

from backstay.kernel.clock import Clock
from backstay.kernel.settings import Finding, Settings, Severity
from backstay.kernel.signing import Keys
from backstay.systems.identity.contracts import IdentityProvider, ProviderKind
from backstay.systems.identity.errors import NoSuchProvider
from backstay.systems.identity.service.github import GitHubProvider
from backstay.systems.identity.service.openid import OpenIdProvider
from backstay.systems.identity.service.outgoing import (
    Allows,
    Outgoing,
    anywhere,
    of_the_internet,
    of_this_machine,
)
from backstay.systems.identity.service.vouching import Provider, Question
from backstay.systems.identity.settings import IdentitySettings, ProviderSettings


class Providers:
    """Who vouches for people here."""

    def __init__(
        self, settings: Iterable[ProviderSettings], public_url: str, clock: Clock, keys: Keys
    ) -> None:
        """`public_url`: where providers send browsers back to."""
        self._key = keys.derive("identity-visits")
        self._back = f"{public_url.rstrip('/')}/v1/auth/providers"
        self._providers = {one.id: _provider_of(one, clock) for one in settings}

    def choices(self) -> list[IdentityProvider]:
        """All of them, in the order of the settings."""
        return [
            IdentityProvider(id=name, name=one.settings.title, kind=ProviderKind(one.settings.kind))
            for name, one in self._providers.items()
        ]

    def get(self, name: str) -> Provider:
        """The one of this id.

        Raises:
            NoSuchProvider: there is none.
        """
        provider = self._providers.get(name)
        if provider is None:
            raise NoSuchProvider
        return provider

    @property
    def issuers(self) -> frozenset[str]:
        """Whose accounts open accounts here today."""
        return frozenset(one.settings.address for one in self._providers.values())

    def question(self, name: str, state: str, began_at: datetime, *, again: bool) -> Question:
        """The visit of this state: what nobody may know before its end follows from the state and our key."""
        verifier = self._derived("verifier", name, state)
        return Question(
            # One address a provider: what comes back to it is of nobody else (RFC 9700, 4.4.2).
            redirect_uri=f"{self._back}/{name}/callback",
            state=state,
            nonce=self._derived("nonce", name, state),
            verifier=verifier,
            challenge=_text(sha256(verifier.encode()).digest()),
            again=again,
            began_at=began_at,
        )

    def _derived(self, what: str, name: str, state: str) -> str:
        return _text(hmac.digest(self._key, f"{what}:{name}:{state}".encode(), sha256))


def examine_providers(settings: Settings) -> Iterator[Finding]:
    """What `backstay doctor` says of them; never a secret."""
    providers = settings.module(IdentitySettings).providers
    if not providers:
        yield Finding(
            Severity.NOTE,
            "identity.providers",
            "none: people sign in with passwords and passkeys that they have here",
            "Add [[identity.providers]] to backstay.toml for Google, GitHub or any OpenID provider.",
        )
    if providers and settings.http.public_url is None:
        yield Finding(
            Severity.WARNING,
            "http.public_url",
            "not set, so identity providers send people back to the address listened on",
            "Set it to where people reach the deployment; providers ask for the same redirect URI.",
        )
    public = settings.http.public_url or f"http://{settings.http.host}:{settings.http.port}"
    for provider in providers:
        back = f"{public.rstrip('/')}/v1/auth/providers/{provider.id}/callback"
        yield Finding(
            Severity.OK,
            "identity.providers",
            f"{provider.title} at {provider.address}; its redirect URI must be {back}",
        )
        if provider.client_secret is None:
            yield Finding(
                Severity.WARNING,
                "identity.providers",
                f"{provider.id} has no client_secret, so whoever knows the client id can pass for us there",
                "Register a confidential client and set its secret.",
            )


def _provider_of(settings: ProviderSettings, clock: Clock) -> Provider:
    outgoing = Outgoing(_rule_of(settings))
    if settings.kind == "github":
        return GitHubProvider(settings, outgoing)
    return OpenIdProvider(settings, outgoing, clock)


def _rule_of(settings: ProviderSettings) -> Allows:
    if settings.private_network:
        return anywhere
    return of_this_machine if settings.on_this_machine else of_the_internet


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
