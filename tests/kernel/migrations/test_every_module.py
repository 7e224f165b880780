"""The migrations of the house's own modules: in order, on both engines, there and back."""

from __future__ import annotations

import pytest

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.database import Database
from backstay.kernel.module import Module, compose
from backstay.kernel.signing import Keys

MIGRATED = [module.name for module in compose(MODULES) if module.migrations is not None]


async def test_they_make_what_the_tables_say_and_can_be_taken_back(database_url: str) -> None:
    assert await migrations.check(compose(MODULES), database_url) == []


@pytest.mark.parametrize("name", MIGRATED)
async def test_from_the_previous_revision_on_a_real_database(
    name: str, database_url: str, keys: Keys
) -> None:
    modules = compose(_with_what_it_requires(name))
    await migrations.up(database_url, modules)
    (last,) = await migrations.down(database_url, modules, name)

    done = await migrations.up(database_url, modules)

    assert [applied.revision for applied in done] == [last.revision]
    standings = await migrations.standings(database_url, modules)
    assert {standing.state for standing in standings} == {migrations.State.CURRENT}
    database = await Database.open(database_url, keys=keys)
    await database.ping()
    await database.close()


def _with_what_it_requires(name: str) -> list[Module]:
    """The module alone, for nobody may stand on what is taken down."""
    by_name = {module.name: module for module in MODULES}
    wanted, left = dict[str, Module](), [name]
    while left:
        module = by_name[left.pop()]
        wanted[module.name] = module
        left += module.requires
    return list(wanted.values())
