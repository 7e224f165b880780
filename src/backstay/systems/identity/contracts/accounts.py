"""Accounts and sessions, as they cross the border."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.actor import Permission
from backstay.kernel.http import Payload
from backstay.kernel.patterns import MAIL_ADDRESS, NOT_BLANK

SELF: Final = Permission(
    "identity:self", "Use one's own account: profile, password, devices.", in_person=True
)
"""Everybody who is signed in with an account has it."""
SECOND_FACTOR: Final = Permission("identity:second-factor", "Show one's second factor.", in_person=True)
"""All that a session has whose person has a second factor and has not shown it yet."""
ENROL: Final = Permission("identity:enrol", "Add a second factor to one's own account.", in_person=True)
"""All that a session has whose person must add a second factor first; whoever has `SELF` has it, too."""
# Of the house: people work in many organizations, and everybody owns their own place.
READ: Final = Permission("identity:read", "See everybody's accounts.", house=True)
OPERATE: Final = Permission("identity:operate", "Ban accounts and end anybody's sessions.", house=True)
RESET_FACTORS: Final = Permission(
    "identity:reset-factors",
    "Take the second factors of somebody who lost them all, with a reason that they are told.",
    house=True,
    in_person=True,
)
TEXTS: Final = Permission(
    "identity:texts", "Read the codes by SMS that development keeps instead of sending.", house=True
)
PASSWORD_LENGTH: Final = 256
"""Characters of a password, at most."""

MailText = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=254,
        pattern=MAIL_ADDRESS,
        description="A mail address. Upper and lower case are the same.",
        examples=["ada@example.test"],
    ),
]
PasswordText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=PASSWORD_LENGTH,
        description="Any characters, spaces too; compared after Unicode normalisation (NFKC).",
        examples=["seven green tugboats at dawn"],
    ),
]
NameText = Annotated[
    str,
    Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="What the person is called."),
]
LocaleText = Annotated[
    str,
    Meta(
        max_length=35,
        pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$",
        description="A language tag (BCP 47), or nothing.",
        examples=["en-GB"],
    ),
]
TokenText = Annotated[str, Meta(min_length=1, max_length=512)]


class SessionKind(StrEnum):
    """How a session proves itself."""

    TOKENS = "tokens"
    """By a short access token and a refresh token."""
    COOKIE = "cookie"
    """By a cookie that no script can read."""


class MailPurpose(StrEnum):
    """What a link in a mail does."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE = "change"


class User(Struct, frozen=True):
    """An account."""

    id: UUID
    mail: str
    name: str
    locale: str
    verified_at: datetime | None
    """When the address was shown to be theirs."""
    banned_at: datetime | None
    banned_until: datetime | None
    """When the ban ends by itself; null for never."""
    ban_reason: str
    created_at: datetime
    updated_at: datetime


class Account(Struct, frozen=True, kw_only=True):
    """One's own account, as the present session sees it."""

    id: UUID
    mail: str
    name: str
    locale: str
    verified_at: datetime | None
    has_password: bool
    created_at: datetime
    organization_id: UUID
    assurance: int
    """1 for one factor, 2 for two (NIST SP 800-63B-4, AAL)."""
    impersonator_id: UUID | None
    """Who acts in this person's place, if the present session is somebody else's."""
    permissions: list[str]


class UserSession(Struct, frozen=True, kw_only=True):
    """A device on which somebody is signed in."""

    id: UUID
    kind: SessionKind
    device: str
    """What the browser or client calls itself, shortened."""
    network: str
    """The network that it signed in from: an IPv4 address without its last byte, or a /56 of IPv6."""
    assurance: int
    method: str
    """How the sign-in was proven: `pwd`, or several such words with `+` between them (RFC 8176)."""
    impersonator_id: UUID | None
    created_at: datetime
    seen_at: datetime
    """When it was last refreshed or, for a cookie, used; to the minute."""
    expires_at: datetime
    """When it ends however much it is used."""
    current: bool
    """Whether it is the one that asks."""


class SignUp(Payload, frozen=True, kw_only=True):
    """An account to be made."""

    mail: MailText
    password: PasswordText
    name: NameText = ""
    locale: LocaleText = ""


class Accepted(Struct, frozen=True):
    """The same words for everybody, so that nobody learns who has an account."""

    message: str


class PasswordSignIn(Payload, frozen=True, kw_only=True):
    """Who somebody says they are, and their password."""

    mail: MailText
    password: PasswordText
    cookie: Annotated[bool, Meta(description="Sign a browser in by a cookie instead of giving tokens.")] = (
        False
    )


class Refresh(Payload, frozen=True, kw_only=True):
    """The refresh token last received."""

    refresh_token: TokenText


class SignedIn(Struct, frozen=True, kw_only=True):
    """A session just made, or its next tokens."""

    session_id: UUID
    assurance: int
    expires_at: datetime
    """When the session ends however much it is used."""
    access_token: str | None = None
    """Send it as `Authorization: Bearer …`; null where a cookie was set."""
    refresh_token: str | None = None
    """Good for one refresh; keep it where no script can read it."""
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - what kind of token it is
    expires_in: int = 0
    """Seconds that the access token holds."""
    second_factor: bool = False
    """Whether the second factor has yet to be shown; until then the session may do nothing else."""
    enrolment: bool = False
    """Whether a second factor has yet to be added; until then the session may do nothing else."""


class ProfileChanges(Payload, frozen=True, kw_only=True):
    """What to change in one's profile; what is left out stays as it is."""

    name: NameText | UnsetType = UNSET
    locale: LocaleText | UnsetType = UNSET


class PasswordChange(Payload, frozen=True, kw_only=True):
    """A new password, and the present one to show that it is really they."""

    current_password: PasswordText
    password: PasswordText


class OrganizationChoice(Payload, frozen=True, kw_only=True):
    """The organization to work in from now on."""

    organization_id: UUID


class MailChange(Payload, frozen=True, kw_only=True):
    """The address that an account shall have once its owner has followed the link sent there."""

    mail: MailText


class MailRequest(Payload, frozen=True, kw_only=True):
    """Whose link to send."""

    mail: MailText


class MailToken(Payload, frozen=True, kw_only=True):
    """The token out of a mail."""

    token: TokenText


class AddressVerification(Payload, frozen=True, kw_only=True):
    """The token out of a mail, and the password that the account was made with."""

    token: TokenText
    password: PasswordText
    cookie: Annotated[bool, Meta(description="Sign a browser in by a cookie instead of giving tokens.")] = (
        False
    )


class PasswordReset(Payload, frozen=True, kw_only=True):
    """The token out of a mail, and the new password."""

    token: TokenText
    password: PasswordText


class SetupOrder(Payload, frozen=True, kw_only=True):
    """The first owner: the token of the link that the first start printed, and the account to be."""

    token: TokenText
    mail: MailText
    password: PasswordText
    name: NameText = ""
    cookie: Annotated[bool, Meta(description="Sign a browser in by a cookie instead of giving tokens.")] = (
        False
    )


class BanOrder(Payload, frozen=True, kw_only=True):
    """Why somebody is banned, and until when."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    until: datetime | None = None
    """Null for good."""
    leave_ownerless: bool = False
    """Ban them although they alone own an organization, which then has nobody to run it."""


class FactorReset(Payload, frozen=True, kw_only=True):
    """Why somebody's second factors are taken."""

    reason: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=500,
            pattern=NOT_BLANK,
            description="Recorded, and told to the person. Say how they showed who they are.",
            examples=["Ticket 4712: identity card seen in a video call"],
        ),
    ]


class EndedSessions(Struct, frozen=True):
    """How many sessions were ended."""

    ended: int
