"""Add people who cannot act, and let the last owner be one who can.

Who is banned or about to be erased owns nothing meanwhile: they may not become so while they alone own an
organization, unless somebody says regardless, and nobody else leaves them alone with one. On PostgreSQL
whoever becomes so holds all organizations that they own, and a lock of theirs that whoever makes them an
owner takes, too: so of those who decide at once, each sees what the one before did.
"""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "access_0002"
down_revision = "access_0001"

_OWNER = "c062354c-7050-5499-9719-9e74acd9c602"

_SQLITE_KEEP = f"""
CREATE TRIGGER access_keep_owner BEFORE DELETE ON access_assignments
WHEN old.role_id = '{_OWNER}'
BEGIN
    SELECT RAISE(ABORT, 'the last owner stays')
    WHERE NOT EXISTS (
        SELECT 1 FROM access_assignments
        WHERE organization_id = old.organization_id AND role_id = old.role_id AND user_id <> old.user_id
          AND (user_id NOT IN (SELECT user_id FROM access_absences)
               OR old.user_id IN (SELECT user_id FROM access_absences))
    ) AND NOT EXISTS (
        SELECT 1 FROM access_organizations WHERE organization_id = old.organization_id AND closed
    );
END"""  # noqa: S608 - our own constant, no input
_SQLITE_LEAVE = f"""
CREATE TRIGGER access_keep_present_owner BEFORE INSERT ON access_absences
WHEN NOT new.regardless
BEGIN
    SELECT RAISE(ABORT, 'the last owner stays')
    WHERE EXISTS (
        SELECT 1 FROM access_assignments AS own
        WHERE own.user_id = new.user_id AND own.role_id = '{_OWNER}' AND NOT EXISTS (
            SELECT 1 FROM access_assignments AS other
            WHERE other.organization_id = own.organization_id AND other.role_id = own.role_id
              AND other.user_id <> own.user_id
              AND other.user_id NOT IN (SELECT user_id FROM access_absences)
        ) AND NOT EXISTS (
            SELECT 1 FROM access_organizations WHERE organization_id = own.organization_id AND closed
        )
    );
END"""  # noqa: S608 - our own constant, no input
_SQLITE_BEFORE = f"""
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


def _keeping(more: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION access_keep_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'an assignment is made or withdrawn, never changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM FROM access_organizations WHERE organization_id = OLD.organization_id FOR UPDATE;
    IF NOT EXISTS (
        SELECT FROM access_assignments
        WHERE organization_id = OLD.organization_id AND role_id = OLD.role_id AND user_id <> OLD.user_id{more}
    ) AND NOT EXISTS (
        SELECT FROM access_organizations WHERE organization_id = OLD.organization_id AND closed
    ) THEN
        RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$"""  # noqa: S608 - our own constants, no input


_ABSENT = """
          AND (user_id NOT IN (SELECT user_id FROM access_absences)
               OR OLD.user_id IN (SELECT user_id FROM access_absences))"""
_LEAVE = f"""
CREATE FUNCTION access_keep_present_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('access:' || NEW.user_id::text, 0));
    PERFORM FROM access_organizations
        WHERE organization_id IN (
            SELECT organization_id FROM access_assignments
            WHERE user_id = NEW.user_id AND role_id = '{_OWNER}'
        )
        ORDER BY organization_id FOR UPDATE;
    IF NOT NEW.regardless AND EXISTS (
        SELECT FROM access_assignments AS own
        WHERE own.user_id = NEW.user_id AND own.role_id = '{_OWNER}' AND NOT EXISTS (
            SELECT FROM access_assignments AS other
            WHERE other.organization_id = own.organization_id AND other.role_id = own.role_id
              AND other.user_id <> own.user_id
              AND other.user_id NOT IN (SELECT user_id FROM access_absences)
        ) AND NOT EXISTS (
            SELECT FROM access_organizations WHERE organization_id = own.organization_id AND closed
        )
    ) THEN
        RAISE EXCEPTION 'the last owner stays' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$"""  # noqa: S608 - our own constant, no input
_LEAVE_TRIGGER = """
CREATE TRIGGER access_keep_present_owner BEFORE INSERT ON access_absences
FOR EACH ROW EXECUTE FUNCTION access_keep_present_owner()"""
_MEET = """
CREATE FUNCTION access_meet_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('access:' || NEW.user_id::text, 0));
    RETURN NEW;
END $$"""
_MEET_TRIGGER = f"""
CREATE TRIGGER access_meet_owner BEFORE INSERT ON access_assignments
FOR EACH ROW WHEN (NEW.role_id = '{_OWNER}') EXECUTE FUNCTION access_meet_owner()"""


def upgrade() -> None:
    op.create_table(
        "access_absences",
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("regardless", sa.Boolean(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_access_absences"),
    )
    if op.get_bind().dialect.name == "sqlite":
        texts = ["DROP TRIGGER access_keep_owner", _SQLITE_KEEP, _SQLITE_LEAVE]
    else:
        texts = [_keeping(_ABSENT), _LEAVE, _LEAVE_TRIGGER, _MEET, _MEET_TRIGGER]
    for text in texts:
        op.execute(sa.text(text))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        texts = ["DROP TRIGGER access_keep_owner", _SQLITE_BEFORE]
    else:
        texts = [_keeping(""), "DROP TRIGGER access_meet_owner ON access_assignments"]
        texts += ["DROP FUNCTION access_meet_owner()"]
    for text in texts:
        op.execute(sa.text(text))
    op.drop_table("access_absences")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION access_keep_present_owner()"))
