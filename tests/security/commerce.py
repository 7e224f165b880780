"""How to make what the routes of commerce name: somebody's shop and what is in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from backstay.kernel.actor import Actor
from backstay.products.commerce.catalog.contracts.imports import RunExport, RunImport, UndoImport
from backstay.products.commerce.coupons.contracts import Generate, GenerateCodes
from backstay.products.commerce.reviews.contracts import Rerate
from backstay.systems.jobs import Jobs
from backstay.testing.cases import Target
from tests.house import House


async def _made(house: House, victim: Actor, path: str, body: Any) -> Any:
    answer = await house(victim, "POST", path, body, idempotency_key=str(uuid4()))
    assert answer.is_success, answer.text
    return answer.json()


async def _new_shop(house: House, victim: Actor) -> str:
    slug = f"shop-{uuid4().hex}"
    await _made(
        house, victim, "/v1/shops", {"slug": slug, "name": "Ours", "currency": "EUR", "country": "DE"}
    )
    return slug


async def shop(house: House, victim: Actor) -> Target:
    slug = await _new_shop(house, victim)
    way = {"name": "Post", "amount": 390, "currency": "EUR"}
    made = await _made(house, victim, f"/v1/shops/{slug}/shipping", way)
    return Target(
        {"shop": slug, "method_id": made["id"]},
        {
            "PATCH /v1/shops/{shop:str}": {"name": "Theirs"},
            "PUT /v1/shops/{shop:str}/taxes": {"rates": []},
            "POST /v1/shops/{shop:str}/shipping": way,
            "PUT /v1/shops/{shop:str}/shipping/{method_id:uuid}": way | {"amount": 1},
        },
    )


async def stock(house: House, victim: Actor) -> Target:
    slug, variant = await _new_shop(house, victim), str(uuid4())
    base, route = f"/v1/shops/{slug}/inventory", "/v1/shops/{shop:str}/inventory"
    # Three, of which the last has never had anything, so that it can be removed.
    places = [(await _made(house, victim, f"{base}/locations", {"name": name}))["id"] for name in "abc"]
    adjustment = {"variant_id": variant, "location_id": places[0], "by": 5, "reason": "delivered"}
    level = await _made(house, victim, f"{base}/adjustments", adjustment)
    hold = {"lines": [{"variant_id": variant, "quantity": 1}]}
    held = await _made(house, victim, f"{base}/reservations", hold)
    return Target(
        {
            "shop": slug,
            "level_id": level["id"],
            "location_id": places[2],
            "holder_id": held["holder_id"],
        },
        {
            f"POST {route}/locations": {"name": "theirs"},
            f"PATCH {route}/locations/{{location_id:uuid}}": {"name": "theirs"},
            f"PATCH {route}/levels/{{level_id:uuid}}": {"low_stock_at": 3},
            f"POST {route}/adjustments": adjustment,
            f"POST {route}/transfers": {
                "variant_id": variant,
                "from_location_id": places[0],
                "to_location_id": places[1],
                "quantity": 1,
            },
            f"POST {route}/counts": {
                "location_id": places[0],
                "lines": [{"variant_id": variant, "on_hand": 3}],
            },
            f"POST {route}/reservations": hold,
        },
    )


async def coupon(house: House, victim: Actor) -> Target:
    slug, holder = await _new_shop(house, victim), str(uuid4())
    base, route = f"/v1/shops/{slug}/coupons", "/v1/shops/{shop:str}/coupons"
    terms = {"name": "Ours", "off": {"kind": "percent", "ppm": 100_000}}
    made = await _made(house, victim, base, terms)
    code = await _made(house, victim, f"{base}/{made['id']}/codes", {"code": f"C-{uuid4().hex}"})
    line = {"id": "one", "amount": 100, "product_id": str(uuid4())}
    purchase = {"holder": holder, "codes": [code["code"]], "goods": {"currency": "EUR", "lines": [line]}}
    await _made(house, victim, f"{base}/claims", purchase)
    shop_id = (await house(victim, "GET", f"/v1/shops/{slug}")).json()["id"]
    return Target(
        {"shop": slug, "coupon_id": made["id"], "code_id": code["id"], "holder": holder},
        {
            f"POST {route}": terms,
            f"POST {route}/try": {"coupon": terms, "goods": purchase["goods"]},
            f"POST {route}/claims": purchase | {"holder": str(uuid4())},
            f"PATCH {route}/{{coupon_id:uuid}}": {"name": "Theirs"},
            f"POST {route}/{{coupon_id:uuid}}/codes": {"code": f"D-{uuid4().hex}"},
            f"POST {route}/{{coupon_id:uuid}}/codes/generate": {"count": 2},
        },
        jobs=[
            GenerateCodes(
                shop_id=UUID(shop_id), coupon_id=UUID(made["id"]), asked=Generate(count=2, prefix="T-")
            )
        ],
    )


async def gift_card(house: House, victim: Actor) -> Target:
    slug = await _new_shop(house, victim)
    base, route = f"/v1/shops/{slug}/gift-cards", "/v1/shops/{shop:str}/gift-cards"
    key = {"idempotency_key": str(uuid4())}
    made = await house(victim, "POST", base, {"amount": 100, "note": "Ours"}, **key)
    assert made.status_code == 201, made.text
    return Target(
        {"shop": slug, "card_id": made.json()["items"][0]["card"]["id"]},
        {
            f"POST {route}": {"amount": 100},
            f"PATCH {route}/{{card_id:uuid}}": {"note": "Theirs"},
            f"POST {route}/{{card_id:uuid}}/adjustments": {"by": -1, "reason": "Theirs"},
        },
    )


async def drop(house: House, victim: Actor) -> Target:
    slug = await _new_shop(house, victim)
    made = [
        await _made(house, victim, f"/v1/shops/{slug}/products", {"title": name, "variants": [{"sku": name}]})
        for name in ("gated", "free")
    ]
    gated, free = (one["variants"][0]["id"] for one in made)
    terms = {"name": "Ours", "variants": [gated], "opens_at": "2100-01-01T00:00:00Z", "at_once": 1}
    drop_id = (await _made(house, victim, f"/v1/shops/{slug}/drops", terms))["id"]
    route = "/v1/shops/{shop:str}/drops"
    return Target(
        {"shop": slug, "drop_id": drop_id},
        {
            f"POST {route}": terms | {"variants": [free]},
            f"PATCH {route}/{{drop_id:uuid}}": {"name": "Theirs"},
        },
    )


async def cart(house: House, victim: Actor) -> Target:
    slug = await _new_shop(house, victim)
    opened = await house(victim, "POST", f"/v1/store/{slug}/carts", {"email": "ours@example.test"})
    assert opened.status_code == 201, opened.text
    return Target({"shop": slug, "cart_id": opened.json()["cart"]["id"]}, {})


async def _bought(house: House, victim: Actor) -> tuple[str, Any]:
    """Goods that cost nothing: their order is paid as soon as it is placed. The shop, and the answer."""
    slug, sku = await _new_shop(house, victim), f"sku-{uuid4().hex}"
    goods = {
        "title": "Ours",
        "variants": [{"sku": sku, "prices": [{"currency": "EUR", "amount": 0}]}],
        "published_from": "2020-01-01T00:00:00Z",
    }
    made = await _made(house, victim, f"/v1/shops/{slug}/products", goods)
    line = {"variant_id": made["variants"][0]["id"], "quantity": 1}
    body = {"email": "ours@example.test", "lines": [line]}
    opened = (await house(None, "POST", f"/v1/store/{slug}/carts", body)).json()
    decided = {
        "cart_version": opened["cart"]["version"],
        "expected_total": 0,
        "return_url": "https://shop.example/thanks",
    }
    bought = await house(
        None,
        "POST",
        f"/v1/store/{slug}/carts/{opened['cart']['id']}/checkout",
        decided,
        x_cart_token=opened["token"],
        idempotency_key=str(uuid4()),
    )
    assert bought.status_code == 201, bought.text
    return slug, bought.json()


async def order(house: House, victim: Actor) -> Target:
    """One that is paid, so that it can be sent and called off."""
    slug, bought = await _bought(house, victim)
    route = "/v1/shops/{shop:str}/orders/{order_id:uuid}"
    unit = {"lines": [{"line_id": "1", "quantity": 1}], "reason": "theirs"}
    fewer = {"changes": [{"line_id": "1", "quantity": 2}]}
    return Target(
        {"shop": slug, "order_id": bought["order"]["id"], "fulfilment_id": str(uuid4())},
        {
            f"POST {route}/cancel": {"reason": "theirs"},
            f"POST {route}/fulfilments": {},
            f"POST {route}/returns": unit,
            f"POST {route}/refunds": unit,
            f"POST {route}/edits/preview": fewer,
            f"POST {route}/edits": fewer | {"expected_total": 0, "reason": "theirs"},
            f"POST {route}/notes": {"text": "theirs"},
            "POST /v1/shops/{shop:str}/orders/simulations": {
                "coupon": {"name": "Ours", "off": {"kind": "percent", "ppm": 100_000}}
            },
        },
    )


async def review(house: House, victim: Actor) -> Target:
    """Of what was sent to a guest."""
    slug, bought = await _bought(house, victim)
    order, route = bought["order"], "/v1/shops/{shop:str}/reviews"
    parcel = f"/v1/shops/{slug}/orders/{order['id']}/fulfilments"
    sent = await house(
        victim, "POST", parcel, {}, if_match=f'"{order["version"]}"', idempotency_key=str(uuid4())
    )
    assert sent.is_success, sent.text
    said = {"line_id": "1", "rating": 4, "text": "Ours"}
    path = f"/v1/store/{slug}/orders/{order['id']}/reviews"
    made = await house(None, "POST", path, said, x_order_token=bought["token"])
    assert made.is_success, made.text
    return Target(
        {"shop": slug, "review_id": made.json()["id"]},
        {
            f"PUT {route}/settings": {"moderated": True},
            f"POST {route}/{{review_id:uuid}}/reject": {"reason": "theirs"},
            f"PUT {route}/{{review_id:uuid}}/reply": {"text": "theirs"},
        },
        jobs=[Rerate(shop_id=UUID(order["shop_id"]))],
    )


async def catalogue(house: House, victim: Actor) -> Target:
    """A product, terms of every sort that nothing bears, a price list, an edit, an import and an export."""
    # Its jobs are not handed out: an import that has not run can be asked for and not be undone.
    await house.backend.part(Jobs).store.pause("catalog", paused=True)
    slug, sku = await _new_shop(house, victim), f"sku-{uuid4().hex}"
    base, route = f"/v1/shops/{slug}", "/v1/shops/{shop:str}"
    product = await _made(house, victim, f"{base}/products", {"title": "Ours", "variants": [{"sku": sku}]})
    # Another to be priced anew, so that the first is still as it was made.
    priced = [{"sku": f"sku-{uuid4().hex}", "prices": [{"currency": "EUR", "amount": 100}]}]
    await _made(house, victim, f"{base}/products", {"title": "Priced", "variants": priced})
    sorts = ("categories", "brands", "collections")
    for sort in sorts:
        await _made(house, victim, f"{base}/{sort}", {"name": "Ours", "slug": "ours"})
    prices = await _made(house, victim, f"{base}/price-lists", {"name": "Ours", "currency": "EUR"})
    edit = await _made(house, victim, f"{base}/price-edits", {"currency": "EUR", "ppm": 900_000})
    group = await _made(house, victim, f"{base}/customer-groups", {"code": "ours", "name": "Ours"})
    member = await _made(
        house, victim, f"{base}/customer-groups/{group['id']}/members", {"mail": "ours@example.test"}
    )
    file = {"format": "json", "content": "[]"}
    imported = await _made(house, victim, f"{base}/imports", file)
    exported = await _made(house, victim, f"{base}/exports", {"format": "json"})
    theirs = f"sku-{uuid4().hex}"
    return Target(
        {
            "shop": slug,
            "slug": "ours",
            "product_id": product["id"],
            "list_id": prices["id"],
            "edit_id": edit["id"],
            "group_id": group["id"],
            "member_id": member["id"],
            "import_id": imported["id"],
            "export_id": exported["id"],
        },
        {
            f"POST {route}/products": {"title": "Theirs", "variants": [{"sku": theirs}]},
            f"PATCH {route}/products/{{product_id:uuid}}": {"title": "Theirs"},
            **{f"POST {route}/{sort}": {"name": "Theirs"} for sort in sorts},
            **{f"PATCH {route}/{sort}/{{slug:str}}": {"name": "Theirs"} for sort in sorts},
            f"POST {route}/price-lists": {"name": "Theirs", "currency": "EUR"},
            f"PATCH {route}/price-lists/{{list_id:uuid}}": {"name": "Theirs"},
            f"POST {route}/price-lists/{{list_id:uuid}}/prices": {"prices": [{"sku": sku, "amount": 1}]},
            f"POST {route}/customer-groups": {"code": "theirs", "name": "Theirs"},
            f"PATCH {route}/customer-groups/{{group_id:uuid}}": {"name": "Theirs"},
            f"POST {route}/customer-groups/{{group_id:uuid}}/members": {"mail": "theirs@example.test"},
            f"POST {route}/price-edits": {"currency": "EUR", "ppm": 500_000},
            f"POST {route}/imports": file,
            f"POST {route}/exports": {"format": "csv"},
        },
        jobs=[
            RunImport(import_id=UUID(imported["id"])),
            UndoImport(import_id=UUID(imported["id"])),
            RunExport(export_id=UUID(exported["id"])),
        ],
    )
