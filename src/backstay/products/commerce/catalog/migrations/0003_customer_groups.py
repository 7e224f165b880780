"""Customer groups."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "catalog_0003"
down_revision = "catalog_0002"


def upgrade() -> None:
    op.create_table(
        "catalog_customer_groups",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("code", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_customer_groups")),
        sa.UniqueConstraint(
            "organization_id", "id", name=op.f("uq_catalog_customer_groups_organization_id_id")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "code",
            name=op.f("uq_catalog_customer_groups_organization_id_shop_id_code"),
        ),
    )
    op.create_table(
        "catalog_group_members",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("group_id", Uuid(), nullable=False),
        sa.Column("customer_id", Uuid(), nullable=True),
        sa.Column("mail_key", sa.Text(), nullable=True),
        sa.Column("added_at", Timestamp(), nullable=False),
        sa.CheckConstraint(
            "(customer_id IS NULL) <> (mail_key IS NULL)", name=op.f("ck_catalog_group_members_one_way")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "group_id"],
            ["catalog_customer_groups.organization_id", "catalog_customer_groups.id"],
            name=op.f("fk_catalog_group_members_organization_id_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_group_members")),
        sa.UniqueConstraint(
            "organization_id",
            "group_id",
            "customer_id",
            name=op.f("uq_catalog_group_members_organization_id_group_id_customer_id"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "group_id",
            "mail_key",
            name=op.f("uq_catalog_group_members_organization_id_group_id_mail_key"),
        ),
    )
    with op.batch_alter_table("catalog_group_members", schema=None) as batch_op:
        batch_op.create_index("ix_catalog_group_members_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_catalog_group_members_mail_key", ["mail_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("catalog_group_members", schema=None) as batch_op:
        batch_op.drop_index("ix_catalog_group_members_mail_key")
        batch_op.drop_index("ix_catalog_group_members_customer_id")
    op.drop_table("catalog_group_members")
    op.drop_table("catalog_customer_groups")
