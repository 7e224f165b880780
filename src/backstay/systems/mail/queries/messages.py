"""Mails, their attachments and their ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, delete, func, insert, or_, select, text, update

from backstay.kernel.database import (
    NOW,
    Timestamp,
    Uuid,
    any_of,
    at_least,
    below,
    equals,
    listing,
    param,
    statement,
    upsert,
)
from backstay.systems.mail.contracts import AttachmentInfo, MailState, MessageSummary, Step
from backstay.systems.mail.tables import ON_ITS_WAY, attachments, messages, steps


class Mail(Struct, frozen=True):
    """A mail as it is kept."""

    id: UUID
    message_id: str
    key: str | None
    template: str
    category: str
    from_address: str
    from_name: str
    reply_to: str | None
    to_address: str
    to_name: str
    to_key: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    state: MailState
    provider: str | None
    attempts: int
    job_id: UUID | None
    created_at: datetime
    sent_at: datetime | None


class Known(Struct, frozen=True):
    """What a repeated send needs to know of the first."""

    id: UUID
    state: MailState


class File(Struct, frozen=True):
    """An attachment with its bytes."""

    filename: str
    content_type: str
    content_id: str | None
    content: bytes


def _columns(table: Table) -> list[ColumnElement[object]]:
    return [column for column in table.columns if column.name != "organization_id"]


_THIS: Final = messages.c.id == param("id")

KEEP = statement(
    upsert(messages, key=("organization_id", "key"))
    .insert(
        **{
            column.name: param(column.name, column.type)
            for column in messages.columns
            if column.name not in {"organization_id", "key"}
        }
    )
    .returning(messages.c.id),
    UUID,
)
"""Keeps a mail unless its key is taken; returns nothing then."""
BY_KEY = statement(select(messages.c.id, messages.c.state).where(messages.c.key == param("key")), Known)
GET = statement(select(*_columns(messages)).where(_THIS), Mail)
BY_MESSAGE_ID = statement(
    select(*_columns(messages)).where(messages.c.message_id == param("message_id")), Mail
)
OWNER = statement(
    select(messages.c.organization_id).where(
        or_(messages.c.id == param("id"), messages.c.message_id == param("message_id"))
    ),
    UUID,
    unscoped=True,
)
"""House-wide: whose a mail is that a report names."""
SET_JOB = statement(update(messages).where(_THIS).values(job_id=param("job_id")))

BEGIN = statement(
    update(messages)
    .where(_THIS, messages.c.attempts == param("seen"), any_of(messages.c.state, "open"))
    .values(state=MailState.SENDING.value, provider=param("provider"), attempts=messages.c.attempts + 1)
)
"""Takes the mail in hand; touches nothing when another worker took it, or ended it, since it was read."""
FINISH = statement(
    update(messages)
    .where(_THIS, messages.c.attempts == param("seen"), messages.c.state == MailState.SENDING.value)
    .values(state=param("state"), provider=param("provider"), sent_at=param("sent_at"))
)
"""Writes down how an attempt ended, unless another has begun."""
SENT_AFTER_ALL = statement(
    update(messages)
    .where(
        _THIS,
        any_of(messages.c.state, "open"),
    )
    .values(state=MailState.SENT.value, provider=param("provider"), sent_at=NOW)
)
"""A late worker's good news: the provider has it, whatever was thought since."""
SET_STATE = statement(update(messages).where(_THIS).values(state=param("state")))
MOVE = statement(
    update(messages)
    .where(_THIS, messages.c.state == param("was"), messages.c.attempts == param("seen"))
    .values(state=param("state"))
)


class Unsettled(Struct, frozen=True):
    """A mail on its way, and the job that brings it there."""

    id: UUID
    organization_id: UUID
    state: MailState
    provider: str | None
    attempts: int
    job_id: UUID | None


UNSETTLED = statement(
    select(
        messages.c.id,
        messages.c.organization_id,
        messages.c.state,
        messages.c.provider,
        messages.c.attempts,
        messages.c.job_id,
    )
    # Literals, as in the index, which a parameter would hide from the planner.
    .where(text(ON_ITS_WAY), messages.c.id > param("after"))
    .order_by(messages.c.id)
    .limit(param("batch")),
    Unsettled,
    unscoped=True,
)
"""House-wide: mails that some job should be at."""
PUT_RIGHT = statement(
    update(messages)
    .where(
        _THIS,
        messages.c.state == param("was"),
        messages.c.attempts == param("seen"),
        messages.c.job_id.is_not_distinct_from(param("job_id", Uuid)),
    )
    .values(state=param("state"))
)
REOPEN = statement(
    update(messages)
    .where(_THIS, messages.c.state == param("was"))
    .values(state=MailState.DEFERRED.value, provider=None)
)
CLOSE = statement(
    update(messages)
    .where(_THIS, messages.c.state == param("was"))
    .values(state=param("state"), sent_at=param("sent_at"))
)

NOTE = statement(insert(steps))
LEDGER = statement(
    select(steps.c.at, steps.c.kind, steps.c.provider, steps.c.code, steps.c.detail)
    .where(steps.c.mail_id == param("id"))
    .order_by(steps.c.id),
    Step,
)

ATTACH = statement(insert(attachments))
ATTACHED = statement(
    select(attachments.c.filename, attachments.c.content_type, attachments.c.content_id, attachments.c.size)
    .where(attachments.c.mail_id == param("id"))
    .order_by(attachments.c.position),
    AttachmentInfo,
)
FILES = statement(
    select(
        attachments.c.filename, attachments.c.content_type, attachments.c.content_id, attachments.c.content
    )
    .where(attachments.c.mail_id == param("id"))
    .order_by(attachments.c.position),
    File,
)

LIST = listing(
    select(
        messages.c.id,
        messages.c.template,
        messages.c.category,
        messages.c.to_address,
        messages.c.to_name,
        messages.c.subject,
        messages.c.state,
        messages.c.provider,
        messages.c.attempts,
        messages.c.created_at,
        messages.c.sent_at,
    ),
    MessageSummary,
    name="mail.messages",
    key=messages.c.id,
    sorts={"created_at": messages.c.created_at},
    default=("-created_at",),
    filters={
        "state": equals(messages.c.state, MailState, "Mails in this state."),
        "template": equals(messages.c.template, str, "Mails of this template."),
        "category": equals(messages.c.category, str, "Mails of this category."),
        "to": equals(messages.c.to_key, str, "Mails to this address, in lower case."),
        "since": at_least(messages.c.created_at, datetime, "Made at this moment or later."),
        "before": below(messages.c.created_at, datetime, "Made before this moment."),
    },
)

COUNT = statement(select(func.count()).select_from(messages), int)
_OLD: Final = (
    select(messages.c.id)
    .where(messages.c.created_at < param("before", Timestamp))
    .order_by(messages.c.created_at, messages.c.id)
    .limit(param("batch"))
)
PRUNE = statement(delete(messages).where(messages.c.id.in_(_OLD)), unscoped=True)
"""House-wide: old mails, a batch at a time; their steps and attachments go with them."""
