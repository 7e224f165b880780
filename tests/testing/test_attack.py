"""The attack test on routes with holes: each hole is found, and told in words that say what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import pytest
from msgspec import Struct
from sqlalchemy import select, update

from backstay.app import MODULES
from backstay.kernel.actor import Permission
from backstay.kernel.database import NoRow, Reader, UnitOfWork, param, statement
from backstay.kernel.errors import Forbidden
from backstay.kernel.http import Controller, FromPath, delete, get, put
from backstay.products.notes.tables import notes
from backstay.testing import make_actor
from backstay.testing.attack import Attack
from backstay.testing.cases import Side, Target, TenantCase
from tests.house import open_house

TITLES = statement(select(notes.c.title), str, unscoped=True)
IDS = statement(select(notes.c.id), UUID, unscoped=True)
OWN = statement(select(notes.c.id).where(notes.c.id == param("id")), UUID)
RETITLE = statement(update(notes).where(notes.c.id == param("id")).values(title="taken"), unscoped=True)
READ = Permission("holes:read", "See")
HOUSE = Permission("holes:operate", "Operate", house=True)


class Shown(Struct, frozen=True):
    items: list[str]


class HolesController(Controller):
    """What forgot its organization, in every way a route can."""

    path: ClassVar[str] = "/holes"

    @get(permission=READ)
    async def listed(self, reader: Reader) -> Shown:
        """List everybody's."""
        return Shown([str(one) for one in await reader.all(IDS)])

    @get("/{note_id:uuid}", permission=READ)
    async def told(self, reader: Reader, note_id: FromPath[UUID]) -> Shown:
        """Tell strangers that it is there."""
        if await reader.first(OWN, id=note_id) is None:
            raise Forbidden
        return Shown([])

    @put("/{note_id:uuid}", permission=READ)
    async def changed(self, uow: UnitOfWork, note_id: FromPath[UUID]) -> Shown:
        """Change it before asking whose it is."""
        await uow.execute(RETITLE, id=note_id)
        return Shown([])

    @delete("/{note_id:uuid}", permission=READ)
    async def whole(self, reader: Reader, note_id: FromPath[UUID]) -> None:
        """Without a hole."""
        if await reader.first(OWN, id=note_id) is None:
            raise NoRow

    @get("/named/{name:str}", permission=READ)
    async def named(self, reader: Reader, name: FromPath[str]) -> Shown:
        """Show everybody's of this name."""
        return Shown([name, *await reader.all(TITLES)])

    @get("/house/{name:str}", permission=HOUSE)
    async def of_the_house(self, name: FromPath[str]) -> Shown:
        """For operators, of every organization."""
        return Shown([name])


async def make(side: Side) -> Target:
    title = f"{side.actor.name}'s secret"
    made = await side.client.post("/v1/notes", json={"title": title, "body": "", "tags": []})
    return Target({"note_id": made.json()["id"], "name": "plans"}, secrets=[title])


@pytest.fixture
async def attack(database_url: str, tmp_path: Path) -> AsyncIterator[Attack]:
    async with open_house(MODULES, database_url, data_dir=tmp_path, controllers=[HolesController]) as house:
        cases = {"": TenantCase(make=make)}
        attack = Attack(house.backend, house.app, house.token_of, cases, modules=frozenset({""}))
        yield attack
        await attack.close()


def stranger(attack: Attack) -> None:
    """Routes outside of modules have permissions that no module declares."""
    attack.grantable = lambda: ("holes:read", "notes:write")  # type: ignore[method-assign]  # as said


async def test_what_tells_changes_or_shows_is_found(attack: Attack) -> None:
    stranger(attack)
    tried = await attack.reach(attack.stranger(), make_actor("ada"))
    found = [one.partition(": {")[0] for one in attack.found]
    whose = "what is the other organization's"
    assert found == [
        "GET /v1/holes/{note_id:uuid}: answered 403, not 404 (which tells that it is there)",
        "GET /v1/holes/{note_id:uuid}: answered 403, not 404 (which tells that it is there)",
        "GET /v1/holes/named/{name:str}: answered 200, not 404",
        f"GET /v1/holes/named/{{name:str}}: shows {whose}: ada's secret",
        "GET /v1/holes/named/{name:str}: answered 200, not 404",
        f"GET /v1/holes/named/{{name:str}}: shows {whose}: ada's secret",
        "PUT /v1/holes/{note_id:uuid}: answered 200, not 404",
        "PUT /v1/holes/{note_id:uuid}: answered 200, not 404",
        "PUT /v1/holes/{note_id:uuid}: what ada has was changed by stranger",
    ]
    assert "DELETE /v1/holes/{note_id:uuid}" in tried
    assert not any("/house/" in name for name in tried)
    with pytest.raises(AssertionError, match=r"^9 findings:\nGET /v1/holes/"):
        attack.judge()


async def test_a_list_of_everybodys_is_found(attack: Attack) -> None:
    stranger(attack)
    assert await attack.look(attack.stranger(), make_actor("ada")) == {"GET /v1/holes"}
    assert len(attack.found) == 1
    assert attack.found[0].startswith("GET /v1/holes: shows what is the other organization's: ")


async def test_two_things_of_one_name_are_told_apart(attack: Attack) -> None:
    stranger(attack)
    tried = await attack.collide(attack.stranger(), make_actor("ada"))
    assert tried == {"GET /v1/holes/named/{name:str}"}
    assert attack.found == [
        "GET /v1/holes/named/{name:str}: shows what is the other organization's: ada's secret"
    ]


async def test_a_route_without_a_case_says_what_to_write(attack: Attack) -> None:
    attack._cases = {}
    with pytest.raises(AssertionError) as failure:
        await attack.reach(attack.stranger(), make_actor("ada"))
    lines = str(failure.value).splitlines()
    assert len(lines) == 6
    assert lines[1].startswith("GET /v1/holes: has no case: write TENANTS = TenantCase(make=...) into ")


async def test_a_case_that_lacks_something_or_names_what_is_not_there_is_told(attack: Attack) -> None:
    async def nothing(_: Side) -> Target:
        return Target({"name": "plans"})

    stranger(attack)
    attack._cases = {"": TenantCase(make=nothing)}
    await attack.reach(attack.stranger(), make_actor("ada"))
    assert "GET /v1/holes/{note_id:uuid}: its note_id has no value: let TENANTS.make of" in attack.found[0]
    attack.found.clear()
    attack._cases = {
        "": TenantCase(make=nothing, house_wide={"GET /v1/gone/{id:uuid}": "it was the house's"})
    }
    with pytest.raises(
        AssertionError, match=r"GET /v1/gone/\{id:uuid\}: is named by TENANTS of .* and is no"
    ):
        await attack.reach(attack.stranger(), make_actor("ada"))
