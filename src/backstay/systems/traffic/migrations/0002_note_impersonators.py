"""Note who acted in somebody's place."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Uuid

revision = "traffic_0002"
down_revision = "traffic_0001"


def upgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("impersonator_id", Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.drop_column("impersonator_id")
