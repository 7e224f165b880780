"""Create levels and a ledger."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "inventory_0001"
down_revision = None
branch_labels = ("inventory",)


def upgrade() -> None:
    op.create_table(
        "inventory_locations",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_locations")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_inventory_locations_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "name",
            name=op.f("uq_inventory_locations_organization_id_shop_id_name"),
        ),
    )
    op.create_table(
        "inventory_reservations",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("holder_id", Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("expires_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "holder_id", name="pk_inventory_reservations"),
    )
    with op.batch_alter_table("inventory_reservations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inventory_reservations_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_inventory_reservations_shop", ["organization_id", "shop_id", "created_at"], unique=False
        )
    op.create_table(
        "inventory_levels",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("location_id", Uuid(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("backorder_limit", sa.BigInteger(), nullable=False),
        sa.Column("low_stock_at", sa.BigInteger(), nullable=True),
        sa.Column("movements", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "on_hand BETWEEN 0 AND 1000000000", name=op.f("ck_inventory_levels_on_hand_range")
        ),
        sa.CheckConstraint(
            "reserved BETWEEN 0 AND on_hand + backorder_limit",
            name=op.f("ck_inventory_levels_never_oversold"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "location_id"],
            ["inventory_locations.organization_id", "inventory_locations.id"],
            name=op.f("fk_inventory_levels_organization_id_location_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_levels")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_inventory_levels_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "location_id",
            "variant_id",
            name=op.f("uq_inventory_levels_organization_id_location_id_variant_id"),
        ),
    )
    with op.batch_alter_table("inventory_levels", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inventory_levels_variant_id", ["organization_id", "shop_id", "variant_id"], unique=False
        )
    op.create_table(
        "inventory_movements",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("level_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("location_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on_hand_change", sa.BigInteger(), nullable=False),
        sa.Column("reserved_change", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("holder_id", Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "level_id"],
            ["inventory_levels.organization_id", "inventory_levels.id"],
            name=op.f("fk_inventory_movements_organization_id_level_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_movements")),
        sa.UniqueConstraint(
            "organization_id",
            "level_id",
            "sequence",
            name=op.f("uq_inventory_movements_organization_id_level_id_sequence"),
        ),
    )
    with op.batch_alter_table("inventory_movements", schema=None) as batch_op:
        batch_op.create_index(
            "ix_inventory_movements_holder_id",
            ["organization_id", "holder_id"],
            unique=False,
            sqlite_where=sa.text("holder_id IS NOT NULL"),
            postgresql_where=sa.text("holder_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_inventory_movements_shop", ["organization_id", "shop_id", "created_at"], unique=False
        )
        batch_op.create_index(
            "ix_inventory_movements_variant",
            ["organization_id", "shop_id", "variant_id", "created_at"],
            unique=False,
        )


def downgrade() -> None:
    with op.batch_alter_table("inventory_movements", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_movements_variant")
        batch_op.drop_index("ix_inventory_movements_shop")
        batch_op.drop_index(
            "ix_inventory_movements_holder_id",
            sqlite_where=sa.text("holder_id IS NOT NULL"),
            postgresql_where=sa.text("holder_id IS NOT NULL"),
        )
    op.drop_table("inventory_movements")
    with op.batch_alter_table("inventory_levels", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_levels_variant_id")
    op.drop_table("inventory_levels")
    with op.batch_alter_table("inventory_reservations", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_reservations_shop")
        batch_op.drop_index(
            "ix_inventory_reservations_expires_at",
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        )
    op.drop_table("inventory_reservations")
    op.drop_table("inventory_locations")
