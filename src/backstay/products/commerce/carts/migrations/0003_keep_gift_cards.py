"""Keep which gift cards shall pay for a cart."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json

revision = "carts_0003"
down_revision = "carts_0002"


def upgrade() -> None:
    with op.batch_alter_table("carts_carts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("gift_cards", Json(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("carts_carts", schema=None) as batch_op:
        batch_op.drop_column("gift_cards")
