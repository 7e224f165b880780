"""The counter over HTTP, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.products.counter.contracts import LARGEST
from backstay.products.counter.module import module
from backstay.systems.events.module import module as events
from backstay.systems.events.testing import settle
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.conftest import make_actor
from tests.house import House, open_house

ADA = make_actor("ada")
BOB = make_actor("bob", organization=ADA.organization_id)
EVE = make_actor("eve")
BASES = ["/v1/counters", "/v1/me/counters"]


# Without the servers' own parts: here the tests hand events over and run the jobs.
MODULES = [idempotency, replace(jobs, services=()), replace(events, works=()), module]


@pytest.fixture
async def house(database_url: str, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house(MODULES, database_url, clock) as opened:
        yield opened


async def test_a_day_adds_up_what_happened_to_a_shared_counter(house: House, clock: ManualClock) -> None:
    async def days(who: Actor = ADA) -> object:
        return (await house(who, "GET", "/v1/counters/visits/activity")).json()

    for by, way in ((5, "increment"), (2, "decrement")):
        await house(ADA, "POST", f"/v1/counters/visits/{way}", {"by": by})
    await house(ADA, "POST", "/v1/counters/visits/reset", {"value": 0}, if_match='"2"')
    await house(EVE, "POST", "/v1/counters/visits/increment", {"by": 7})
    await settle(house.backend)
    first = clock.now().date().isoformat()
    assert await days() == [{"day": first, "up": 5, "down": 2, "moves": 3}]
    clock.move(timedelta(days=1))
    await house(BOB, "POST", "/v1/counters/visits/increment", {"by": 1})
    await settle(house.backend)
    second = clock.now().date().isoformat()
    assert await days() == [
        {"day": second, "up": 1, "down": 0, "moves": 1},
        {"day": first, "up": 5, "down": 2, "moves": 3},
    ]
    assert await days(EVE) == [{"day": first, "up": 7, "down": 0, "moves": 1}]
    await house(ADA, "DELETE", "/v1/counters/visits", if_match='"4"')
    await settle(house.backend)
    assert problem(await house(ADA, "GET", "/v1/counters/visits/activity")) == (404, "counter_not_found")
    await house(ADA, "POST", "/v1/counters/visits/increment", {})
    assert await days() == []


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("base", BASES)
async def test_the_life_of_a_counter(house: House, clock: ManualClock, base: str) -> None:
    assert problem(await house(ADA, "GET", f"{base}/visits")) == (404, "counter_not_found")
    assert problem(await house(ADA, "GET", f"{base}/visits/moves")) == (404, "counter_not_found")
    made = await house(ADA, "POST", f"{base}/visits/increment", {})
    born = clock.now().isoformat().replace("+00:00", "Z")
    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    assert made.json() == {"name": "visits", "value": 1, "version": 1, "updated_at": born}
    clock.move(timedelta(seconds=1))
    down = await house(ADA, "POST", f"{base}/visits/decrement", {"by": 5})
    assert (down.json()["value"], down.json()["version"]) == (-4, 2)
    reset = await house(ADA, "POST", f"{base}/visits/reset", {"value": 10}, if_match='"2"')
    assert (reset.json()["value"], reset.headers["etag"]) == (10, '"3"')
    moves = (await house(ADA, "GET", f"{base}/visits/moves")).json()["items"]
    assert [(m["amount"], m["value"], m["version"]) for m in moves] == [(None, 10, 3), (-5, -4, 2), (1, 1, 1)]
    assert {m["created_by"] for m in moves} == {str(ADA.id)}
    gone = await house(ADA, "DELETE", f"{base}/visits", if_match='"3"')
    assert (gone.status_code, gone.content) == (204, b"")
    assert problem(await house(ADA, "GET", f"{base}/visits")) == (404, "counter_not_found")
    assert problem(await house(ADA, "DELETE", f"{base}/visits", if_match='"3"')) == (404, "counter_not_found")
    again = await house(ADA, "POST", f"{base}/visits/increment", {})
    assert (again.json()["value"], again.json()["version"]) == (1, 1)


@pytest.mark.parametrize(("method", "path", "body"), [("POST", "/reset", {"value": 9}), ("DELETE", "", None)])
async def test_a_change_says_what_it_is_based_on(
    house: House, method: str, path: str, body: dict[str, int] | None
) -> None:
    for _ in range(3):
        await house(ADA, "POST", "/v1/counters/visits/increment", {})
    url = f"/v1/counters/visits{path}"
    assert problem(await house(ADA, method, url, body)) == (428, "precondition_required")
    stale = await house(ADA, method, url, body, if_match='"2"')
    assert (problem(stale), stale.json()["version"]) == ((412, "counter_changed"), 3)
    assert problem(await house(ADA, method, url, body, if_match='"4"')) == (412, "counter_changed")
    for malformed in ("3", "*", '"3', '"1", "3"', ""):
        assert problem(await house(ADA, method, url, body, if_match=malformed)) == (400, "bad_request")
    for never in ('W/"3"', '"abc"', '"-3"'):
        assert problem(await house(ADA, method, url, body, if_match=never)) == (412, "precondition_failed")
    seen = (await house(ADA, "GET", "/v1/counters/visits")).json()
    assert (seen["value"], seen["version"]) == (3, 3)
    assert (await house(ADA, method, url, body, if_match='"3"')).status_code in {200, 204}


async def test_a_move_sent_again_with_its_key_counts_once(house: House, clock: ManualClock) -> None:
    url = "/v1/counters/visits"
    first = await house(ADA, "POST", f"{url}/increment", {"by": 3}, idempotency_key="one")
    clock.move(timedelta(hours=23))
    await house(ADA, "POST", f"{url}/increment", {"by": 1})
    replayed = await house(ADA, "POST", f"{url}/increment", {"by": 3}, idempotency_key="one")
    assert (replayed.status_code, replayed.content) == (200, first.content)
    assert replayed.headers["etag"] == first.headers["etag"]
    for path, body in (("increment", {"by": 4}), ("decrement", {"by": 3})):
        other = await house(ADA, "POST", f"{url}/{path}", body, idempotency_key="one")
        assert problem(other) == (422, "idempotency_key_reused")
    reset = await house(ADA, "POST", f"{url}/reset", {"value": 7}, idempotency_key="two", if_match='"2"')
    again = await house(ADA, "POST", f"{url}/reset", {"value": 7}, idempotency_key="two", if_match='"2"')
    assert (reset.json()["value"], again.content) == (7, reset.content)
    for value in (8, 0):
        other = await house(
            ADA, "POST", f"{url}/reset", {"value": value}, idempotency_key="two", if_match='"3"'
        )
        assert problem(other) == (422, "idempotency_key_reused")
    seen = (await house(ADA, "GET", url)).json()
    assert (seen["value"], seen["version"]) == (7, 3)
    elsewhere = await house(ADA, "POST", "/v1/counters/other/increment", {"by": 3}, idempotency_key="one")
    assert problem(elsewhere) == (422, "idempotency_key_reused")


async def test_the_range_holds_at_both_ends(house: House) -> None:
    for move, end in (("increment", LARGEST), ("decrement", -LARGEST)):
        url = f"/v1/counters/{move}"
        assert (await house(ADA, "POST", f"{url}/{move}", {"by": LARGEST})).json()["value"] == end
        for by in (1, LARGEST):
            beyond = await house(ADA, "POST", f"{url}/{move}", {"by": by})
            assert problem(beyond) == (409, "counter_out_of_range")
        seen = (await house(ADA, "GET", url)).json()
        assert (seen["value"], seen["version"]) == (end, 1)


async def test_every_failing_field_is_named_and_nothing_is_stored(house: House) -> None:
    long_key = "k" * 256
    refused = await house(
        ADA, "POST", "/v1/counters/-bad name/increment?x=1", {"by": 0, "to": 1}, idempotency_key=long_key
    )
    assert problem(refused) == (422, "invalid")
    assert {error["pointer"] for error in refused.json()["errors"]} == {
        "#path/name",
        "?x",
        "@idempotency-key",
        "/by",
        "/to",
    }  # fmt: skip - a table reads better in columns
    for by in (0, -1, LARGEST + 1, 1.5, "1", True, None):
        answer = await house(ADA, "POST", "/v1/counters/x/increment", {"by": by})
        assert problem(answer) == (422, "invalid"), by
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/by"], by
    for value in (LARGEST + 1, -LARGEST - 1, "0"):
        answer = await house(ADA, "POST", "/v1/counters/x/reset", {"value": value}, if_match='"1"')
        assert problem(answer) == (422, "invalid"), value
    for name in (".x", "a" * 65, "a b", "ä"):
        assert problem(await house(ADA, "GET", f"/v1/counters/{name}")) == (422, "invalid"), name
    assert (await house(ADA, "GET", "/v1/counters")).json()["items"] == []


async def test_lists_sort_and_page(house: House, clock: ManualClock) -> None:
    for name, by in (("b", 2), ("a", 3), ("d", 1), ("c", 2)):
        await house(ADA, "POST", f"/v1/counters/{name}/increment", {"by": by})
        clock.move(timedelta(seconds=1))

    async def names(query: str) -> list[str]:
        answer = await house(ADA, "GET", f"/v1/counters{query}")
        assert answer.status_code == 200, answer.text
        return [counter["name"] for counter in answer.json()["items"]]

    assert await names("") == ["a", "b", "c", "d"]
    assert await names("?sort=-name") == ["d", "c", "b", "a"]
    assert await names("?sort=value,-name") == ["d", "c", "b", "a"]
    assert await names("?sort=-value,name") == ["a", "b", "c", "d"]
    assert await names("?sort=updated_at") == ["b", "a", "d", "c"]
    page = await house(ADA, "GET", "/v1/counters?limit=3")
    assert [counter["name"] for counter in page.json()["items"]] == ["a", "b", "c"]
    assert 'rel="next"' in page.headers["link"]
    cursor = page.json()["next_cursor"]
    assert await names(f"?limit=3&cursor={cursor}") == ["d"]
    assert problem(await house(ADA, "GET", f"/v1/counters?sort=-name&cursor={cursor}")) == (400, "bad_cursor")
    assert problem(await house(ADA, "GET", f"/v1/me/counters?cursor={cursor}x")) == (400, "bad_cursor")
    wrong = await house(ADA, "GET", "/v1/counters?limit=0&sort=owner_id&owner_id=1")
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"?limit", "?sort", "?owner_id"}


async def test_moves_page_from_the_newest(house: House) -> None:
    for by in range(1, 6):
        await house(ADA, "POST", "/v1/counters/x/increment", {"by": by})
    walked, query = [], "?limit=2"
    while True:
        page = (await house(ADA, "GET", f"/v1/counters/x/moves{query}")).json()
        walked += [move["amount"] for move in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"?limit=2&cursor={page['next_cursor']}"
    assert walked == [5, 4, 3, 2, 1]
    oldest = (await house(ADA, "GET", "/v1/counters/x/moves?sort=created_at")).json()["items"]
    assert [move["amount"] for move in oldest] == [1, 2, 3, 4, 5]


async def test_what_is_shared_is_shared_and_what_is_ones_own_is_not(house: House) -> None:
    for who, by in ((ADA, 1), (BOB, 10), (EVE, 100)):
        await house(who, "POST", "/v1/counters/x/increment", {"by": by})
        await house(who, "POST", "/v1/me/counters/x/increment", {"by": by})
    for who, shared, own in ((ADA, 11, 1), (BOB, 11, 10), (EVE, 100, 100)):
        for base, value in (("/v1/counters", shared), ("/v1/me/counters", own)):
            assert (await house(who, "GET", f"{base}/x")).json()["value"] == value
            listed = (await house(who, "GET", base)).json()["items"]
            assert [(counter["name"], counter["value"]) for counter in listed] == [("x", value)]
    moves = (await house(BOB, "GET", "/v1/counters/x/moves")).json()["items"]
    assert [move["created_by"] for move in moves] == [str(BOB.id), str(ADA.id)]


async def test_a_key_is_ones_own_organizations(house: House) -> None:
    for who in (ADA, EVE):
        answer = await house(who, "POST", "/v1/counters/x/increment", {"by": 2}, idempotency_key="same")
        assert (answer.json()["value"], answer.json()["version"]) == (2, 1)


async def test_both_versions_answer_and_the_old_one_says_that_it_ends(house: House) -> None:
    await house(ADA, "POST", "/v1/counters/x/increment", {})
    old, new = await house(ADA, "GET", "/v1/counters/x"), await house(ADA, "GET", "/v2/counters/x")
    assert set(new.json()) - set(old.json()) == {"updated_at"}
    assert old.json() == {"name": "x", "value": 1, "version": 1}
    assert old.headers["deprecation"] == "@1793491200"
    assert old.headers["sunset"] == "Mon, 01 Nov 2027 00:00:00 GMT"
    assert old.headers["link"] == '</v2/counters/x>; rel="successor-version"'
    assert not {"deprecation", "sunset", "link"} & set(new.headers)
    asked = await house(ADA, "GET", "/counters/x", accept_version="2")
    assert asked.json() == new.json()
    missing = await house(ADA, "GET", "/v1/counters/none")
    assert (problem(missing), "sunset" in missing.headers) == ((404, "counter_not_found"), True)
    assert problem(await house(ADA, "GET", "/v2/counters/none")) == (404, "counter_not_found")
    # In another organization the same name and version are another counter: no tag makes a browser keep this one.
    await house(EVE, "POST", "/v1/counters/x/increment", {"by": 7})
    asked = await house(EVE, "GET", "/v2/counters/x", if_none_match=new.headers["etag"])
    assert (asked.status_code, asked.json()["value"], asked.headers["etag"]) == (200, 7, '"1"')
    assert new.headers["cache-control"] == "no-store"


async def test_the_card_counts_the_organizations_counters(house: House) -> None:
    await house(ADA, "POST", "/v1/counters/x/increment", {})
    await house(BOB, "POST", "/v1/me/counters/x/increment", {})
    assert module.card is not None
    for who, count in ((ADA, "2"), (EVE, "0")):
        assert (await module.card(house.backend.reader(who))).value == count
