"""Goods that carts hold in shops that want it so, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backstay.kernel.clock import ManualClock
from tests.products.commerce.carts.conftest import ADA, CARTS, SHOP, Shopper, Store, problem

HOLD = timedelta(minutes=10)


async def stocked(store: Store, **units: int) -> None:
    """A shop that holds carts' goods for ten minutes, and has so many of each."""
    shop = await store.manage("GET", SHOP)
    hold = {"cart_hold": HOLD.seconds}
    await store.manage("PATCH", SHOP, hold, if_match=f'"{shop["version"]}"')
    place = await store.manage("POST", f"{SHOP}/inventory/locations", {"name": "Shelf"})
    for title, by in units.items():
        delivered = {
            "variant_id": store.variants[title],
            "location_id": place["id"],
            "by": by,
            "reason": "delivered",
        }
        await store.manage("POST", f"{SHOP}/inventory/adjustments", delivered, idempotency_key=title)


async def held(store: Store) -> int:
    """Units that carts hold in time."""
    found = await store.manage("GET", f"{SHOP}/inventory/reservations")
    return sum(one["units"] for one in found["items"])


def held_until(who: Shopper) -> datetime | None:
    told: str | None = who.seen["cart"]["held_until"]
    return None if told is None else datetime.fromisoformat(told)


async def short(who: Shopper, store: Store, **quantities: Any) -> list[tuple[int, int]]:
    """What was asked for and what was there, of a change that is refused."""
    answer = await who.ask("POST", "/lines", store.lines(**quantities))
    assert problem(answer) == (409, "insufficient_stock")
    return [(one["wanted"], one["available"]) for one in answer.json()["shortages"]]


async def test_what_is_in_a_cart_is_nobody_elses_for_as_long_as_the_shop_says(
    store: Store, clock: ManualClock
) -> None:
    await stocked(store, mug=3)
    ada = await store.guest(mug=2, poster=1)
    assert held_until(ada) == clock.now() + HOLD
    eve = await store.guest(mug=1)
    assert await held(store) == 3
    assert await short(eve, store, mug=1) == [(2, 1)]
    assert await eve.bag() == {"mug": 1}
    # One's own hold does not stand in one's way; what is wanted less, or later, is given back at once.
    await ada.do("PUT", "/lines", store.lines(mug=1))
    await eve.do("POST", "/lines", store.lines(mug=1))
    await ada.do("PUT", "/lines", store.lines(mug={"saved": True}))
    assert await held(store) == 2
    clock.move(timedelta(minutes=4))
    later = held_until(eve)
    # An address is no reason to hold them longer; another unit is.
    await eve.do("PATCH", "", {"email": "eve@example.test"})
    assert held_until(eve) == later
    await eve.do("POST", "/lines", store.lines(mug=1))
    assert held_until(eve) == clock.now() + HOLD
    await ada.do("PUT", "/lines", store.lines(mug=0, poster=0))
    assert held_until(ada) is None
    clock.move(HOLD)
    assert await held(store) == 0
    await ada.do("POST", "/lines", store.lines(mug=3))
    assert await held(store) == 3


async def test_a_sign_in_lets_go_of_both_carts_and_the_next_change_holds_anew(store: Store) -> None:
    await stocked(store, mug=3)
    account = await store.account(ADA, mug=1)
    guest = await store.guest(mug=2)
    assert guest.token is not None
    assert await held(store) == 3
    joined = await store.house(ADA, "POST", f"{CARTS}/{guest.id}/merge", x_cart_token=guest.token)
    assert (joined.status_code, joined.json()["cart"]["held_until"]) == (200, None)
    assert await account.bag() == {"mug": 3}
    assert await held(store) == 0
    await account.do("PUT", "/lines", store.lines(mug=2))
    assert await held(store) == 2


async def test_where_the_account_has_no_cart_it_takes_over_the_guests_with_its_hold(store: Store) -> None:
    await stocked(store, mug=1)
    guest = await store.guest(mug=1)
    assert guest.token is not None
    joined = await store.house(ADA, "POST", f"{CARTS}/{guest.id}/merge", x_cart_token=guest.token)
    assert joined.json()["cart"]["held_until"] == guest.seen["cart"]["held_until"]
    assert await held(store) == 1


async def test_a_shop_that_does_so_no_more_lets_go_with_the_next_change(store: Store) -> None:
    await stocked(store, mug=2)
    guest = await store.guest(mug=1)
    shop = await store.manage("GET", SHOP)
    await store.manage("PATCH", SHOP, {"cart_hold": None}, if_match=f'"{shop["version"]}"')
    assert await held(store) == 1
    await guest.do("POST", "/lines", store.lines(mug=1))
    assert (held_until(guest), await held(store)) == (None, 0)
