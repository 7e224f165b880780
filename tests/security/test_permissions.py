"""The permission matrix: every route against nobody, somebody without permissions, and each permission."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import Grants
from tests.conftest import make_actor
from tests.house import House
from tests.security.routes import PUBLIC, guarded, harmless_method, label, of_modules, some_path


async def test_only_the_routes_that_are_listed_are_public(house: House) -> None:
    public = {label(endpoint) for endpoint in of_modules(house) if endpoint.public}
    assert public == PUBLIC


async def test_the_routes_of_the_description_only_read(house: House) -> None:
    described = [endpoint for endpoint in house.app.router.endpoints if not endpoint.module]
    assert described
    assert {endpoint.route.method for endpoint in described} == {"GET"}


async def test_every_permission_that_guards_is_declared_by_its_module(house: House) -> None:
    for endpoint in guarded(house):
        assert endpoint.permission in house.backend.module(endpoint.module).permissions, label(endpoint)


async def test_without_credentials_every_guarded_route_answers_401(house: House) -> None:
    endpoints = guarded(house)
    assert len(endpoints) > 30
    for endpoint in endpoints:
        answer = await house(None, endpoint.route.method, some_path(endpoint))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), label(endpoint)
        assert answer.headers["www-authenticate"].startswith("Bearer"), label(endpoint)
        assert house.records[-1].moments[-1].detail == "denied", label(endpoint)


async def test_a_token_that_does_not_hold_answers_401(house: House) -> None:
    for endpoint in guarded(house):
        answer = await house.client.request(
            endpoint.route.method, some_path(endpoint), headers={"authorization": "Bearer forged"}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), label(endpoint)


async def test_every_route_asks_for_its_own_permission_and_no_other_will_do(house: House) -> None:
    every = {permission.name for module in house.backend.modules for permission in module.permissions}
    nobody = make_actor("nobody", permissions=())
    for endpoint in guarded(house):
        assert endpoint.permission is not None
        needed = endpoint.permission.name
        others = make_actor(f"all but {needed}", permissions=tuple(every - {needed}))
        for who in (nobody, others):
            answer = await house(who, endpoint.route.method, some_path(endpoint))
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (403, "forbidden"), label(endpoint)
            assert problem["permission"] == needed, label(endpoint)
            assert not any(moment.kind == "statement" for moment in house.records[-1].moments)


async def test_the_one_permission_is_enough_to_be_let_in(house: House) -> None:
    for endpoint in guarded(house):
        assert endpoint.permission is not None
        who = make_actor("holder", permissions=(endpoint.permission.name,))
        answer = await house(who, harmless_method(endpoint), some_path(endpoint))
        guards = [moment for moment in house.records[-1].moments if moment.kind == "guard"]
        assert [(guard.name, guard.detail) for guard in guards] == [(endpoint.permission.name, "allowed")]
        assert answer.status_code not in {401, 500}, label(endpoint)


async def test_whoever_signs_up_neither_sees_nor_bans_anybody(house: House) -> None:
    # Everybody owns the place that bears their own id, and so has what an owner has.
    somebody = UUID("01938a5e-0000-7000-8000-00000000abcd")
    grants = house.backend.part(Grants)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    owned = await grants.permissions(somebody, somebody)
    assert {"notes:read", "tenancy:close"} <= owned
    assert not {"identity:read", "identity:operate"} & owned
