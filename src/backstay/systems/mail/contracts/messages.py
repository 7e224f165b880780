"""Mails: to whom, in which state, and what was decided about them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.http import Payload
from backstay.kernel.patterns import MAIL_ADDRESS

EmailText = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=MAIL_ADDRESS,
        description="An address; other scripts are welcome in both parts (RFC 6531, RFC 5891).",
        examples=["ada@example.test"],
    ),
]


class Address(Struct, frozen=True):
    """Somebody's mailbox."""

    email: str
    name: str = ""


class Attachment(Struct, frozen=True, kw_only=True):
    """A file that goes with a mail."""

    filename: str
    content_type: str
    content: bytes
    content_id: str | None = None
    """Set for an image that the HTML shows: `<mj-image src="cid:logo" />` shows `logo`."""


class MailState(StrEnum):
    """Where a mail is."""

    QUEUED = "queued"
    SENDING = "sending"
    """In a worker's hands. Found so by the next worker, the one before died: nobody knows how far it got."""
    DEFERRED = "deferred"
    """No provider took it for now; it is tried again."""
    UNKNOWN = "unknown"
    """A provider had all of it and did not answer. Until it is reconciled, only that one is tried again."""
    SENT = "sent"
    """A provider took it."""
    DELIVERED = "delivered"
    """The provider says that the recipient's server took it."""
    FAILED = "failed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    """Not sent: the address is on the suppression list."""


class StepKind(StrEnum):
    """What a line of the ledger says."""

    QUEUED = "queued"
    SUPPRESSED = "suppressed"
    WAITED = "waited"
    """It waited longer than a few seconds for its turn: for a rate, a pause (of its queue or of every
    provider) or a free worker."""
    HANDING = "handing"
    """Written before the first byte goes to the provider."""
    SENT = "sent"
    TEMPORARY = "temporary"
    UNFIT = "unfit"
    """The provider cannot take such a mail; another may."""
    PERMANENT = "permanent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    """Given up."""
    RECONCILED = "reconciled"
    RETRIED = "retried"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    DELIVERED = "delivered"


class Step(Struct, frozen=True):
    """One decision about a mail, or one thing that happened to it."""

    at: datetime
    kind: StepKind
    provider: str | None
    code: int | None
    """The provider's reply code (RFC 5321, 4.2)."""
    detail: str


class MailReceipt(Struct, frozen=True):
    """What `send` gives back."""

    id: UUID
    created: bool
    """False: a mail with this key was there already, and `id` is that one's."""
    state: MailState


class MessageSummary(Struct, frozen=True):
    """A mail in a list."""

    id: UUID
    template: str
    category: str
    to_address: str
    to_name: str
    subject: str
    state: MailState
    provider: str | None
    attempts: int
    created_at: datetime
    sent_at: datetime | None


class AttachmentInfo(Struct, frozen=True):
    """An attachment without its bytes."""

    filename: str
    content_type: str
    content_id: str | None
    size: int
    """Bytes."""


class Message(Struct, frozen=True, kw_only=True):
    """A mail, whole, with the ledger of why it was or was not sent."""

    id: UUID
    message_id: str
    """The `Message-ID` header: made once, the same for every try (RFC 5322, 3.6.4)."""
    key: str | None
    template: str
    category: str
    sender: Address
    reply_to: str | None
    to: Address
    subject: str
    text: str
    state: MailState
    provider: str | None
    attempts: int
    job_id: UUID | None
    created_at: datetime
    sent_at: datetime | None
    attachments: list[AttachmentInfo]
    ledger: list[Step]


class TestMailRequest(Payload, frozen=True, kw_only=True):
    """A template to send with its sample data."""

    __test__: ClassVar[bool] = False  # whatever pytest thinks of its name

    template: Annotated[str, Meta(min_length=1, max_length=100, examples=["mail.test"])]
    to: EmailText


class Reconciliation(Payload, frozen=True, kw_only=True):
    """What somebody found out about a mail whose outcome was unknown."""

    handed_over: bool
    """Whether the provider has it. If not, it is sent again, by any provider."""
    note: Annotated[str, Meta(max_length=500)] = ""
