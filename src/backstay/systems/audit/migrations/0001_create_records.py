"""Create chains, records, checkpoints and people's keys, and the triggers that keep records as they are."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "audit_0001"
down_revision = None
branch_labels = ("audit",)

_SQLITE = (
    """
CREATE TRIGGER audit_keep_record BEFORE UPDATE ON audit_records
BEGIN
    SELECT RAISE(ABORT, 'a record is never changed');
END""",
    """
CREATE TRIGGER audit_keep_records BEFORE DELETE ON audit_records
BEGIN
    SELECT RAISE(ABORT, 'a record is only deleted when its chain is pruned')
    WHERE NOT EXISTS (
        SELECT 1 FROM audit_chains
        WHERE organization_id = old.organization_id AND pruned_seq >= old.seq
    );
END""",
)
_POSTGRESQL = (
    """
CREATE FUNCTION audit_keep_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM audit_chains
        WHERE organization_id = OLD.organization_id AND pruned_seq >= OLD.seq
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a record is never changed, and only deleted when its chain is pruned'
        USING ERRCODE = 'integrity_constraint_violation';
END $$""",
    """
CREATE TRIGGER audit_keep_records BEFORE UPDATE OR DELETE ON audit_records
FOR EACH ROW EXECUTE FUNCTION audit_keep_records()""",
)


def upgrade() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("pruned_seq", sa.BigInteger(), nullable=False),
        sa.Column("checked_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="pk_audit_chains"),
    )
    op.create_table(
        "audit_records",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("person_id", Uuid(), nullable=True),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "seq", name="pk_audit_records"),
    )
    for column in ("action", "actor_id", "subject_id"):
        op.create_index(f"ix_audit_records_{column}", "audit_records", ["organization_id", column, "seq"])
    op.create_table(
        "audit_checkpoints",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "seq", name="pk_audit_checkpoints"),
    )
    op.create_table(
        "audit_person_keys",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("person_id", Uuid(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "person_id", name="pk_audit_person_keys"),
    )
    op.create_index("ix_audit_person_keys_person", "audit_person_keys", ["person_id"])
    for text in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(sa.text(text))


def downgrade() -> None:
    for table in ("audit_person_keys", "audit_checkpoints", "audit_records", "audit_chains"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION audit_keep_records()"))
