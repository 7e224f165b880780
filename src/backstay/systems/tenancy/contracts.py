"""What the tenancy system takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.patterns import MAIL_ADDRESS, NOT_BLANK

NAME_LENGTH: Final = 100
DEFAULT_VALIDITY: Final = 7 * 86_400
LONGEST_VALIDITY: Final = 30 * 86_400
"""Seconds that an invitation may be open, at most."""

OrganizationName = Annotated[
    str, Meta(min_length=1, max_length=NAME_LENGTH, pattern=NOT_BLANK, examples=["Harbour Lamps Ltd"])
]
EmailText = Annotated[
    str, Meta(min_length=3, max_length=254, pattern=MAIL_ADDRESS, examples=["bob@example.test"])
]
Token = Annotated[str, Meta(min_length=1, max_length=100)]


class NewOrganization(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An organization to be made, or what one shall be called."""

    name: OrganizationName


class Organization(Struct, frozen=True):
    """An organization."""

    id: UUID
    name: str
    created_at: datetime
    version: int
    """Send it back as `If-Match`."""


class Member(Struct, frozen=True):
    """Somebody who belongs to the organization; their roles are the access system's."""

    user_id: UUID
    name: str
    """As they were called when they joined."""
    joined_at: datetime


class NewInvitation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody to be invited."""

    email: EmailText
    role_id: UUID
    """What they become; one must be able to give it oneself."""
    expires_in: Annotated[int, Meta(ge=60, le=LONGEST_VALIDITY)] | UnsetType = UNSET
    """Seconds, a week when not said; set by whoever has `tenancy:manage`."""


class Invitation(Struct, frozen=True):
    """An open invitation; what accepts it is only in the mail."""

    id: UUID
    email: str
    role_id: UUID
    role_name: str
    created_at: datetime
    created_by: UUID | None
    """Who invited; null for whoever lacks `tenancy:manage`."""
    expires_at: datetime


class InvitationToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was in the mail."""

    token: Token


class Invited(Struct, frozen=True):
    """What an invitation is to."""

    organization_id: UUID
    organization_name: str
    email: str
    role_name: str
    expires_at: datetime


class GuessCount(Struct, frozen=True):
    """Wrong passwords and codes that were given for members of the organization, in the present hour."""

    guesses: int
    started_at: datetime
    """When the hour began."""
    told_from: int
    """How many in an hour the owners are told of; 0 for never."""
    noticed_at: datetime | None
    """When there were last so many; null when not within thirty days."""


class OrganizationSection(Struct, frozen=True):
    """Settings that each organization may have its own values of; list it in a manifest's `declares`."""

    name: str
    """Unique; by rule the module's."""
    kind: type[Struct]
    """A frozen struct whose fields all have defaults."""


class Regional(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the organization is at home."""

    time_zone: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$", examples=["Europe/Berlin"])] = "UTC"
    locale: Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["de-AT"])] = "en"
