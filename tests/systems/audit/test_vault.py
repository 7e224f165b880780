"""People's keys in a database of their own: what a backup holds, what an outage does, and the move there."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from click.testing import CliRunner

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import DatabaseUnavailable, driver_url
from backstay.kernel.settings import SettingsError
from backstay.systems.audit import erase, record
from backstay.systems.audit.commands import audit as command
from backstay.systems.audit.service import move_keys
from tests.conftest import make_actor
from tests.house import open_house
from tests.plugins.servers import POSTGRES
from tests.systems.audit.conftest import MODULES, Trail

ADA = uuid4()


@pytest.fixture
async def more_databases(engine_name: str, tmp_path: Path) -> AsyncIterator[list[str]]:
    """URLs of two databases more: nobody has made the first, and the second will be a copy."""
    if engine_name == "sqlite":
        yield [f"sqlite:///{tmp_path}/keys.db", f"sqlite:///{tmp_path}/copy.db"]
        return
    names = [f"backstay_test_{uuid4().hex[:16]}" for _ in range(2)]
    admin = await asyncpg.connect(POSTGRES)
    await admin.execute(f'CREATE DATABASE "{names[0]}" TEMPLATE template0')
    try:
        yield [POSTGRES.rpartition("/")[0] + f"/{name}" for name in names]
    finally:
        for name in names:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


async def copy(source: str, target: str) -> None:
    """What a backup and its restoring make; nobody is connected."""
    if source.startswith("sqlite"):
        # Not the file alone: what was committed last may still be in the log beside it.
        old, new = (closing(sqlite3.connect(one.removeprefix("sqlite:///"))) for one in (source, target))
        with old as read, new as written:
            read.backup(written)
        return
    held, kept = (driver_url(one).partition("?")[0].rpartition("/")[2] for one in (source, target))
    admin = await asyncpg.connect(POSTGRES)
    try:
        await admin.execute(f'CREATE DATABASE "{kept}" TEMPLATE "{held}"')
    finally:
        await admin.close()


class Place:
    """Where the trail and the keys are."""

    def __init__(self, clock: ManualClock, data: Path) -> None:
        self._clock = clock
        self._data = data
        self.actor = make_actor("ada")

    @asynccontextmanager
    async def trail(self, database: str, vault: str = "") -> AsyncIterator[Trail]:
        """The trail of one organization on this database, with its keys in this vault, or none."""
        environ = {"AUDIT_KEYS_URL": vault} if vault else {}
        async with open_house(MODULES, database, self._clock, data_dir=self._data, environ=environ) as house:
            yield Trail(house, self.actor)


@pytest.fixture
def place(clock: ManualClock, tmp_path: Path) -> Place:
    return Place(clock, tmp_path / "data")


async def told(trail: Trail) -> list[tuple[Any, bool]]:
    """What the trail shows of each record, oldest first."""
    assert await trail.problem() is None
    return [(one["after"], one["erased"]) for one in reversed((await trail("GET", "/records"))["items"])]


@pytest.mark.parametrize("apart", [True, False])
async def test_a_backup_from_before_an_erasure_opens_nothing_where_the_keys_are_apart(
    place: Place, database_url: str, more_databases: list[str], apart: bool
) -> None:
    keys, backup = more_databases
    vault = keys if apart else ""
    async with place.trail(database_url, vault) as trail:
        await trail.add("people.renamed", person=ADA, after={"name": "Ada"})
        await trail.add("people.renamed", person=uuid4(), after={"name": "Bob"})
        assert await told(trail) == [({"name": "Ada"}, False), ({"name": "Bob"}, False)]
    await copy(database_url, backup)
    async with place.trail(database_url, vault) as trail:
        assert (await erase(trail.database, trail.actor, ADA)).organizations == 1
        assert await told(trail) == [(None, True), ({"name": "Bob"}, False), (None, False)]
        await trail.add("people.renamed", person=ADA, after={"name": "Ada again"})
        assert (await told(trail))[3] == ({"name": "Ada again"}, False)
        assert (await erase(trail.database, trail.actor, ADA)).organizations == 1
        assert [erased for _, erased in await told(trail)] == [True, False, False, True, False]
    async with place.trail(backup, vault) as restored:
        first, second = await told(restored)
        assert (first, second) == (
            (None, True) if apart else ({"name": "Ada"}, False),
            ({"name": "Bob"}, False),
        )
        # What is recorded of the person in the restored database, nobody reads until they are erased there too.
        await restored.add("people.renamed", person=ADA, after={"name": "Ada"})
        assert (await told(restored))[2] == ((None, True) if apart else ({"name": "Ada"}, False))


async def test_without_the_vault_nothing_of_people_is_recorded_and_the_rest_goes_on(
    place: Place, database_url: str
) -> None:
    async with place.trail(database_url, "postgresql://127.0.0.1:1/nobody") as trail:
        with pytest.raises(DatabaseUnavailable):
            await trail.add("people.renamed", person=ADA, after={"name": "Ada"})
        await trail.add("shop.opened", after={"name": "Bob's"})
        assert await told(trail) == [({"name": "Bob's"}, False)]


async def test_a_unit_that_is_rolled_back_leaves_a_key_that_nobody_misses(
    place: Place, database_url: str, more_databases: list[str]
) -> None:
    class Failed(Exception):
        pass

    async with place.trail(database_url, more_databases[0]) as trail:
        with pytest.raises(Failed):
            async with trail.database.transaction(trail.actor) as uow:
                record(uow, "people.renamed", subject=("user", ADA), person=ADA, after={"name": "Ada"})

                async def fail() -> None:
                    raise Failed

                uow.before_commit(fail, last=True)
        assert await told(trail) == []
        await trail.add("people.renamed", person=ADA, after={"name": "Ada"})
        assert await told(trail) == [({"name": "Ada"}, False)]
        assert (await erase(trail.database, ANONYMOUS, ADA)).organizations == 1
        assert (await told(trail))[0] == (None, True)


async def test_keys_move_into_the_vault(place: Place, database_url: str, more_databases: list[str]) -> None:
    async with place.trail(database_url) as trail:
        for name in ("Ada", "Bob", "Cleo"):
            person = ADA if name == "Ada" else uuid4()
            await trail.add("people.renamed", person=person, after={"name": name})
        with pytest.raises(LookupError, match="names no vault"):
            await move_keys(trail.database)
    names = [({"name": name}, False) for name in ("Ada", "Bob", "Cleo")]
    async with place.trail(database_url, more_databases[0]) as trail:
        assert await told(trail) == names
        assert (await move_keys(trail.database, batch=2), await move_keys(trail.database)) == (3, 0)
        assert await told(trail) == names
    async with place.trail(database_url) as trail:  # as whoever has a backup alone
        assert await told(trail) == [(None, True)] * 3


async def test_the_database_of_the_records_is_no_vault(place: Place, database_url: str) -> None:
    with pytest.raises(SettingsError, match="its backups would hold the keys"):
        async with place.trail(database_url, database_url):
            pass


def test_the_command_says_that_there_is_no_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    done = CliRunner().invoke(command, ["move-keys"], obj=lambda: MODULES)
    assert (done.exit_code, done.output) == (
        1,
        "Error: audit.keys_url (AUDIT_KEYS_URL) names no vault\n",
    )
