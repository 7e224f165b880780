"""The walls as pgTAP sees them: a judge that knows nothing of backstay."""

from __future__ import annotations

import asyncpg
import pytest

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.database import driver_url
from backstay.kernel.migrations.policies import POLICY, tables_of
from backstay.products.notes.tables import notes

ROLE = "backstay_test_app"
TABLES = [(table.name, column) for table, column in tables_of(MODULES)]
KEPT = {"audit_records", "audit_checkpoints"}
"""Which the role may not change, and lets a function prune."""
ALL = "'SELECT','INSERT','UPDATE','DELETE'"


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


def assertions() -> list[str]:
    """pgTAP's tests, a statement each."""
    wanted = [
        f"SELECT isnt_superuser('{ROLE}')",
        f"SELECT function_privs_are('public', 'audit_prune', ARRAY['uuid'], '{ROLE}', ARRAY['EXECUTE'])",
        "SELECT is_definer('public', 'audit_prune', ARRAY['uuid'])",
        "SELECT function_privs_are('public', 'audit_prune', ARRAY['uuid'], 'public', ARRAY[]::text[])",
    ]
    for name, column in TABLES:
        rights = "'SELECT','INSERT'" if name in KEPT else ALL
        wanted += [
            f"SELECT policies_are('public', '{name}', ARRAY['{POLICY}'])",
            f"SELECT policy_cmd_is('{name}', '{POLICY}', 'all')",
            f"SELECT table_privs_are('public', '{name}', '{ROLE}', ARRAY[{rights}])",
            f"SELECT col_not_null('{name}', '{column}')",
        ]
    return wanted


@pytest.mark.needs("pgtap")
async def test_pgtap_finds_every_table_behind_its_policy_and_no_right_too_many(database_url: str) -> None:
    await migrations.up(f"{driver_url(database_url)}?app_role={ROLE}", MODULES)
    connection = await asyncpg.connect(driver_url(database_url))
    try:
        await connection.execute("CREATE EXTENSION pgtap")
        await connection.execute("SELECT * FROM no_plan()")
        said = [str(await connection.fetchval(one)) for one in assertions()]
        assert [line for line in said if not line.startswith("ok ")] == []
        assert len(said) == 4 + 4 * len(TABLES)
        # It does see what is wrong.
        await connection.execute(f"CREATE POLICY more ON {notes.name} USING (true)")
        await connection.execute(f"GRANT TRUNCATE ON {notes.name} TO {ROLE}")
        again = [str(await connection.fetchval(one)) for one in assertions() if f"'{notes.name}'" in one]
        assert [line.startswith("ok ") for line in again] == [False, True, False, True]
    finally:
        await connection.close()
