"""Changing policies live, and what people see of the limits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.module import Card
from backstay.kernel.seeding import seed
from backstay.kernel.signing import Keys
from backstay.systems.ratelimit import Limiter
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.ratelimit.queries.policies import PolicyRow
from backstay.systems.ratelimit.service.book import Book
from backstay.systems.ratelimit.service.policies import load
from backstay.systems.ratelimit.service.shedding import Shedder
from backstay.systems.ratelimit.settings import RateLimitSettings
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.ratelimit.conftest import ENFORCED, MODULES

POLICIES = "/v1/ratelimit/policies"
OPERATOR = make_actor("operator")
ADA = make_actor("ada")


async def change(house: House, name: str, version: int, **changes: Any) -> Any:
    return await house(OPERATOR, "PATCH", f"{POLICIES}/{name}", changes, if_match=f'"{version}"')


async def test_every_declared_policy_is_listed_with_its_source(house: House) -> None:
    listed = (await house(OPERATOR, "GET", POLICIES)).json()
    assert [(one["name"], one["source"]) for one in listed] == [
        ("anonymous", "the settings"),
        ("browser", "the settings"),
        ("default", "the settings"),
        ("items", "probing"),
        ("letters", "probing"),
        ("narrow", "probing"),
        ("search", "probing"),
        ("shared", "probing"),
        ("watched", "probing"),
    ]
    read = await house(OPERATOR, "GET", f"{POLICIES}/search")
    assert read.headers["etag"] == '"0"'
    assert read.json() == {
        "name": "search",
        "source": "probing",
        "quota": 3,
        "window": 60,
        "algorithm": "gcra",
        "burst": None,
        "per": ["actor"],
        "when_down": "local",
        "shadow": False,
        "enabled": True,
        "changed": False,
        "changed_at": None,
        "version": 0,
    }
    assert (await house(OPERATOR, "GET", f"{POLICIES}/none")).json()["code"] == "no_such_policy"


async def test_a_change_counts_at_once_here_and_is_on_the_trail(house: House) -> None:
    changed = await change(house, "search", 0, quota=1)
    assert (changed.status_code, changed.json()["quota"], changed.json()["version"]) == (200, 1, 1)
    codes = [(await house(ADA, "GET", "/v1/probing/search")).status_code for _ in range(2)]
    assert codes == [200, 429]
    assert (await change(house, "search", 1, enabled=False)).json()["enabled"] is False
    assert (await house(ADA, "GET", "/v1/probing/search")).status_code == 200
    again = await change(house, "search", 2, enabled=True, shadow=True)
    assert (again.json()["quota"], again.json()["shadow"]) == (1, True)
    reset = await house(OPERATOR, "DELETE", f"{POLICIES}/search", if_match='"3"')
    assert reset.status_code == 204
    back = (await house(OPERATOR, "GET", f"{POLICIES}/search")).json()
    assert (back["quota"], back["shadow"], back["changed"], back["version"]) == (3, False, False, 4)
    records = (await house(OPERATOR, "GET", "/v1/audit/records?sort=seq")).json()["items"]
    assert [(one["action"], one["subject_id"]) for one in records] == [
        *[("ratelimit.policy_changed", "search")] * 3,
        ("ratelimit.policy_reset", "search"),
    ]
    assert (records[0]["before"]["quota"], records[0]["after"]["quota"]) == (3, 1)


@pytest.mark.parametrize(
    ("version", "changes", "status", "code", "pointers"),
    [
        (1, {"quota": 1}, 412, "stale_policy", []),
        (0, {"quota": 0}, 422, "invalid", ["/quota"]),
        (0, {"quota": 1_000_000, "window": 1}, 422, "invalid", ["/quota"]),
        (0, {"algorithm": "log", "burst": 2}, 422, "invalid", ["/burst"]),
        (0, {"speed": 1}, 422, "invalid", ["/speed"]),
        (0, {"when_down": "shut", "window": 0}, 422, "invalid", ["/window", "/when_down"]),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    house: House, version: int, changes: dict[str, Any], status: int, code: str, pointers: list[str]
) -> None:
    answer = await change(house, "search", version, **changes)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [error["pointer"] for error in answer.json().get("errors", [])] == pointers
    assert (await house(OPERATOR, "GET", f"{POLICIES}/search")).json()["version"] == 0


async def test_without_if_match_nothing_is_changed(house: House) -> None:
    answer = await house(OPERATOR, "PATCH", f"{POLICIES}/search", {"quota": 1})
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")


async def test_of_two_who_change_one_policy_at_once_one_is_told(house: House) -> None:
    answers = await asyncio.gather(*(change(house, "search", 0, quota=quota) for quota in (5, 6)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (await house(OPERATOR, "GET", f"{POLICIES}/search")).json() == winner.json()


async def test_another_process_follows_within_a_second(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(MODULES, database_url, environ=ENFORCED) as other:
        book, followed = other.backend.part(Limiter).book, asyncio.Event()
        learn = book.learn

        def spy(rows: Iterable[PolicyRow]) -> None:
            learn(rows)
            if book.in_force["search"].quota == 2:
                followed.set()

        monkeypatch.setattr(book, "learn", spy)
        await change(house, "search", 0, quota=2)
        async with asyncio.timeout(1):
            await followed.wait()
        assert book.in_force["default"].quota == 100


async def test_a_process_that_starts_later_knows_what_was_changed(house: House) -> None:
    await change(house, "search", 0, quota=2)
    book = Book(RateLimitSettings(), MODULES)
    await load(house.backend.database, book)
    assert book.in_force["search"].quota == 2


async def test_whoever_locked_everybody_out_can_undo_it(house: House) -> None:
    await change(house, "default", 0, quota=1)
    for _ in range(3):
        assert (await house(OPERATOR, "GET", "/v1/probing/plain")).status_code in {200, 429}
    assert (await change(house, "default", 1, quota=100)).status_code == 200


async def test_meters_tell_who_is_near_the_end_and_can_be_forgotten(house: House, clock: ManualClock) -> None:
    for _ in range(4):
        await house(ADA, "GET", "/v1/probing/search")
    await house(make_actor("bob"), "GET", "/v1/probing/search")
    await house.backend.part(Limiter).meters.flush()
    (meter,) = (await house(OPERATOR, "GET", "/v1/ratelimit/meters")).json()
    assert (meter["policy"], meter["subject"]) == ("search", f"user:{ADA.id}")
    assert (meter["remaining"], meter["capacity"], meter["refused"]) == (0, 3, 1)
    counted = (await house(OPERATOR, "GET", "/v1/ratelimit/minutes")).json()
    assert [(one["policy"], one["admitted"], one["refused"]) for one in counted] == [
        ("default", 4, 0),
        ("search", 4, 1),
    ]
    body = {"policy": "search", "subject": meter["subject"]}
    assert (await house(OPERATOR, "POST", "/v1/ratelimit/forget", body)).status_code == 204
    assert (await house(ADA, "GET", "/v1/probing/search")).status_code == 200
    nowhere = await house(OPERATOR, "POST", "/v1/ratelimit/forget", {"policy": "none", "subject": "x"})
    assert nowhere.json()["code"] == "no_such_policy"
    clock.move(timedelta(minutes=6))
    assert (await house(OPERATOR, "GET", "/v1/ratelimit/meters")).json() == []


async def test_counts_of_two_processes_add_up(house: House, database_url: str, clock: ManualClock) -> None:
    async with open_house(MODULES, database_url, clock, environ=ENFORCED) as other:
        for one in (house, other):
            await one(ADA, "GET", "/v1/probing/plain")
            await one.backend.part(Limiter).meters.flush()
        counted = (await house(OPERATOR, "GET", "/v1/ratelimit/minutes")).json()
    assert [(one["policy"], one["admitted"]) for one in counted] == [("default", 2)]


async def test_only_operators_see_and_change_limits(house: House) -> None:
    guest = make_actor("guest", permissions=("ratelimit:read",))
    assert (await house(guest, "GET", POLICIES)).status_code == 200
    answer = await house(guest, "PATCH", f"{POLICIES}/search", {"quota": 1}, if_match='"0"')
    assert answer.status_code == 403
    assert (await house(None, "GET", POLICIES)).status_code == 401


async def test_the_load_is_that_of_the_process(house: House) -> None:
    shown = (await house(OPERATOR, "GET", "/v1/ratelimit/load")).json()
    assert shown == {
        "store": "memory",
        "shared": False,
        "running": 1,
        "in_flight": 1000,
        "late": house.backend.part(Shedder).late,
        "lag": 1.0,
    }


async def test_samples_show_an_hour_of_limits(
    house: House, database_url: str, clock: ManualClock, keys: Keys
) -> None:
    for _ in range(2):
        await seed(database_url, MODULES, keys=keys, actor=OPERATOR, present=clock.now(), only="ratelimit")
    counted = (await house(OPERATOR, "GET", "/v1/ratelimit/minutes?back=61")).json()
    assert len(counted) == 180
    assert {one["policy"] for one in counted} == {"default", "browser", "anonymous"}
    assert sum(one["refused"] for one in counted) > 0
    assert len((await house(OPERATOR, "GET", "/v1/ratelimit/meters")).json()) == 6
    shown = await ratelimit.card(house.backend.reader(OPERATOR)) if ratelimit.card else None
    assert shown == Card(str(sum(one["refused"] for one in counted)), "requests refused in an hour")
