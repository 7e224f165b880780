"""Add the first owner's link."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp

revision = "identity_0005"
down_revision = "identity_0004"


def upgrade() -> None:
    op.create_table(
        "identity_setups",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_identity_setups")),
    )


def downgrade() -> None:
    op.drop_table("identity_setups")
