"""Create organizations."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "tenancy_0001"
down_revision = None
branch_labels = ("tenancy",)


def upgrade() -> None:
    op.create_table(
        "tenancy_organizations",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="pk_tenancy_organizations"),
    )
    op.create_table(
        "tenancy_members",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("joined_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name="pk_tenancy_members"),
    )
    op.create_index("ix_tenancy_members_user", "tenancy_members", ["user_id"])
    op.create_index(
        "ix_tenancy_members_joined", "tenancy_members", ["organization_id", "joined_at", "user_id"]
    )
    op.create_table(
        "tenancy_invitations",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role_id", Uuid(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenancy_invitations"),
        sa.UniqueConstraint("token_digest", name="uq_tenancy_invitations_token_digest"),
        sa.UniqueConstraint(
            "organization_id", "email_key", name="uq_tenancy_invitations_organization_id_email_key"
        ),
    )
    op.create_table(
        "tenancy_settings",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("chosen", Json(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "section", name="pk_tenancy_settings"),
    )


def downgrade() -> None:
    for table in ("tenancy_settings", "tenancy_invitations", "tenancy_members", "tenancy_organizations"):
        op.drop_table(table)
