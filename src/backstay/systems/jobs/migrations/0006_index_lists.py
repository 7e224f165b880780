"""Let lists of jobs find what rests, what was cancelled, and what belongs together."""

import sqlalchemy as sa
from alembic import op

revision = "jobs_0006"
down_revision = "jobs_0005"
branch_labels = None

_HELD = "state IN ('scheduled', 'waiting', 'failed', 'parked', 'dead')"
_INDEXES = [
    ("ix_jobs_jobs_held", "jobs_jobs", ["organization_id", "state", "id"], _HELD),
    ("ix_jobs_jobs_flow_id", "jobs_jobs", ["flow_id", "id"], "flow_id IS NOT NULL"),
    ("ix_jobs_jobs_schedule", "jobs_jobs", ["schedule", "id"], "schedule IS NOT NULL"),
    ("ix_jobs_done_cancelled", "jobs_done", ["organization_id", "id"], "state = 'cancelled'"),
    ("ix_jobs_done_flow_id", "jobs_done", ["flow_id", "id"], "flow_id IS NOT NULL"),
    ("ix_jobs_done_schedule", "jobs_done", ["schedule", "id"], "schedule IS NOT NULL"),
]


def upgrade() -> None:
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table)
