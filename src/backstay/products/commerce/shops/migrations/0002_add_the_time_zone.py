"""Add the time zone."""

import sqlalchemy as sa
from alembic import op

revision = "shops_0002"
down_revision = "shops_0001"


def upgrade() -> None:
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        # Shops that were there before reckon their days as they did: in UTC.
        batch_op.add_column(sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False))
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.alter_column("time_zone", existing_type=sa.Text(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.drop_column("time_zone")
