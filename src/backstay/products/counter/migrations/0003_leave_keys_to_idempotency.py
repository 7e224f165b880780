"""Leave keys to the idempotency system; those of the last day are forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "counter_0003"
down_revision = "counter_0002"

_UNIQUE = "uq_counter_moves_organization_id_counter_id_idempotency_key"


def upgrade() -> None:
    with op.batch_alter_table("counter_moves", schema=None) as batch_op:
        batch_op.drop_constraint(_UNIQUE, type_="unique")
        batch_op.drop_column("idempotency_key")


def downgrade() -> None:
    with op.batch_alter_table("counter_moves", schema=None) as batch_op:
        batch_op.add_column(sa.Column("idempotency_key", sa.Text(), nullable=True))
        batch_op.create_unique_constraint(_UNIQUE, ["organization_id", "counter_id", "idempotency_key"])
