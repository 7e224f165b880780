"""Create what was invalidated, what is being computed, tallies and probes."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "cache_0001"
down_revision = None
branch_labels = ("cache",)


def upgrade() -> None:
    op.create_table(
        "cache_heads",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cache_heads"),
    )
    op.create_table(
        "cache_invalidations",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_cache_invalidations"),
    )
    op.create_index(
        "ix_cache_invalidations_organization", "cache_invalidations", ["organization_id", "revision"]
    )
    op.create_index("ix_cache_invalidations_at", "cache_invalidations", ["at"])
    op.create_table(
        "cache_fills",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("until", Timestamp(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("kept_until", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_cache_fills"),
    )
    op.create_index("ix_cache_fills_kept", "cache_fills", ["kept_until"])
    op.create_table(
        "cache_tallies",
        sa.Column("process", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("told", Json(), nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_cache_tallies"),
    )
    op.create_table(
        "cache_probes",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("fills", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "name", name="pk_cache_probes"),
    )


def downgrade() -> None:
    for table in ("probes", "tallies", "fills", "invalidations", "heads"):
        op.drop_table(f"cache_{table}")
