"""Note who asked, as limits count callers: the address's digest, the sort of actor, the session or key."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Uuid

revision = "traffic_0003"
down_revision = "traffic_0002"


def upgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("actor_kind", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("session_id", Uuid(), nullable=True))
        batch_op.add_column(sa.Column("by_cookie", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        for name in ("by_cookie", "session_id", "actor_kind", "client"):
            batch_op.drop_column(name)
