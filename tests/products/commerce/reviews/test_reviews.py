"""Reviews of what was bought, what they come to, and what becomes of them, on both databases."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.actor import SYSTEM
from backstay.products.commerce.catalog import NoSuchProduct
from backstay.products.commerce.reviews import ImportedReview, import_review
from backstay.products.commerce.reviews.contracts import ReviewSettings, Tally
from backstay.products.commerce.reviews.service import PERSONAL
from backstay.products.commerce.reviews.service.rating import bayesian
from backstay.products.commerce.shops import own
from tests.conftest import make_actor
from tests.products.commerce.orders.conftest import SHOP
from tests.products.commerce.reviews.conftest import ADA, EVE, STORE, Stall, problem


async def test_whoever_got_it_reviews_it_once_and_changes_it(stall: Stall) -> None:
    order = await stall.buy(mug=1, tea=2)
    path = f"{STORE}/orders/{order['id']}/reviews"
    proof = {"x_order_token": order["token"]}
    body: dict[str, Any] = {
        "line_id": "1",
        "rating": 5,
        "title": "Holds tea",
        "text": "And heat.",
        "author": "Ada",
    }
    assert problem(await stall.send("POST", path, body)) == (404, "order_not_found")
    assert problem(await stall.send("POST", path, body, **proof)) == (409, "not_reviewable")
    await stall.fulfil(order["id"])
    wrong = await stall.send("POST", path, {"line_id": "9", "rating": 5}, **proof)
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/line_id"]
    wrong = await stall.send("POST", path, {"line_id": "1", "rating": 6, "author": " "}, **proof)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")

    made = await stall.ask("POST", path, body, **proof)
    assert (made["state"], made["product_id"], made["version"]) == ("published", stall.product("mug"), 1)
    again = await stall.send("POST", path, body, **proof)
    assert (problem(again), again.json()["review_id"]) == ((409, "already_reviewed"), made["id"])
    # Five people's 3.5 and one's 5.0: 22.5 stars of six.
    told = await stall.rating("mug")
    assert told == {
        "product_id": stall.product("mug"),
        "rating": 3750,
        "average": 5000,
        "count": 1,
        "stars": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1},
    }
    assert (await stall.rating("tea"))["rating"] is None
    (shown,) = (await stall.ask("GET", f"{STORE}/reviews?product_id={made['product_id']}"))["items"]
    assert (shown["author"], shown["verified"], shown["helpful"]) == ("Ada", True, 0)
    assert not {"order_id", "line_id", "reports", "state"} & shown.keys()

    one = f"{path}/{made['id']}"
    other = f"{STORE}/orders/{(await stall.sent(tea=1))['id']}/reviews/{made['id']}"
    assert problem(await stall.send("PATCH", other, {"rating": 1}, if_match='"1"', **proof)) == (
        404,
        "order_not_found",
    )
    changed = await stall.ask("PATCH", one, {"rating": 2, "text": "It broke."}, if_match='"1"', **proof)
    assert (changed["rating"], changed["title"], changed["version"]) == (2, "Holds tea", 2)
    assert problem(await stall.send("PATCH", one, {"rating": 1}, if_match='"1"', **proof)) == (
        412,
        "stale_review",
    )
    assert (await stall.rating("mug"))["rating"] == 3250
    assert [one["rating"] for one in await stall.ask("GET", path, **proof)] == [2]
    await stall.ask("DELETE", one, if_match='"2"', **proof)
    assert ((await stall.rating("mug"))["count"], (await stall.rating("mug"))["rating"]) == (0, None)
    await stall.review(order, 4, line="2")
    found = await stall.ask("GET", f"{STORE}/products?sort=rating&rating=3")
    assert [(one["slug"], one["rating"]) for one in found["items"]] == [("tea", 3583)]
    assert found["facets"]["ratings"] == [{"at_least": n, "count": 1} for n in (3, 2, 1)]


async def test_a_merchant_looks_at_reviews_answers_and_says_how_they_count(stall: Stall) -> None:
    first, second = await stall.sent(mug=1), await stall.sent(mug=1)
    rule = {"moderated": True, "prior_mean": 3000, "prior_weight": 1}
    assert await stall.manage("PUT", "/reviews/settings", rule) == rule
    await stall.work()
    made = await stall.review(first, 5)
    assert (made["state"], (await stall.rating("mug"))["count"]) == ("pending", 0)
    one = f"/reviews/{made['id']}"
    listed = (await stall.manage("GET", "/reviews?state=pending"))["items"]
    assert [review["id"] for review in listed] == [made["id"]]
    shown = await stall.manage("POST", f"{one}/publish", if_match='"1"')
    assert (shown["state"], (await stall.rating("mug"))["rating"]) == ("published", 4000)
    replied = await stall.manage("PUT", f"{one}/reply", {"text": "Thank you!"}, if_match='"2"')
    (seen,) = (await stall.ask("GET", f"{STORE}/reviews"))["items"]
    assert (replied["reply"], seen["reply"]) == ("Thank you!", "Thank you!")

    path = f"{STORE}/orders/{first['id']}/reviews/{made['id']}"
    proof = {"x_order_token": first["token"]}
    again = await stall.ask("PATCH", path, {"text": "Longer."}, if_match='"3"', **proof)
    assert (again["state"], (await stall.rating("mug"))["count"]) == ("pending", 0)
    no = await stall.manage("POST", f"{one}/reject", {"reason": "Names somebody"}, if_match='"4"')
    (own_,) = await stall.ask("GET", f"{STORE}/orders/{first['id']}/reviews", **proof)
    assert (no["state"], own_["reason"]) == ("rejected", "Names somebody")
    plain = {"moderated": False, "prior_mean": 3000, "prior_weight": 0}
    await stall.manage("PUT", "/reviews/settings", plain)
    # What was rejected is looked at again, whatever the shop does with new ones.
    assert (await stall.ask("PATCH", path, {"text": "Short."}, if_match='"5"', **proof))["state"] == "pending"
    # By a guest's order, but signed in: it is their account's.
    path = f"{STORE}/orders/{second['id']}/reviews"
    body = {"line_id": "1", "rating": 4}
    await stall.ask("POST", path, body, who=EVE, x_order_token=second["token"])
    (mine,) = (await stall.ask("GET", f"{STORE}/reviews/own", who=EVE))["items"]
    assert (mine["rating"], (await stall.rating("mug"))["rating"]) == (4, 4000)
    await stall.manage("PUT", "/reviews/settings", {**plain, "prior_mean": 1000, "prior_weight": 2})
    await stall.work()
    assert (await stall.rating("mug"))["rating"] == 2000
    trail = await stall.ask("GET", f"/v1/audit/records?subject_id={made['id']}", who=stall.merchant)
    assert [record["action"] for record in trail["items"]] == [
        "reviews.review_rejected",
        "reviews.reply_changed",
        "reviews.review_published",
    ]
    eve = make_actor("eve")
    for method, where in (("GET", "/reviews"), ("GET", one), ("GET", f"{one}/reports")):
        answer = await stall.send(method, f"/v1/shops/{SHOP}{where}", who=eve)
        assert problem(answer) == (404, "shop_not_found")


async def test_what_was_refunded_is_withdrawn_and_counts_no_more(stall: Stall) -> None:
    order = await stall.sent(mug=2, tea=1)
    made = await stall.review(order, 1)
    await stall.review(order, 5, line="2")
    await stall.refund(order["id"], "1", 1)
    assert (await stall.rating("mug"))["count"] == 1
    await stall.refund(order["id"], "1", 1)
    assert [(await stall.rating(sku))["count"] for sku in ("mug", "tea")] == [0, 1]
    proof = {"x_order_token": order["token"]}
    path = f"{STORE}/orders/{order['id']}/reviews"
    states = {one["id"]: one["state"] for one in await stall.ask("GET", path, **proof)}
    assert sorted(states.values()) == ["published", "withdrawn"]
    assert states[made["id"]] == "withdrawn"
    for method, json in (("PATCH", {"rating": 5}), ("DELETE", None)):
        answer = await stall.send(method, f"{path}/{made['id']}", json, if_match='"2"', **proof)
        assert problem(answer) == (409, "review_withdrawn")
    late = await stall.sent(mug=1)
    await stall.refund(late["id"], "1", 1)
    answer = await stall.send(
        "POST",
        f"{STORE}/orders/{late['id']}/reviews",
        {"line_id": "1", "rating": 1},
        x_order_token=late["token"],
    )
    assert problem(answer) == (409, "not_reviewable")


async def test_accounts_say_what_helped_and_what_is_wrong(stall: Stall) -> None:
    order = await stall.sent(ADA, mug=1)
    path = f"{STORE}/orders/{order['id']}/reviews"
    assert problem(await stall.send("GET", path, who=EVE)) == (404, "order_not_found")
    made = await stall.ask("POST", path, {"line_id": "1", "rating": 4, "text": "Blue."}, who=ADA)
    (mine,) = (await stall.ask("GET", f"{STORE}/reviews/own", who=ADA))["items"]
    assert (mine["id"], (await stall.ask("GET", f"{STORE}/reviews/own", who=EVE))["items"]) == (
        made["id"],
        [],
    )
    one = f"{STORE}/reviews/{made['id']}"
    for answer, expected in (
        (await stall.send("PUT", f"{one}/helpful"), (401, "unauthenticated")),
        (await stall.send("GET", f"{STORE}/reviews/own"), (401, "unauthenticated")),
        (await stall.send("PUT", f"{one}/helpful", who=ADA), (409, "own_review")),
        (
            await stall.send("PUT", f"{STORE}/reviews/{order['id']}/helpful", who=EVE),
            (404, "review_not_found"),
        ),
    ):
        assert problem(answer) == expected
    for method, expected_count in (("PUT", 1), ("PUT", 1), ("DELETE", 0), ("DELETE", 0), ("PUT", 1)):
        assert await stall.ask(method, f"{one}/helpful", who=EVE) == {"helpful": expected_count}
    report = {"reason": "private", "text": "That is my address."}
    for _ in range(2):
        await stall.ask("POST", f"{one}/reports", report, who=EVE)
    (listed,) = (await stall.manage("GET", "/reviews?reported=true"))["items"]
    assert (listed["reports"], listed["helpful"]) == (1, 1)
    (held,) = (await stall.manage("GET", f"/reviews/{made['id']}/reports"))["items"]
    assert (held["reason"], held["handled_at"]) == ("private", None)
    await stall.manage("POST", f"/reviews/{made['id']}/publish", if_match=f'"{listed["version"]}"')
    assert (await stall.manage("GET", "/reviews?reported=true"))["items"] == []
    (held,) = (await stall.manage("GET", f"/reviews/{made['id']}/reports"))["items"]
    assert held["handled_at"] is not None

    database = stall.house.backend.database
    kept = await PERSONAL.export(database.reader(SYSTEM), ADA.id)
    assert ([row.text for row in kept["reviews"]], kept["helpful"]) == (["Blue."], [])
    assert await database.run(SYSTEM, lambda uow: PERSONAL.erase(uow, ADA.id)) == 1
    assert await database.run(SYSTEM, lambda uow: PERSONAL.erase(uow, EVE.id)) == 2
    kept = await PERSONAL.export(database.reader(SYSTEM), EVE.id)
    assert kept == {"reviews": [], "helpful": [], "reports": []}
    (shown,) = (await stall.ask("GET", f"{STORE}/reviews"))["items"]
    assert (shown["rating"], shown["text"], shown["helpful"]) == (4, "", 1)
    assert (await stall.rating("mug"))["count"] == 1


async def test_reviews_from_elsewhere_are_shown_as_such_and_taken_once(stall: Stall) -> None:
    database = stall.house.backend.database
    mug, tea = UUID(stall.product("mug")), UUID(stall.product("tea"))

    async def take(product: UUID, rating: int) -> UUID:
        async def work(uow: Any) -> UUID:
            new = ImportedReview(
                product_id=product,
                source="dummyjson",
                source_id="1/1",
                rating=rating,
                text="Fine.",
                author="Eleanor",
                written_at=stall.clock.now(),
            )
            return await import_review(uow, await own(uow, SHOP), new)

        return await database.run(stall.merchant, work)

    first = await take(mug, 5)
    assert await take(mug, 3) == first
    assert (await stall.rating("mug"))["stars"]["3"] == 1
    moved = await take(tea, 3)
    assert (moved != first, (await stall.rating("mug"))["count"], (await stall.rating("tea"))["count"]) == (
        True,
        0,
        1,
    )
    (shown,) = (await stall.ask("GET", f"{STORE}/reviews?verified=false"))["items"]
    assert (shown["source"], shown["verified"], shown["author"]) == ("dummyjson", False, "Eleanor")
    with pytest.raises(NoSuchProduct):
        await take(first, 3)
    assert (await stall.rating("tea"))["count"] == 1


@given(
    tally=st.builds(Tally, *(st.integers(0, 10**6) for _ in range(5))),
    mean=st.integers(1000, 5000),
    weight=st.integers(0, 10_000),
)
def test_a_rating_lies_between_the_mean_and_the_average(tally: Tally, mean: int, weight: int) -> None:
    rating = bayesian(tally, ReviewSettings(False, mean, weight))
    if not tally.count:
        assert rating is None
        return
    exact = (weight * mean + 1000 * tally.stars) / (weight + tally.count)
    assert rating is not None
    assert 1000 <= rating <= 5000
    assert abs(rating - exact) <= 0.5 + 1e-6
