"""Create counters."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "counter_0001"
down_revision = None
branch_labels = ("counter",)


def upgrade() -> None:
    op.create_table(
        "counter_counters",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("owner_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "value BETWEEN -9007199254740991 AND 9007199254740991",
            name=op.f("ck_counter_counters_value_range"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_counters")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_counter_counters_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "owner_id",
            "name",
            name=op.f("uq_counter_counters_organization_id_owner_id_name"),
        ),
    )
    op.create_table(
        "counter_moves",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("counter_id", Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "counter_id"],
            ["counter_counters.organization_id", "counter_counters.id"],
            name=op.f("fk_counter_moves_organization_id_counter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter_moves")),
        sa.UniqueConstraint(
            "organization_id",
            "counter_id",
            "idempotency_key",
            name=op.f("uq_counter_moves_organization_id_counter_id_idempotency_key"),
        ),
    )
    with op.batch_alter_table("counter_moves", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_counter_moves_counter_id_created_at"), ["counter_id", "created_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("counter_moves", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_counter_moves_counter_id_created_at"))
    op.drop_table("counter_moves")
    op.drop_table("counter_counters")
