"""Keep what was taken off before a payment was asked for."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json

revision = "payments_0003"
down_revision = "payments_0002"


def upgrade() -> None:
    for table in ("payments_payments", "payments_mock_sessions"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("discounts", Json(), server_default="{}", nullable=False))


def downgrade() -> None:
    for table in ("payments_mock_sessions", "payments_payments"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("discounts")
