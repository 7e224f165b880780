"""Count the requests that were left out of the sample."""

import sqlalchemy as sa
from alembic import op

revision = "traffic_0004"
down_revision = "traffic_0003"


def upgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_out", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.drop_column("left_out")
