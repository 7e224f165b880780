"""What is wrong with the walls in a database is found in its catalog, each sort by itself."""

from __future__ import annotations

import asyncpg
import pytest

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.database import driver_url
from backstay.kernel.migrations.policies import POLICY

ROLE = "backstay_test_app"
pytestmark = pytest.mark.needs("postgres")
SETTING = "current_setting('backstay.organization', true)"


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
async def url(database_url: str) -> str:
    behind = f"{driver_url(database_url)}?app_role={ROLE}"
    await migrations.up(behind, MODULES)
    return behind


async def judged_after(url: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(driver_url(url))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
    return await migrations.judge(MODULES, url)


async def test_the_composed_house_is_in_order(url: str) -> None:
    assert await migrations.judge(MODULES, url) == []
    assert await migrations.judge(MODULES, driver_url(url)) == []


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (
            "ALTER TABLE notes_notes NO FORCE ROW LEVEL SECURITY",
            "notes_notes: row-level security is not forced, so its owner sees everything",
        ),
        ("ALTER TABLE notes_notes DISABLE ROW LEVEL SECURITY", "notes_notes: row-level security is off"),
        (
            "ALTER TABLE counter_moves ADD CONSTRAINT plain FOREIGN KEY (counter_id) REFERENCES counter_counters (id)",
            (
                "counter_moves(counter_id): a plain foreign key takes rows of any organization's counter_counters: add "
                "the organization to it, and a unique key (organization_id, id) to counter_counters"
            ),
        ),
        (
            "CREATE UNIQUE INDEX oracle ON notes_notes (title)",
            "notes_notes(title): unique across organizations tells what others have: begin it with organization_id",
        ),
        (
            "CREATE VIEW leaky AS SELECT title FROM notes_notes",
            "leaky: a view that reads notes_notes with its owner's rights: say WITH (security_invoker = true)",
        ),
        (
            (
                f"ALTER POLICY {POLICY} ON notes_notes USING (organization_id = {SETTING}::uuid) "
                f"WITH CHECK (organization_id = {SETTING}::uuid)"
            ),
            (
                f"notes_notes: the policy {POLICY} lacks nullif: after a SET LOCAL has ended the setting is '' and not "
                "NULL"
            ),
        ),
        (
            f"ALTER POLICY {POLICY} ON notes_notes WITH CHECK (true)",
            f"notes_notes: the policy {POLICY} lets rows be written that it does not let be read",
        ),
        (f"DROP POLICY {POLICY} ON notes_notes", f"notes_notes: has no policy {POLICY}"),
        (
            "CREATE POLICY more ON notes_notes USING (true)",
            f"notes_notes: the policy more lets through what {POLICY} keeps: make it AS RESTRICTIVE",
        ),
        (
            f"GRANT TRUNCATE ON notes_notes TO {ROLE}",
            f"notes_notes: {ROLE} may TRUNCATE, which no policy stops",
        ),
        (
            f"GRANT CREATE ON SCHEMA public TO {ROLE}; ALTER TABLE notes_notes OWNER TO {ROLE}",
            f"notes_notes: belongs to {ROLE}, who could switch its policies off",
        ),
    ],
)
async def test_each_hole_is_found(url: str, plant: str, sentence: str) -> None:
    found = await judged_after(url, plant)
    assert sentence in found
    assert all(one.startswith("notes_notes: ") for one in set(found) - {sentence})


async def test_a_view_with_its_readers_rights_is_none(url: str) -> None:
    view = "CREATE VIEW fair WITH (security_invoker = true) AS SELECT title FROM notes_notes"
    assert await judged_after(url, view) == []
