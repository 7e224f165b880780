"""Let carts hold their goods, in shops that want it so."""

import sqlalchemy as sa
from alembic import op

revision = "shops_0004"
down_revision = "shops_0003"


def upgrade() -> None:
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cart_hold", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.drop_column("cart_hold")
