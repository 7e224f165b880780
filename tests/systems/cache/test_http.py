"""The cache over HTTP, and what the module promises a composed house."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.module import prepare_parts
from backstay.kernel.seeding import seed
from backstay.kernel.signing import Keys
from backstay.systems.audit.module import module as audit
from backstay.systems.cache.module import module as cache
from backstay.systems.idempotency.module import module as idempotency
from tests.conftest import make_actor
from tests.house import House, open_house

MODULES = [idempotency, audit, cache]
PROBES = "/v1/cache/probes"


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as opened:
        yield opened


async def counts(house: House, who: Any, kind: str) -> dict[str, int]:
    shown = (await house(who, "GET", "/v1/cache")).json()
    return next(dict(one["counts"]) for one in shown["kinds"] if one["kind"] == kind)


async def test_a_number_is_computed_once_until_it_is_set(house: House) -> None:
    ada = make_actor("ada")
    assert (await house(ada, "GET", f"{PROBES}/first")).status_code == 404
    assert (await house(ada, "PUT", f"{PROBES}/first", {"value": 1})).status_code == 200
    for _ in range(3):
        assert (await house(ada, "GET", f"{PROBES}/first")).json() == {
            "name": "first",
            "value": 1,
            "fills": 1,
        }
    await house(ada, "PUT", f"{PROBES}/first", {"value": 2})
    assert (await house(ada, "GET", f"{PROBES}/first")).json() == {"name": "first", "value": 2, "fills": 2}
    listed = (await house(ada, "GET", PROBES)).json()["items"]
    assert listed == [{"name": "first", "value": 2, "fills": 2}]
    told = await counts(house, ada, "cache.probe")
    assert {name: told[name] for name in ("hits", "misses", "fills", "failed")} == {
        "hits": 2,
        "misses": 3,
        "fills": 3,
        "failed": 1,
    }


async def test_samples_show_what_was_forgotten_in_the_last_hour(
    house: House, database_url: str, clock: ManualClock, keys: Keys
) -> None:
    ada, settings = make_actor("ada"), house.backend.settings

    def prepare(database: Database) -> None:
        prepare_parts(MODULES, database, settings)

    for _ in range(2):
        await seed(
            database_url, MODULES, keys=keys, actor=ada, present=clock.now(), only="cache", prepare=prepare
        )
    forgotten = (await house(ada, "GET", "/v1/cache/invalidations?limit=100")).json()["items"]
    assert [one["tag"] for one in forgotten].count("*") == 1
    assert {one["tag"].partition(".")[0] for one in forgotten} == {"*", "prices", "probe", "shelf"}
    assert len({one["actor_id"] for one in forgotten}) == 3
    # In the order of their moments, which are those of the last hour.
    moments = [datetime.fromisoformat(one["at"]) for one in forgotten]
    assert moments == sorted(moments, reverse=True)
    assert clock.now() - moments[-1] < timedelta(hours=1)
    assert (await house(ada, "GET", PROBES)).json()["items"] != []


async def test_another_organization_has_numbers_of_its_own(house: House) -> None:
    ada, mallory = make_actor("ada"), make_actor("mallory")
    for who, value in ((ada, 1), (mallory, 2)):
        await house(who, "PUT", f"{PROBES}/first", {"value": value})
        assert (await house(who, "GET", f"{PROBES}/first")).json()["value"] == value
    await house(mallory, "PUT", f"{PROBES}/first", {"value": 3})
    assert (await house(ada, "GET", f"{PROBES}/first")).json() == {"name": "first", "value": 1, "fills": 1}
    tags = [one["tag"] for one in (await house(ada, "GET", "/v1/cache/invalidations")).json()["items"]]
    assert tags == ["probe.first"]


async def test_mine_is_never_a_colleagues(house: House) -> None:
    ada = make_actor("ada")
    bob = make_actor("bob", organization=ada.organization_id)
    for who in (ada, bob, ada, bob):
        mine = (await house(who, "GET", "/v1/cache/mine")).json()
        assert (mine["actor_id"], mine["organization_id"]) == (str(who.id), str(ada.organization_id))
    assert (await counts(house, ada, "cache.probe_mine"))["hits"] == 2


async def test_an_operator_forgets_by_hand_and_the_trail_says_so(house: House) -> None:
    ada = make_actor("ada")
    await house(ada, "PUT", f"{PROBES}/first", {"value": 1})
    for purge, fills in (
        ({"tags": ["other"]}, 1),
        ({"tags": ["probe.first"]}, 2),
        ({"everything": True}, 3),
        ({}, 3),
    ):
        await house(ada, "GET", f"{PROBES}/first")
        answer = await house(ada, "POST", "/v1/cache/purges", purge)
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await house(ada, "GET", f"{PROBES}/first")).json()["fills"] == fills
    invalidated = (await house(ada, "GET", "/v1/cache/invalidations")).json()["items"]
    assert [one["tag"] for one in invalidated] == ["*", "probe.first", "other", "probe.first"]
    assert {one["actor_id"] for one in invalidated} == {str(ada.id)}
    trail = (await house(ada, "GET", "/v1/audit/records")).json()["items"]
    assert [one["action"] for one in trail] == ["cache.purged"] * 4


@pytest.mark.parametrize(
    ("purge", "pointers"),
    [
        ({"tags": ["*", "Färbung 1", "a\n", "x" * 201, ""]}, ["/tags/0", "/tags/2", "/tags/3", "/tags/4"]),
        ({"tags": "all"}, ["/tags"]),
        ({"everything": 1, "more": True}, ["/everything", "/more"]),
    ],
)
async def test_what_is_wrong_in_a_purge_is_named(house: House, purge: Any, pointers: list[str]) -> None:
    ada = make_actor("ada")
    answer = await house(ada, "POST", "/v1/cache/purges", purge)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers
    assert (await house(ada, "GET", "/v1/cache/invalidations")).json()["items"] == []


async def test_who_may_only_look_forgets_nothing(house: House) -> None:
    ada = make_actor("ada", permissions=("cache:read",))
    assert (await house(ada, "POST", "/v1/cache/purges", {"everything": True})).status_code == 403
    assert (await house(make_actor("eve", permissions=()), "GET", "/v1/cache")).status_code == 403
    assert (await house(None, "GET", "/v1/cache")).status_code == 401
    assert (await house(ada, "GET", "/v1/cache/invalidations")).json()["items"] == []


async def test_the_view_tells_what_is_kept(house: House) -> None:
    ada = make_actor("ada")
    empty = (await house(ada, "GET", "/v1/cache")).json()
    assert empty["kinds"] == []
    assert empty["processes"] == 1
    await house(ada, "GET", "/v1/cache/mine")
    shown = (await house(ada, "GET", "/v1/cache")).json()
    store = shown["store"]
    assert (store["engine"], store["available"], store["entries"], store["evictions"]) == (
        "memory",
        True,
        1,
        0,
    )
    assert 0 < store["bytes"] < store["limit"] == 64 * 1024 * 1024
    assert [(one["kind"], one["hit_rate"]) for one in shown["kinds"]] == [("cache.probe_mine", 0.0)]
