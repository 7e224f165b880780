"""Create replays."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "replay_0001"
down_revision = None
branch_labels = ("replay",)


def upgrade() -> None:
    op.create_table(
        "replay_runs",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("location_id", Uuid(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.CheckConstraint("done >= 0 AND delivered >= 0", name=op.f("ck_replay_runs_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_runs")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_replay_runs_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id", "shop_id", "digest", name=op.f("uq_replay_runs_organization_id_shop_id_digest")
        ),
    )
    op.create_table(
        "replay_credits",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("invoice", sa.Text(), nullable=False),
        sa.Column("run_id", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", Json(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_replay_credits_amount_range")),
        sa.ForeignKeyConstraint(
            ["organization_id", "run_id"],
            ["replay_runs.organization_id", "replay_runs.id"],
            name=op.f("fk_replay_credits_organization_id_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "shop_id", "invoice", name="pk_replay_credits"),
    )


def downgrade() -> None:
    op.drop_table("replay_credits")
    op.drop_table("replay_runs")
