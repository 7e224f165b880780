"""Mails, their attachments, the ledger of what was decided about them, reports, and the suppression list."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import Json, Timestamp, Uuid, id_column, module_tables, organization_column

metadata = module_tables("mail")

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
)
"""`to_key` is the recipient's address as it is compared; `attempts` also fences a worker's writes."""

attachments = Table(
    "mail_attachments",
    metadata,
    organization_column(),
    Column("mail_id", Uuid, ForeignKey("mail_messages.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("content_id", Text, nullable=True),
    Column("content", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
)

steps = Table(
    "mail_steps",
    metadata,
    id_column(),
    organization_column(),
    Column("mail_id", Uuid, ForeignKey("mail_messages.id", ondelete="CASCADE"), nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("kind", Text, nullable=False),
    Column("provider", Text, nullable=True),
    Column("code", Integer, nullable=True),
    Column("detail", Text, nullable=False),
    Index("ix_mail_steps_mail", "mail_id", "id"),
)

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
