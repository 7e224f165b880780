"""Chains, records, checkpoints, and the keys that people's data is sealed with.

Triggers let nobody change a record, nor delete one that its chain does not call pruned.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text

from backstay.kernel.database import KEPT, PRUNED_BY, Timestamp, Uuid, module_tables, organization_column

metadata = module_tables("audit")

chains: Final = Table(
    "audit_chains",
    metadata,
    organization_column(),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("pruned_seq", BigInteger, nullable=False),
    Column("checked_seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id"),
)
"""How far each organization has come, has been pruned and has been signed; whoever appends holds the row."""

records: Final = Table(
    "audit_records",
    metadata,
    organization_column(),
    Column("seq", BigInteger, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("action", Text, nullable=False),
    Column("actor_id", Uuid, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("person_id", Uuid, nullable=True),
    Column("record", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "seq"),
    info={
        KEPT: "a record is never changed, and only deleted when its chain is pruned",
        PRUNED_BY: "audit_prune(uuid)",
    },
)
"""`record` is the canonical JSON that was hashed, to the byte; the columns beside it are for finding."""
for _name in ("action", "actor_id", "subject_id"):
    Index(f"ix_audit_records_{_name}", records.c.organization_id, records.c[_name], records.c.seq)

checkpoints: Final = Table(
    "audit_checkpoints",
    metadata,
    organization_column(),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "seq"),
    info={KEPT: "what was signed stays as it was signed"},
)

person_keys: Final = Table(
    "audit_person_keys",
    metadata,
    organization_column(),
    Column("person_id", Uuid, nullable=False),
    Column("key", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organization_id", "person_id"),
)
"""The key of one person's data in one organization's records, itself encrypted, or empty where a vault
has it; erasing deletes it."""
Index("ix_audit_person_keys_person", person_keys.c.person_id)

vault_keys: Final = Table(
    "backstay_person_keys",
    MetaData(),
    Column("whose", Uuid, nullable=False),
    Column("person", Uuid, nullable=False),
    Column("key", LargeBinary, nullable=False),
    PrimaryKeyConstraint("whose", "person"),
)
"""The same keys in a vault: the only table of a database that no migration of ours knows."""
