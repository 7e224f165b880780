"""Create wishlists."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "wishlists_0001"
down_revision = None
branch_labels = ("wishlists",)


def upgrade() -> None:
    op.create_table(
        "wishlists_lists",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("owner_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("default", sa.Boolean(), nullable=False),
        sa.Column("items", Json(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlists_lists")),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "owner_id",
            "name_key",
            name=op.f("uq_wishlists_lists_organization_id_shop_id_owner_id_name_key"),
        ),
        sa.UniqueConstraint("token_digest", name=op.f("uq_wishlists_lists_token_digest")),
        info={"across_organizations": {"token_digest": "of 256 random bits"}},
    )
    with op.batch_alter_table("wishlists_lists", schema=None) as batch_op:
        batch_op.create_index("ix_wishlists_lists_owner_id", ["owner_id"], unique=False)
        batch_op.create_index(
            "uq_wishlists_lists_default",
            ["organization_id", "shop_id", "owner_id"],
            unique=True,
            sqlite_where=sa.text('"default" = 1'),
            postgresql_where=sa.text('"default"'),
        )


def downgrade() -> None:
    with op.batch_alter_table("wishlists_lists", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wishlists_lists_default",
            sqlite_where=sa.text('"default" = 1'),
            postgresql_where=sa.text('"default"'),
        )
        batch_op.drop_index("ix_wishlists_lists_owner_id")
    op.drop_table("wishlists_lists")
