"""Create API keys."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "apikeys_0001"
down_revision = None
branch_labels = ("apikeys",)


def upgrade() -> None:
    op.create_table(
        "apikeys_keys",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=True),
        sa.Column("revoked_at", Timestamp(), nullable=True),
        sa.Column("last_used_at", Timestamp(), nullable=True),
        sa.Column("replaced_by", Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_apikeys_keys"),
    )
    op.create_index("ix_apikeys_keys_user", "apikeys_keys", ["organization_id", "user_id", "id"])


def downgrade() -> None:
    op.drop_table("apikeys_keys")
