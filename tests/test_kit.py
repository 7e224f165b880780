"""The testing kit, on our own modules: what a user's tests are given."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import httpx
from sqlalchemy import MetaData

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.clock import ManualClock
from backstay.kernel.settings import Settings
from backstay.products import notes
from backstay.systems.traffic.module import module as traffic
from backstay.testing import ClientOf, OpenUnit, check_migrations, make_actor


async def test_a_client_is_signed_in_as_the_actor(client: httpx.AsyncClient, clock: ManualClock) -> None:
    made = await client.post("/v1/notes", json={"title": "From a test"})

    assert made.status_code == 201
    assert made.json()["created_at"] == clock.now().isoformat().replace("+00:00", "Z")
    assert [note["title"] for note in (await client.get("/v1/notes")).json()["items"]] == ["From a test"]


async def test_several_actors_and_nobody(client_of: ClientOf, actor: Actor) -> None:
    stranger = client_of(make_actor("stranger", organization=uuid4()))
    reader = client_of(make_actor("reader", permissions=["notes:read"]))
    liar = client_of(None)
    liar.headers["Authorization"] = "Bearer made-up"

    await client_of(actor).post("/v1/notes", json={"title": "Mine"})

    assert (await stranger.get("/v1/notes")).json()["items"] == []
    assert (await reader.post("/v1/notes", json={"title": "No"})).status_code == 403
    assert (await client_of(None).get("/v1/notes")).status_code == 401
    assert (await liar.get("/v1/notes")).status_code == 401


async def test_a_unit_of_work_commits(unit: OpenUnit, backend: Backend, actor: Actor) -> None:
    async with unit() as uow:
        made = await notes.create(uow, notes.NewNote(title="From a service"))

    assert await notes.get(backend.reader(actor), made.id) == made


def test_the_settings_are_a_tests_own(settings: Settings, database_url: str) -> None:
    assert settings.app.environment == "test"
    assert settings.database.url == database_url


def test_actors_are_the_same_in_every_run() -> None:
    assert make_actor("ada") == make_actor("ada")
    assert make_actor("ada").id != make_actor("grace").id


async def test_migrations_can_be_judged(database_url: str) -> None:
    assert await check_migrations([traffic], database_url) == []
    told = await check_migrations([replace(traffic, tables=MetaData())], database_url)
    assert told != []
    assert all("is made by a migration and is not in tables.py" in one for one in told)
