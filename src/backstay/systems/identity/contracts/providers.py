"""Signing in by others, as it crosses the border: identity providers, and whose account is whose there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.http import Payload

PathText = Annotated[
    str,
    Meta(
        max_length=512,
        # ASCII; one slash and then no other, nor a backslash, which browsers take for one: else it names
        # a host. And `$` alone lets a line break follow.
        pattern=r"^/(?:[!-.0-\[\]-~][!-\[\]-~]*)?$(?!\n)",
        description="Where the browser goes afterwards: a path of this site.",
        examples=["/console"],
    ),
]


class ProviderKind(StrEnum):
    """How a provider is spoken to."""

    OIDC = "oidc"
    """OpenID Connect, by discovery."""
    GOOGLE = "google"
    """The same, at Google."""
    GITHUB = "github"
    """OAuth 2.0 and GitHub's own API, which tells who it is."""


class ProviderPurpose(StrEnum):
    """What somebody is sent to a provider for."""

    SIGN_IN = "sign-in"
    LINK = "link"
    """To link their account there with the one that they are signed in to."""
    CONFIRM = "confirm"
    """To show once more that it is they, for what asks for a fresh sign-in."""


class IdentityProvider(Struct, frozen=True):
    """Who vouches for people here."""

    id: str
    name: str
    kind: ProviderKind


class ProviderVisit(Payload, frozen=True, kw_only=True):
    """A visit to a provider, to sign in."""

    return_to: PathText = "/console"


class AccountProviderVisit(Payload, frozen=True, kw_only=True):
    """A visit to a provider by somebody who is signed in."""

    purpose: Annotated[
        Literal["link", "confirm"],
        Meta(description="To link the account there, or to show by it that it is oneself."),
    ] = "link"
    return_to: PathText = "/console"


class ProviderAddress(Struct, frozen=True):
    """Where to send the browser. The answer set a cookie, without which it comes back in vain."""

    url: str


class IdentityLink(Struct, frozen=True):
    """An account at a provider that opens one's own."""

    id: UUID
    provider: str
    """The id that it had in the settings when it was linked."""
    issuer: str
    mail: str
    """The address that the account had there when it was last used; empty when it told none."""
    created_at: datetime
    used_at: datetime | None
