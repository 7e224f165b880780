"""Let a function with its owner's rights remove what was pruned, so that the application's role need not."""

import sqlalchemy as sa
from alembic import op

revision = "audit_0002"
down_revision = "audit_0001"

_MAKE = """
CREATE FUNCTION audit_prune(whose uuid) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    upto bigint;
    gone bigint;
BEGIN
    SELECT c.pruned_seq INTO upto FROM audit_chains c
    JOIN audit_checkpoints p ON p.organization_id = c.organization_id AND p.seq = c.pruned_seq
    WHERE c.organization_id = whose;
    IF upto IS NULL THEN
        RAISE EXCEPTION 'only what a checkpoint covers is pruned'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    DELETE FROM audit_checkpoints WHERE organization_id = whose AND seq < upto;
    DELETE FROM audit_records WHERE organization_id = whose AND seq <= upto;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$"""
# What a function with its owner's rights calls by name, its caller must not be able to replace.
_PIN = """
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION audit_prune(uuid) SET search_path = %I, pg_temp', current_schema());
END $$"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text(_MAKE))
        op.execute(sa.text(_PIN))
        op.execute(sa.text("REVOKE ALL ON FUNCTION audit_prune(uuid) FROM PUBLIC"))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP FUNCTION audit_prune(uuid)"))
