"""Drop how long a checkout holds its stock: an order holds it until it is paid or given up."""

import sqlalchemy as sa
from alembic import op

revision = "shops_0003"
down_revision = "shops_0002"


def upgrade() -> None:
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.drop_column("hold")


def downgrade() -> None:
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hold", sa.Integer(), server_default="600", nullable=False))
    with op.batch_alter_table("shops_shops", schema=None) as batch_op:
        batch_op.alter_column("hold", existing_type=sa.Integer(), server_default=None)
