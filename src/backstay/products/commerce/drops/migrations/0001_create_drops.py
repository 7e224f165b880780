"""Create drops."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "drops_0001"
down_revision = None
branch_labels = ("drops",)

_LIVE = sa.text("state IN ('waiting', 'admitted', 'bought')")


def upgrade() -> None:
    op.create_table(
        "drops_drops",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("variants", Json(), nullable=False),
        sa.Column("opens_at", Timestamp(), nullable=False),
        sa.Column("closes_at", Timestamp(), nullable=True),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("joined", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "closes_at IS NULL OR closes_at >= opens_at OR ended", name=op.f("ck_drops_drops_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drops_drops")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_drops_drops_organization_id_id")),
    )
    with op.batch_alter_table("drops_drops", schema=None) as batch_op:
        batch_op.create_index("ix_drops_drops_shop_id", ["organization_id", "shop_id", "id"], unique=False)
        batch_op.create_index(
            "ix_drops_drops_running",
            ["opens_at"],
            unique=False,
            sqlite_where=sa.text("NOT ended"),
            postgresql_where=sa.text("NOT ended"),
        )
    op.create_table(
        "drops_gates",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("drop_id", Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "drop_id"],
            ["drops_drops.organization_id", "drops_drops.id"],
            name=op.f("fk_drops_gates_organization_id_drop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "variant_id", name=op.f("pk_drops_gates")),
    )
    with op.batch_alter_table("drops_gates", schema=None) as batch_op:
        batch_op.create_index("ix_drops_gates_drop_id", ["organization_id", "drop_id"], unique=False)
    op.create_table(
        "drops_places",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("drop_id", Uuid(), nullable=False),
        sa.Column("customer_id", Uuid(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("joined_at", Timestamp(), nullable=False),
        sa.Column("admitted_at", Timestamp(), nullable=True),
        sa.Column("until", Timestamp(), nullable=True),
        sa.Column("ended_at", Timestamp(), nullable=True),
        sa.Column("source_id", Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'admitted', 'bought', 'lapsed', 'left')",
            name=op.f("ck_drops_places_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "drop_id"],
            ["drops_drops.organization_id", "drops_drops.id"],
            name=op.f("fk_drops_places_organization_id_drop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drops_places")),
        sa.UniqueConstraint(
            "organization_id",
            "drop_id",
            "position",
            name=op.f("uq_drops_places_organization_id_drop_id_position"),
        ),
    )
    with op.batch_alter_table("drops_places", schema=None) as batch_op:
        batch_op.create_index("ix_drops_places_queue", ["drop_id", "state", "position"], unique=False)
        batch_op.create_index(
            "uq_drops_places_customer",
            ["organization_id", "drop_id", "customer_id"],
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        )
        batch_op.create_index("ix_drops_places_customer_id", ["customer_id"], unique=False)


def downgrade() -> None:
    op.drop_table("drops_places")
    op.drop_table("drops_gates")
    op.drop_table("drops_drops")
