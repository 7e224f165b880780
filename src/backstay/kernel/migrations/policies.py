"""The policies of the second wall on PostgreSQL, made after the migrations when the URL names an `app_role`.

Every table with an organization gets row-level security, forced upon its owner too, and one
policy. The role owns nothing, cannot go around policies, and may not TRUNCATE. What is as it
should be is left alone, so that a start takes no locks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, Table

from backstay.kernel.database import (
    EVERY_ORGANIZATION,
    KEPT,
    ORGANIZATION_SETTING,
    PRUNED_BY,
    scoping_column,
)
from backstay.kernel.migrations.house import seeds
from backstay.kernel.module import Module

POLICY: Final = "backstay_organization"
# After a SET LOCAL has ended the setting is '', not NULL; and OR does not say which side comes first.
_RULE: Final = (
    f"current_setting('{ORGANIZATION_SETTING}', true) = '{EVERY_ORGANIZATION}' OR {{column}} = "
    f"nullif(nullif(current_setting('{ORGANIZATION_SETTING}', true), ''), '{EVERY_ORGANIZATION}')::uuid"
)
_MAKE_ROLE: Final = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$"""
_GUARDED: Final = f"""
SELECT c.relname FROM pg_class c JOIN pg_policies p ON p.tablename = c.relname
WHERE c.relnamespace = current_schema()::regnamespace AND p.schemaname = current_schema()
      AND c.relrowsecurity AND c.relforcerowsecurity AND p.policyname = '{POLICY}'
"""  # noqa: S608 - our own constant, no input


def tables_of(modules: Sequence[Module]) -> Iterator[tuple[Table, str]]:
    """Every table that carries an organization, with that column's name."""
    for module in modules:
        for table in module.tables.tables.values() if module.tables is not None else ():
            column = scoping_column(table)
            if column is not None:
                yield table, column


def rights_on(table: Table) -> str:
    """What the role may do with a table of a module."""
    return "SELECT, INSERT" if KEPT in table.info else "SELECT, INSERT, UPDATE, DELETE"


def protect(connection: Connection, modules: Sequence[Module], role: str) -> list[str]:
    """Make the role and the policies where they are missing; returns the tables that got one."""
    run = connection.exec_driver_sql
    # The name was checked to be plain when it was read from the URL.
    if run(f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'").first() is None:  # noqa: S608 - as said
        run(_MAKE_ROLE.format(role=role))
        run(f"GRANT {role} TO CURRENT_USER")
    schema = str(run("SELECT current_schema()").scalar_one())
    run(f'GRANT USAGE ON SCHEMA "{schema}" TO {role}')
    there = {
        str(row[0]) for row in run("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    }
    own = {
        table.name: table
        for module in modules
        if module.tables is not None
        for table in module.tables.tables.values()
        if table.name in there
    }
    for name in sorted(own):
        run(f'GRANT {rights_on(own[name])} ON "{name}" TO {role}')
        if KEPT in own[name].info:
            run(f'REVOKE UPDATE, DELETE ON "{name}" FROM {role}')
        if (function := own[name].info.get(PRUNED_BY)) is not None:
            run(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
            run(f"GRANT EXECUTE ON FUNCTION {function} TO {role}")
    for name in sorted(there - own.keys()):
        # Of the house's own tables the role writes the one that seeding keeps.
        rights = "SELECT, INSERT, UPDATE, DELETE" if name == seeds.name else "SELECT"
        run(f'GRANT {rights} ON "{name}" TO {role}')
    run(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{schema}" TO {role}')
    guarded = {str(row[0]) for row in run(_GUARDED)}
    made = []
    for table, column in tables_of(modules):
        if table.name in guarded or table.name not in there:
            continue
        rule = _RULE.format(column=f'"{column}"')
        run(f'ALTER TABLE "{table.name}" ENABLE ROW LEVEL SECURITY')
        run(f'ALTER TABLE "{table.name}" FORCE ROW LEVEL SECURITY')
        run(f'DROP POLICY IF EXISTS {POLICY} ON "{table.name}"')
        run(f'CREATE POLICY {POLICY} ON "{table.name}" USING ({rule}) WITH CHECK ({rule})')
        made.append(table.name)
    return made
