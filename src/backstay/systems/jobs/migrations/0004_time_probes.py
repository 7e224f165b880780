"""Time probes: when the attempt that left a mark began and ended."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp

revision = "jobs_0004"
down_revision = "jobs_0003"
branch_labels = None


def upgrade() -> None:
    op.add_column("jobs_probes", sa.Column("began_at", Timestamp(), nullable=True))
    op.add_column("jobs_probes", sa.Column("ended_at", Timestamp(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs_probes", "ended_at")
    op.drop_column("jobs_probes", "began_at")
