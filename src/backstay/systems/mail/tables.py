"""Mails, their attachments, the ledger of what was decided about them, reports, and the suppression list."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backstay.kernel.database import (
    ACROSS,
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    version_column,
)

metadata = module_tables("mail")

ON_ITS_WAY = "state IN ('queued', 'sending', 'deferred')"
"""SQL: mails that a job should be at. An unknown one waits for a person."""

messages = Table(
    "mail_messages",
    metadata,
    id_column(),
    organization_column(),
    Column("message_id", Text, nullable=False),
    Column("key", Text, nullable=True),
    Column("template", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("from_address", Text, nullable=False),
    Column("from_name", Text, nullable=False),
    Column("reply_to", Text, nullable=True),
    Column("to_address", Text, nullable=False),
    Column("to_name", Text, nullable=False),
    Column("to_key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("headers", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("provider", Text, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("job_id", Uuid, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("sent_at", Timestamp, nullable=True),
    UniqueConstraint("message_id"),
    UniqueConstraint("organization_id", "key"),
    Index("ix_mail_messages_created", "organization_id", "created_at", "id"),
    Index("ix_mail_messages_state", "organization_id", "state", "created_at", "id"),
    Index("ix_mail_messages_to", "organization_id", "to_key", "created_at", "id"),
    Index("ix_mail_messages_age", "created_at", "id"),
    # What belongs to a mail refers to both, so that it belongs to the mail's organization.
    Index("uq_mail_messages_organization_id_id", "organization_id", "id", unique=True),
    Index(
        "ix_mail_messages_on_its_way",
        "id",
        postgresql_where=text(ON_ITS_WAY),
        sqlite_where=text(ON_ITS_WAY),
    ),
    info={ACROSS: {"message_id": "random, and the world's: providers report by it"}},
)
"""`to_key` is the recipient's address as it is compared; `attempts` also fences a worker's writes."""

attachments = Table(
    "mail_attachments",
    metadata,
    organization_column(),
    Column("mail_id", Uuid, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content_id", Text, nullable=True),
    Column("content", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "mail_id"],
        ["mail_messages.organization_id", "mail_messages.id"],
        ondelete="CASCADE",
    ),
)

steps = Table(
    "mail_steps",
    metadata,
    id_column(),
    organization_column(),
    Column("mail_id", Uuid, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("kind", Text, nullable=False),
    Column("provider", Text, nullable=True),
    Column("code", Integer, nullable=True),
    Column("detail", Text, nullable=False),
    Index("ix_mail_steps_mail", "mail_id", "id"),
    ForeignKeyConstraint(
        ["organization_id", "mail_id"],
        ["mail_messages.organization_id", "mail_messages.id"],
        ondelete="CASCADE",
    ),
)

words = Table(
    "mail_words",
    metadata,
    organization_column(),
    Column("template", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("mjml", Text, nullable=False),
    Column("changed_at", Timestamp, nullable=False),
    version_column(),
    PrimaryKeyConstraint("organization_id", "template"),
)
"""An organization's own words of a template, in place of the module's."""

pauses = Table(
    "mail_provider_pauses",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("paused_at", Timestamp, nullable=False),
    # No mail is handed to it before this moment, and then one.
    Column("until", Timestamp, nullable=False),
    # Mails that tried it since, and found it as it was.
    Column("tries", Integer, nullable=False),
    Column("code", Integer, nullable=True),
    Column("why", Text, nullable=False),
)
"""Providers that do not work; all organizations share them, so these belong to the house."""

suppressions = Table(
    "mail_suppressions",
    metadata,
    id_column(),
    organization_column(),
    Column("address", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "address", "category"),
    Index("ix_mail_suppressions_created", "organization_id", "created_at", "id"),
)

reports = Table(
    "mail_reports",
    metadata,
    id_column(),
    organization_column(),
    Column("at", Timestamp, nullable=False),
    Column("kind", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("mail_id", Uuid, nullable=True),
    Column("status", Text, nullable=False),
    Column("diagnostic", Text, nullable=False),
    Index("ix_mail_reports_address", "organization_id", "address", "at"),
    Index("ix_mail_reports_age", "at", "id"),
)
"""Soft bounces are counted here."""
