"""Fill projections."""

import sqlalchemy as sa
from alembic import op

revision = "events_0003"
down_revision = "events_0002"


def upgrade() -> None:
    with op.batch_alter_table("events_projections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("filling_from", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("events_projections", schema=None) as batch_op:
        batch_op.drop_column("filling_from")
