"""Create requests."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "traffic_0001"
down_revision = None
branch_labels = ("traffic",)


def upgrade() -> None:
    op.create_table(
        "traffic_requests",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=True),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("response_bytes", sa.BigInteger(), nullable=False),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=True),
        sa.Column("request_bytes", sa.BigInteger(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("request_headers", Json(), nullable=False),
        sa.Column("response_headers", Json(), nullable=False),
        sa.Column("request_body", sa.Text(), nullable=True),
        sa.Column("response_body", sa.Text(), nullable=True),
        sa.Column("causes", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traffic_requests")),
    )
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_traffic_requests_at_id"), ["at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_traffic_requests_trace_id"), ["trace_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("traffic_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_traffic_requests_trace_id"))
        batch_op.drop_index(batch_op.f("ix_traffic_requests_at_id"))
    op.drop_table("traffic_requests")
