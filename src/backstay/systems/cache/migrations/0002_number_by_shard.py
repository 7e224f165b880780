"""Number invalidations for each shard of the organizations by itself.

What is kept anywhere goes on from higher numbers than it knows of, and so is computed anew once.
"""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "cache_0002"
down_revision = "cache_0001"

_SHARDS = 16


def upgrade() -> None:
    last = _last()
    _drop()
    heads = op.create_table(
        "cache_heads",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name="pk_cache_heads"),
    )
    op.bulk_insert(heads, [{"shard": shard, "value": last + 1} for shard in range(_SHARDS)])
    _create(
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        key=("shard", "revision"),
    )


def downgrade() -> None:
    last = _last()
    _drop()
    heads = op.create_table(
        "cache_heads",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cache_heads"),
    )
    op.bulk_insert(heads, [{"name": "invalidations", "value": last + 1}])
    _create(sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False), key=("revision",))


def _last() -> int:
    return int(op.get_bind().scalar(sa.text("SELECT coalesce(max(value), 0) FROM cache_heads")))


def _drop() -> None:
    op.drop_table("cache_invalidations")
    op.drop_table("cache_heads")


def _create(*numbers: sa.Column[int], key: tuple[str, ...]) -> None:
    op.create_table(
        "cache_invalidations",
        *numbers,
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name="pk_cache_invalidations"),
    )
    op.create_index(
        "ix_cache_invalidations_organization", "cache_invalidations", ["organization_id", "revision"]
    )
    op.create_index("ix_cache_invalidations_at", "cache_invalidations", ["at"])
