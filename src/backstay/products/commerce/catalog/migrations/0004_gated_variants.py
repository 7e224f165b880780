"""Variants that are sold to those whose turn it is."""

import sqlalchemy as sa
from alembic import op

revision = "catalog_0004"
down_revision = "catalog_0003"


def upgrade() -> None:
    with op.batch_alter_table("catalog_variants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gated", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("catalog_variants", schema=None) as batch_op:
        batch_op.drop_column("gated")
