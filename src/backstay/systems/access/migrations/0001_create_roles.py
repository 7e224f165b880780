"""Create roles, and the trigger that keeps the last owner.

Whoever takes the owner's role from somebody must leave another owner in the organization,
unless the organization has been closed. On PostgreSQL the trigger locks the organization's row
first, so that two owners who leave at once wait for each other; on SQLite there is one writer.
"""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "access_0001"
down_revision = None
branch_labels = ("access",)

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_OWNER = "c062354c-7050-5499-9719-9e74acd9c602"

_SQLITE = f"""
CREATE TRIGGER access_keep_owner BEFORE DELETE ON access_assignments
WHEN old.role_id = '{_OWNER}'
BEGIN
    SELECT RAISE(ABORT, 'the last owner stays')
    WHERE NOT EXISTS (
        SELECT 1 FROM access_assignments
        WHERE organization_id = old.organization_id AND role_id = old.role_id AND user_id <> old.user_id
    ) AND NOT EXISTS (
        SELECT 1 FROM access_organizations WHERE organization_id = old.organization_id AND closed
    );
END"""  # noqa: S608 - our own constant, no input
_SQLITE_UPDATE = """
CREATE TRIGGER access_keep_assignment BEFORE UPDATE ON access_assignments
BEGIN
    SELECT RAISE(ABORT, 'an assignment is made or withdrawn, never changed');
END"""
_FUNCTION = """
CREATE FUNCTION access_keep_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'an assignment is made or withdrawn, never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM access_organizations WHERE organization_id = OLD.organization_id FOR UPDATE;
    IF NOT EXISTS (
        SELECT FROM access_assignments
        WHERE organization_id = OLD.organization_id AND role_id = OLD.role_id AND user_id <> OLD.user_id
    ) AND NOT EXISTS (
        SELECT FROM access_organizations WHERE organization_id = OLD.organization_id AND closed
    ) THEN
        RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$"""
_POSTGRESQL = f"""
CREATE TRIGGER access_keep_owner BEFORE DELETE ON access_assignments
FOR EACH ROW WHEN (OLD.role_id = '{_OWNER}') EXECUTE FUNCTION access_keep_owner()"""
_POSTGRESQL_UPDATE = """
CREATE TRIGGER access_keep_assignment BEFORE UPDATE ON access_assignments
FOR EACH ROW EXECUTE FUNCTION access_keep_owner()"""


def upgrade() -> None:
    op.create_table(
        "access_organizations",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="pk_access_organizations"),
    )
    op.create_table(
        "access_roles",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_access_roles"),
        sa.UniqueConstraint("organization_id", "id", name="uq_access_roles_organization_id_id"),
        sa.UniqueConstraint("organization_id", "key", name="uq_access_roles_organization_id_key"),
    )
    for table, value in (
        ("access_role_permissions", sa.Column("permission", sa.Text(), nullable=False)),
        ("access_role_parts", sa.Column("part_id", Uuid(), nullable=False)),
    ):
        op.create_table(
            table,
            sa.Column("organization_id", Uuid(), nullable=False),
            sa.Column("role_id", Uuid(), nullable=False),
            value,
            sa.PrimaryKeyConstraint("organization_id", "role_id", value.name, name=f"pk_{table}"),
            sa.ForeignKeyConstraint(
                ["organization_id", "role_id"],
                ["access_roles.organization_id", "access_roles.id"],
                name=f"fk_{table}_organization_id_role_id",
                ondelete="CASCADE",
            ),
        )
    op.create_index("ix_access_role_parts_part", "access_role_parts", ["organization_id", "part_id"])
    op.create_table(
        "access_assignments",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("role_id", Uuid(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "user_id", "role_id", name="pk_access_assignments"),
    )
    op.create_index("ix_access_assignments_role", "access_assignments", ["organization_id", "role_id"])
    if op.get_bind().dialect.name == "sqlite":
        texts: tuple[str, ...] = (_SQLITE, _SQLITE_UPDATE)
    else:
        texts = (_FUNCTION, _POSTGRESQL, _POSTGRESQL_UPDATE)
    for text in texts:
        op.execute(sa.text(text))


def downgrade() -> None:
    for table in (
        "access_assignments",
        "access_role_parts",
        "access_role_permissions",
        "access_roles",
        "access_organizations",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION access_keep_owner()"))
