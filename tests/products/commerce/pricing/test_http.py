"""The sum over HTTP: what is asked, what is answered, and how a basket that cannot be priced is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backstay.kernel.clock import ManualClock
from backstay.products.commerce.pricing.module import module
from tests.conftest import make_actor
from tests.house import House, open_house

ADA = make_actor("ada")
NOBODY_MUCH = make_actor("nobody", permissions=())
URL = "/v1/pricing/totals"


@pytest.fixture
def engine_name() -> str:
    """Nothing here touches the database."""
    return "sqlite"


@pytest.fixture
async def house(database_url: str, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house([module], database_url, clock) as opened:
        yield opened


async def test_a_basket_is_reckoned(house: House) -> None:
    basket = {
        "currency": "EUR",
        "lines": [
            {"id": "a", "unit_price": 999, "quantity": 3, "taxes": [{"name": "standard", "ppm": 190_000}]}
        ],
        "discounts": [{"id": "TEN", "off": {"kind": "percent", "ppm": 100_000}}],
    }
    answer = await house(ADA, "POST", URL, basket)
    assert answer.status_code == 200
    assert answer.json() == {
        "currency": "EUR",
        "subtotal": 2997,
        "discount": 300,
        "shipping": 0,
        "net": 2697,
        "tax": 512,
        "total": 3209,
        "lines": [
            {
                "id": "a",
                "quantity": 3,
                "subtotal": 2997,
                "discount": 300,
                "net": 2697,
                "tax": 512,
                "total": 3209,
                "steps": (
                    steps := [
                        _step("price", "a", 2997, "2997"),
                        _step("discount", "TEN", -300, "-2997/10"),
                        _step("tax", "standard", 512, "51243/100", ppm=190_000),
                    ]
                ),
            }
        ],
        "shipments": [],
        "taxes": [{"name": "standard", "ppm": 190_000, "net": 2697, "tax": 512}],
        "steps": [_step("price", "lines", 2997, "2997"), *steps[1:]],
    }


def _step(kind: str, name: str, amount: int, exact: str, *, ppm: int | None = None) -> dict[str, object]:
    return {"kind": kind, "id": name, "amount": amount, "exact": exact, "included": False, "ppm": ppm}


async def test_every_field_at_fault_is_named(house: House) -> None:
    basket = {
        "currency": "XXX",
        "lines": [{"id": "a", "unit_price": 1, "quantity": 1}, {"id": "a", "unit_price": 1, "quantity": 1}],
    }
    answer = await house(ADA, "POST", URL, basket)
    assert (answer.status_code, answer.json()["code"]) == (422, "unpriceable")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/currency", "/lines/1/id"]


async def test_types_are_judged_before_sense(house: House) -> None:
    basket = {"currency": "eur", "lines": [{"id": "", "unit_price": 0.5, "quantity": 0}], "tip": 1}
    answer = await house(ADA, "POST", URL, basket)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert {error["pointer"] for error in answer.json()["errors"]} == {
        "/currency",
        "/lines/0/id",
        "/lines/0/unit_price",
        "/lines/0/quantity",
        "/tip",
    }


async def test_who_may_not_ask_is_told(house: House) -> None:
    answer = await house(NOBODY_MUCH, "POST", URL, {"currency": "EUR"})
    assert (answer.status_code, answer.json()["permission"]) == (403, "pricing:reckon")
