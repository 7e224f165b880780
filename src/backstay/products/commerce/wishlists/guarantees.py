"""What wishlists promise, on two servers that are killed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.products.commerce.shops import Shop
from backstay.products.commerce.wishlists.contracts import Wishlist, WishlistItem
from backstay.products.commerce.wishlists.service import shopping
from backstay.products.commerce.wishlists.service.keeping import save

_WISHES: Final = 12
_PATIENCE: Final = 200
"""Tries of one move: a server that was killed takes a while to come back."""
_ANSWERED: Final = frozenset({200, 404})


@guarantee(
    "a-wish-is-in-one-place",
    promise="However often a wish is put into a cart at once, and whatever server is killed in the middle: "
    "it is on the list or in the cart, and there once.",
    safety="break",
    faults=["kill"],
    core=False,  # the core set has a minute for all systems
)
async def a_wish_is_in_one_place(lab: Lab) -> Verdict:
    """Several windows of one shopper move the same wishes, and both servers are killed."""
    app = await lab.server(processes=2)
    slug = lab.unique("wishes").lower().replace("_", "-")
    lists, carts = f"/v1/store/{slug}/wishlists", f"/v1/store/{slug}/carts"
    variants: list[str] = []
    places: dict[str, str] = {}

    async def open_shop(client: Client) -> None:
        await client.post("/v1/shops", json={"slug": slug, "name": slug, "currency": "EUR", "country": "DE"})
        product = await client.post(f"/v1/shops/{slug}/products", json=_product())
        variants.extend(one["id"] for one in product["variants"])
        for variant in variants:
            made = await client.request("PUT", f"{lists}/default/items/{variant}", json={}, name="PUT wish")
            places["list"] = made["id"]
        places["cart"] = (await client.post(carts, json={}))["cart"]["id"]

    await lab.clients(1).each(1, open_shop)
    left = variants[:2]

    async def move(client: Client) -> None:
        """All but two, in any order, each until the answer is yes or that it is not there any more."""
        for variant in client.random.sample(variants[2:], len(variants) - 2):
            path = f"{lists}/{places['list']}/items/{variant}/move"
            for _ in range(_PATIENCE):
                reply = await client.request(
                    "POST", path, json={"cart_id": places["cart"]}, about=variant, name="POST move"
                )
                if reply.status in _ANSWERED:
                    break
                await asyncio.sleep(0.05)

    load = asyncio.create_task(lab.clients(4, timeout=20).each(1, move))
    await asyncio.sleep(lab.random.uniform(0.1, 0.4))
    await app.kill()
    await app.restart()
    await load
    listed = [one["item"]["variant_id"] for one in (await app.get(f"{lists}/{places['list']}"))["items"]]
    lines = (await app.get(f"{carts}/{places['cart']}"))["lines"]
    bought = {one["variant_id"]: one["quantity"] for one in lines}
    return judge(
        *(
            _once(variant, listed.count(variant), bought.get(variant, 0), moved=variant not in left)
            for variant in variants
        ),
        wishes=len(variants),
        moved=len(bought),
    )


def _once(variant: str, listed: int, bought: int, *, moved: bool) -> Finding | None:
    if (listed, bought) == ((0, 1) if moved else (1, 0)):
        return None
    return Finding(f"{variant} is {listed} times on the list and {bought} times in the cart")


def _product() -> dict[str, Any]:
    price = [{"currency": "EUR", "amount": 100}]
    return {
        "title": "wish",
        "options": ["Size"],
        "published_from": "2020-01-01T00:00:00Z",
        "variants": [
            {"sku": f"wish-{number}", "options": [str(number)], "prices": price} for number in range(_WISHES)
        ],
    }


@a_wish_is_in_one_place.sabotage("put it into the cart without looking whether it is on the list")
def moved_twice(patch: Patch) -> None:
    """Another window, or a second try, puts it there again."""

    def leave(items: tuple[WishlistItem, ...], variant_id: UUID) -> tuple[WishlistItem, ...]:
        return tuple(one for one in items if one.variant_id != variant_id)

    patch(shopping, "without", leave)


@a_wish_is_in_one_place.sabotage("take it off the list with the next one's commit")
def taken_off_later(patch: Patch) -> None:
    """What died with the process is on the list and in the cart."""
    gone: set[UUID] = set()

    async def later(
        uow: UnitOfWork, shop: Shop, before: Wishlist, items: Sequence[WishlistItem], **others: Any
    ) -> None:
        left = {one.variant_id for one in items}
        taken = [one for one in before.items if one.variant_id not in left]
        still = [one for one in (*items, *taken) if one.variant_id not in gone]
        await save(uow, shop, before, still, **others)
        gone.update(one.variant_id for one in taken)

    patch(shopping, "save", later)
