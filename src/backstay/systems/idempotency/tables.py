"""The keys that were sent, each with the request it belongs to and the sealed answer.

Moments in microseconds since 1970 are the store's; the others are shown to people.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import Timestamp, Uuid, id_column, module_tables, organization_column

metadata = module_tables("idempotency")

keys: Final = Table(
    "idempotency_keys",
    metadata,
    id_column(),
    organization_column(),
    Column("actor_id", Uuid, nullable=False),
    Column("credential_id", Uuid, nullable=False),
    Column("key", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("route", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("claim_id", Uuid, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("replays", BigInteger, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("status", Integer, nullable=True),
    Column("answer", LargeBinary, nullable=True),
    Column("lease_until", BigInteger, nullable=False),
    Column("answer_until", BigInteger, nullable=True),
    Column("prune_at", BigInteger, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("completed_at", Timestamp, nullable=True),
    Column("replayed_at", Timestamp, nullable=True),
    # The person first, so that what is one person's is found in every organization.
    UniqueConstraint("actor_id", "organization_id", "credential_id", "key"),
    CheckConstraint("(state = 'done') = (status IS NOT NULL)", name="done_is_answered"),
)
Index("ix_idempotency_keys_created_at", keys.c.organization_id, keys.c.created_at)
Index("ix_idempotency_keys_prune_at", keys.c.prune_at)
Index(
    "ix_idempotency_keys_answer_until",
    keys.c.answer_until,
    sqlite_where=keys.c.answer_until.is_not(None),
    postgresql_where=keys.c.answer_until.is_not(None),
)
