"""Leave room in the index pages of live jobs for the entry that a claim adds beside each.

A claim writes a job's row anew, and so an entry into every index that has the job. Ids ascend: their pages
are filled once, to the brim, and each of these entries would first look for dead ones to remove, and then
split a page. Half of the page left free takes them all.
"""

from alembic import op

revision = "jobs_0008"
down_revision = "jobs_0007"
branch_labels = None

_INDEXES = ("pk_jobs_jobs", "ix_jobs_jobs_organization_id_id")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for index in _INDEXES:
            op.execute(f"ALTER INDEX {index} SET (fillfactor = 50)")


def downgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        for index in _INDEXES:
            op.execute(f"ALTER INDEX {index} RESET (fillfactor)")
