"""What crosses the border of the mail system: templates, addresses, receipts, what people see of a mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from msgspec import Meta, Struct, field

from backstay.kernel.http import Payload
from backstay.kernel.patterns import MAIL_ADDRESS

TRANSACTIONAL: Final = "transactional"
"""The category of mails that belong to something the recipient did; they have no unsubscribe link."""
EVERY_CATEGORY: Final = ""
"""As a suppression's category: nothing at all may be sent to the address."""

EmailText = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=MAIL_ADDRESS,
        description="An address; other scripts are welcome in both parts (RFC 6531, RFC 5891).",
        examples=["ada@example.test"],
    ),
]


class MailTemplate(Struct, frozen=True, kw_only=True):
    """A kind of mail: the fields are the template's variables, checked by the type checker.

    `WelcomeMail` of the module `accounts` is `accounts.welcome`. Its words are in the
    module's `templates/`: `welcome.mjml` is the HTML part as MJML, `welcome.txt` begins with
    a line `Subject: ...` and after an empty line holds the text part. List the class in the
    manifest's `declares`.
    """

    category: ClassVar[str] = TRANSACTIONAL
    """What recipients unsubscribe from, such as `newsletter`."""

    @classmethod
    def sample(cls) -> Self:
        """One with sample data, for previews and for the check at start."""
        raise NotImplementedError


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
    """It waited longer than a few seconds for its turn: for a rate, a pause or a free worker."""
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


class TemplateInfo(Struct, frozen=True):
    """A declared template."""

    name: str
    module: str
    category: str
    description: str
    variables: list[str]
    own_words: bool
    """Whether the organization has its own words for it."""


class NewWords(Payload, frozen=True, kw_only=True):
    """What a template shall say in an organization: Jinja2 that shows variables, chooses and walks lists."""

    subject: Annotated[str, Meta(min_length=1, max_length=500, examples=["Hello from {{ deployment }}"])]
    text: Annotated[str, Meta(min_length=1, max_length=20_000, examples=["{{ note }}"])]
    mjml: Annotated[str, Meta(min_length=1, max_length=60_000, examples=["<mjml><mj-body /></mjml>"])]


class Words(Struct, frozen=True, kw_only=True):
    """What a template says in an organization."""

    name: str
    subject: str
    text: str
    mjml: str
    version: int
    """0: these are the module's. Grows with every change of the organization's own; send it as `If-Match`."""
    changed_at: datetime | None


class TemplatePreview(Struct, frozen=True, kw_only=True):
    """A template with its sample data."""

    name: str
    module: str
    category: str
    subject: str
    text: str
    html: str
    own_words: bool


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


class SuppressionReason(StrEnum):
    """Why an address gets no mail."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class Suppression(Struct, frozen=True):
    """An address that gets no mail, of a category or at all."""

    id: UUID
    address: str
    """As it is compared: lower case, the domain in ASCII."""
    category: str
    """Empty: of any category."""
    reason: SuppressionReason
    detail: str
    created_at: datetime


class NewSuppression(Payload, frozen=True, kw_only=True):
    """An address to be put on the list."""

    address: EmailText
    category: Annotated[str, Meta(max_length=60)] = EVERY_CATEGORY
    detail: Annotated[str, Meta(max_length=500)] = ""


class FeedbackKind(StrEnum):
    """What a provider or a recipient's server reported."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"
    COMPLAINT = "complaint"
    DELIVERED = "delivered"


class Feedback(Payload, frozen=True, kw_only=True):
    """A report about a mail or an address."""

    kind: FeedbackKind
    address: EmailText
    message_id: Annotated[str | None, Meta(description="The `Message-ID` header, or our id.")] = None
    status: Annotated[
        str, Meta(max_length=20, description="The enhanced status code (RFC 3463), such as `5.1.1`.")
    ] = ""
    diagnostic: Annotated[str, Meta(max_length=1000)] = ""


class FeedbackResult(Struct, frozen=True, kw_only=True):
    """What became of reports."""

    accepted: int
    suppressed: list[str] = field(default_factory=list)
    """Addresses that are on the suppression list because of them."""
    matched: list[UUID] = field(default_factory=list)
    """Mails that they are about."""
