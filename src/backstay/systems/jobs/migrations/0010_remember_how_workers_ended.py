"""Remember how much memory workers held and how they ended, for the jobs that they died with."""

import sqlalchemy as sa
from alembic import op

revision = "jobs_0010"
down_revision = "jobs_0009"
branch_labels = None


def upgrade() -> None:
    with op.batch_alter_table("jobs_workers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("memory", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("ended", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("jobs_workers", schema=None) as batch_op:
        batch_op.drop_column("ended")
        batch_op.drop_column("memory")
