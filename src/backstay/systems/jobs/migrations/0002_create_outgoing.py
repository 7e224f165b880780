"""Create the jobs that wait for the relay to Redis."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Uuid

revision = "jobs_0002"
down_revision = "jobs_0001"


def upgrade() -> None:
    op.create_table(
        "jobs_outgoing",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("job", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_jobs_outgoing")),
        sa.UniqueConstraint(
            "organization_id", "unique_key", name=op.f("uq_jobs_outgoing_organization_id_unique_key")
        ),
    )
    with op.batch_alter_table("jobs_outgoing", schema=None) as batch_op:
        batch_op.create_index("uq_jobs_outgoing_id", ["id"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("jobs_outgoing", schema=None) as batch_op:
        batch_op.drop_index("uq_jobs_outgoing_id")
    op.drop_table("jobs_outgoing")
