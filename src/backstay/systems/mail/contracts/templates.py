"""Templates, and what they say in an organization."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Self

from msgspec import Meta, Struct

from backstay.kernel.http import Payload

TRANSACTIONAL: Final = "transactional"
"""The category of mails that belong to something the recipient did; they have no unsubscribe link."""


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


class Originals(Struct, frozen=True, kw_only=True):
    """What the module wrote, whatever the organization says instead."""

    subject: str
    text: str
    mjml: str


class Words(Struct, frozen=True, kw_only=True):
    """What a template says in an organization."""

    name: str
    subject: str
    text: str
    mjml: str
    version: int
    """0: these are the module's. Grows with every change of the organization's own; send it as `If-Match`."""
    changed_at: datetime | None
    originals: Originals
    sample: dict[str, Any]
    """By variable, the sample data that previews show."""


class TemplatePreview(Struct, frozen=True, kw_only=True):
    """A template with its sample data."""

    name: str
    module: str
    category: str
    subject: str
    text: str
    html: str
    own_words: bool
