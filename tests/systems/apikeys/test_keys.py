"""API keys: shown once, exact, within their maker's rights, rotated, revoked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.actor import SYSTEM, Actor, ActorKind, Authenticators
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.signing import Keys
from backstay.products.notes.module import module as notes
from backstay.systems.access import withdraw_all
from backstay.systems.access.module import module as access
from backstay.systems.apikeys import revoke_all_of
from backstay.systems.apikeys.module import module as apikeys
from backstay.systems.apikeys.service import KeyForm, KeyRing, write_down_use
from backstay.systems.audit.module import module as audit
from backstay.systems.idempotency.module import module as idempotency
from tests.house import House, open_house
from tests.systems.access.conftest import Office
from tests.tables import run_sql

MODULES = [idempotency, audit, access, apikeys, notes]
KEYS = "/v1/api-keys"


class Desk:
    """Somebody with roles, and their keys."""

    def __init__(self, office: Office, ada: Actor) -> None:
        self.office = office
        self.house = office.house
        self.ada = ada

    async def issue(self, *scopes: str, who: Actor | None = None, **more: Any) -> dict[str, Any]:
        body = {"name": "probe", "scopes": list(scopes), **more}
        answer = await self.house(who or self.ada, "POST", KEYS, body)
        assert answer.status_code == 201, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return dict(answer.json())

    async def use(self, key: str, method: str = "GET", path: str = "/v1/notes", json: Any = None) -> int:
        headers = {"x-api-key": key}
        answer = await self.house.client.request(method, path, json=json, headers=headers)
        return answer.status_code


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as opened:
        yield opened


@pytest.fixture
async def desk(house: House) -> Desk:
    office = await Office(house, uuid4()).open()
    return Desk(office, await office.person("ada", "user"))


async def test_a_key_is_shown_once_and_acts_for_its_maker(desk: Desk) -> None:
    issued = await desk.issue("notes:read", "notes:write")
    key = issued["key"]
    assert key.startswith("bsk_test_")
    assert len(key) == len("bsk_test_") + 32 + 1 + 43 + 6
    for headers in ({"x-api-key": key}, {"authorization": f"Bearer {key}"}):
        made = await desk.house.client.post("/v1/notes", json={"title": "by key"}, headers=headers)
        assert made.status_code == 201
    mine = (await desk.house(desk.ada, "GET", "/v1/notes")).json()["items"]
    assert [note["title"] for note in mine] == ["by key", "by key"]
    actor = desk.house.records[-2].actor
    assert actor == Actor(
        id=desk.ada.id,
        kind=ActorKind.SERVICE,
        name="probe",
        organization_id=desk.ada.organization_id,
        permissions=frozenset({"notes:read", "notes:write"}),
        session_id=UUID(issued["id"]),
    )
    shown = (await desk.house(desk.ada, "GET", KEYS)).text + (
        await desk.house(desk.ada, "GET", f"{KEYS}/{issued['id']}")
    ).text
    assert key not in shown
    assert key[42:] not in shown
    assert f'"hint":"bsk_test_…{key[-4:]}"' in shown
    assert await desk.use(key, "POST", f"/v1/notes/{uuid4()}/share", {}) == 403


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace("bsk_test", "bsk_live"),
        lambda key: f"{key[:9]}{uuid4().hex}{key[41:]}",
        lambda _: "bsk_",
        lambda _: "bsk_test_é",
        lambda key: key.upper().replace("BSK", "bsk"),
    ],
)
async def test_anything_else_is_refused_and_garbage_without_a_query(desk: Desk, change: Any) -> None:
    key = (await desk.issue("notes:read"))["key"]
    headers = {b"x-api-key": change(key).encode()}
    answer = await desk.house.client.get("/v1/notes", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert not any(moment.kind == "statement" for moment in desk.house.records[-1].moments)


FORM = KeyForm("bsk", "test")


@given(
    cut=st.integers(1, 90),
    extra=st.text(min_size=1, max_size=5),
    place=st.integers(4, 90),
    digit=st.sampled_from("0aZ_é"),
)
def test_only_the_exact_form_has_an_id(cut: int, extra: str, place: int, digit: str) -> None:
    key = FORM.make(UUID(int=7))
    assert FORM.id_of(key) == UUID(int=7)
    assert FORM.id_of(key[:-cut]) is None
    assert FORM.id_of(key + extra) is None
    changed = key[:place] + digit + key[place + 1 :]
    assert (FORM.id_of(changed) is None) is (changed != key)


async def test_scopes_are_within_the_makers_rights(desk: Desk) -> None:
    beyond = await desk.house(
        desk.ada, "POST", KEYS, {"name": "x", "scopes": ["notes:read", "access:manage"]}
    )
    assert (beyond.status_code, beyond.json()["code"]) == (403, "lacking")
    assert beyond.json()["lacking"] == ["access:manage"]
    unknown = await desk.house(desk.ada, "POST", KEYS, {"name": "x", "scopes": ["*", "notes:read"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/scopes/0")
    limited = await desk.issue("notes:read", "apikeys:own")
    wider = await desk.house.client.post(
        KEYS, json={"name": "y", "scopes": ["notes:write"]}, headers={"x-api-key": limited["key"]}
    )
    assert (wider.status_code, wider.json()["code"]) == (403, "keys_make_no_keys")


async def test_a_key_loses_what_its_maker_loses(desk: Desk) -> None:
    key = (await desk.issue("notes:read"))["key"]
    assert await desk.use(key) == 200
    await desk.office.database.run(desk.office.boss, lambda uow: withdraw_all(uow, desk.ada.id))
    assert await desk.use(key) == 403


async def test_a_key_expires(desk: Desk, clock: ManualClock) -> None:
    key = (await desk.issue("notes:read", expires_in=60))["key"]
    clock.move(timedelta(seconds=59))
    assert await desk.use(key) == 200
    clock.move(timedelta(seconds=1))
    assert await desk.use(key) == 401


async def test_a_rotated_key_goes_on_for_the_overlap(desk: Desk, clock: ManualClock) -> None:
    old = await desk.issue("notes:read", expires_in=86_400)
    new = (await desk.house(desk.ada, "POST", f"{KEYS}/{old['id']}/rotate", {"overlap": 100})).json()
    assert (new["name"], new["scopes"]) == ("probe", ["notes:read"])
    assert (await desk.house(desk.ada, "GET", f"{KEYS}/{old['id']}")).json()["replaced_by"] == new["id"]
    clock.move(timedelta(seconds=99))
    assert [await desk.use(one["key"]) for one in (old, new)] == [200, 200]
    clock.move(timedelta(seconds=1))
    assert [await desk.use(one["key"]) for one in (old, new)] == [401, 200]
    again = await desk.house(desk.ada, "POST", f"{KEYS}/{old['id']}/rotate", {})
    assert (again.status_code, again.json()["code"]) == (409, "api_key_ended")


async def test_a_revoked_key_is_refused_by_every_process_within_a_second(
    desk: Desk, database_url: str, keys: Keys, clock: ManualClock
) -> None:
    issued = await desk.issue("notes:read")
    other = await Database.open(database_url, clock=clock, keys=keys)
    try:
        other.parts = desk.office.database.parts
        ring = Authenticators([KeyRing(other, FORM)])
        headers = {"x-api-key": issued["key"]}
        assert await ring.authenticate(headers) is not None
        assert (await desk.house(desk.ada, "DELETE", f"{KEYS}/{issued['id']}")).status_code == 204
        revoked = time.monotonic()
        assert await desk.use(issued["key"]) == 401
        with pytest.raises(Unauthenticated):
            while time.monotonic() - revoked < 1.0:
                await ring.authenticate(headers)
                await asyncio.sleep(0)
    finally:
        await other.close()


async def test_the_last_use_is_written_down_in_batches(desk: Desk, clock: ManualClock) -> None:
    issued = await desk.issue("notes:read")
    path = f"{KEYS}/{issued['id']}"
    assert (await desk.house(desk.ada, "GET", path)).json()["last_used_at"] is None
    for _ in range(3):
        await desk.use(issued["key"])
    assert await write_down_use(desk.office.database) == 1
    assert (await desk.house(desk.ada, "GET", path)).json()["last_used_at"] == "2026-01-01T00:00:00Z"
    assert await write_down_use(desk.office.database) == 0


async def test_people_see_their_own_keys_and_managers_everybodys(desk: Desk) -> None:
    issued = await desk.issue("notes:read")
    bob, boss = await desk.office.person("bob", "user"), desk.office.boss
    assert (await desk.house(bob, "GET", KEYS)).json()["items"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        body: dict[str, int] | None = {} if method == "POST" else None
        stranger = await desk.house(bob, method, f"{KEYS}/{issued['id']}{path}", body)
        assert (stranger.status_code, stranger.json()["code"]) == (404, "no_such_api_key")
    listed = (await desk.house(boss, "GET", f"{KEYS}/all")).json()["items"]
    assert [one["id"] for one in listed] == [issued["id"]]
    assert (await desk.house(bob, "GET", f"{KEYS}/all")).status_code == 403
    assert (await desk.house(boss, "DELETE", f"{KEYS}/all/{issued['id']}")).status_code == 204
    assert await desk.use(issued["key"]) == 401
    actions = (await desk.house(boss, "GET", f"/v1/audit/records?subject_id={issued['id']}")).json()["items"]
    assert [one["action"] for one in actions] == ["apikeys.key_revoked", "apikeys.key_issued"]
    assert issued["key"] not in str(actions)


async def test_whoever_is_gone_has_no_keys_anywhere(desk: Desk) -> None:
    keys = [(await desk.issue("notes:read"))["key"] for _ in range(2)]
    assert [await desk.use(key) for key in keys] == [200, 200]
    database = desk.office.database
    assert await database.run(SYSTEM, lambda uow: revoke_all_of(uow, desk.ada.id)) == 2
    assert [await desk.use(key) for key in keys] == [401, 401]
    assert await database.run(SYSTEM, lambda uow: revoke_all_of(uow, desk.ada.id)) == 0


async def test_nobody_makes_keys_in_anothers_name(desk: Desk) -> None:
    acting = msgspec.structs.replace(desk.ada, impersonator_id=uuid4())
    refused = await desk.house(acting, "POST", KEYS, {"name": "x", "scopes": ["notes:read"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_in_person")


async def test_a_person_has_at_most_a_hundred_keys(desk: Desk) -> None:
    issued = await desk.issue("notes:read")
    columns = "organization_id, user_id, name, hint, scopes, created_at"
    digest = "zeroblob(32)" if desk.office.database.dialect == "sqlite" else "''::bytea"
    numbers = [str(uuid4()) for _ in range(99)]
    for number in numbers:
        await run_sql(
            desk.office.database,
            f"INSERT INTO apikeys_keys (id, digest, {columns}) "
            f"SELECT '{number}', {digest}, {columns} FROM apikeys_keys WHERE id = '{issued['id']}'",
        )
    full = await desk.house(desk.ada, "POST", KEYS, {"name": "x", "scopes": ["notes:read"]})
    assert (full.status_code, full.json()["code"]) == (409, "too_many_api_keys")
