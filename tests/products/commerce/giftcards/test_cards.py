"""Gift cards as merchants keep them, on both databases: issued, listed, changed, put right."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import statement
from backstay.kernel.signing import Keys
from backstay.products.commerce.giftcards.module import card as dashboard
from backstay.products.commerce.giftcards.service import CardCodes, codes
from backstay.products.commerce.giftcards.tables import cards as table
from tests.conftest import make_actor
from tests.products.commerce.giftcards.conftest import SHOP, Cards

URL = f"/v1/shops/{SHOP}/gift-cards"
IDA = make_actor("ida", permissions=("giftcards:read",))


async def refused(cards: Cards, method: str, path: str, json: Any, **headers: str) -> tuple[int, str, Any]:
    answer = await cards.market.send(method, f"{URL}{path}", json, who=cards.market.merchant, **headers)
    told = answer.json()
    return answer.status_code, told["code"], [one["pointer"] for one in told.get("errors", [])]


async def test_the_life_of_a_card(cards: Cards) -> None:
    market = cards.market
    ask = {"amount": 5000, "note": "Raffle", "email": "ada@example.test", "count": 3}
    answer = await market.send("POST", URL, ask, who=market.merchant, idempotency_key="one")
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store"), answer.text
    issued = answer.json()["items"]
    again = await market.send("POST", URL, ask, who=market.merchant, idempotency_key="one")
    assert again.json()["items"] == issued
    seen = [one["code"] for one in issued]
    assert len({codes.read(code) for code in seen}) == 3
    assert all(len(codes.read(code)) == 16 for code in seen)
    card = issued[0]["card"]
    assert await cards.read(card["id"]) == card
    assert (card["balance"], card["initial"], card["currency"], card["active"]) == (5000, 5000, "EUR", True)
    listed = await market.manage("GET", f"/gift-cards?last_four={card['last_four']}&active=true")
    assert [one["id"] for one in listed["items"]] == [card["id"]]
    assert (await dashboard(market.house.backend.database.reader(market.merchant))).value == "3"

    path, tag = f"/gift-cards/{card['id']}", '"1"'
    changed = await market.manage("PATCH", path, {"active": False, "email": None}, if_match=tag)
    assert (changed["active"], changed["email"], changed["note"], changed["version"]) == (
        *(False, None, "Raffle"),
        2,
    )
    assert await refused(cards, "PATCH", f"/{card['id']}", {"active": True}, if_match=tag) == (
        *(412, "stale_gift_card"),
        [],
    )
    less = {"by": -1200, "reason": "Miscounted"}
    assert (await market.manage("POST", f"{path}/adjustments", less))["balance"] == 3800
    assert (await market.manage("POST", f"{path}/adjustments", {"by": 200, "reason": "x"}))["balance"] == 4000
    for by in (1001, -4001):
        wrong = await refused(cards, "POST", f"/{card['id']}/adjustments", {"by": by, "reason": "x"})
        assert wrong == (409, "gift_card_balance_range", [])
    nothing = await refused(cards, "POST", f"/{card['id']}/adjustments", {"by": 0, "reason": "x"})
    assert nothing == (422, "invalid", ["/by"])
    assert await cards.book(card["id"]) == [
        ("issued", 5000, 5000),
        ("adjusted", -1200, 3800),
        ("adjusted", 200, 4000),
    ]
    found = await market.ask("GET", "/v1/audit/records?limit=100", who=market.merchant)
    about = [one for one in found["items"] if one["action"].startswith("giftcards.")]
    assert [one["action"] for one in about] == [
        *["giftcards.card_adjusted"] * 2,
        "giftcards.card_changed",
        "giftcards.cards_issued",
    ]
    assert not any(codes.read(code) in codes.read(str(found)) for code in seen)
    assert "ada@example.test" not in str(about)


async def test_what_cannot_be_issued_names_its_fields(cards: Cards) -> None:
    wrong = {"amount": 1, "currency": "USD", "expires_at": "2020-01-01T00:00:00Z"}
    assert await refused(cards, "POST", "", wrong) == (422, "invalid", ["/currency", "/expires_at"])
    answer = await cards.market.house(cards.market.merchant, "POST", URL, {"amount": 1})
    assert answer.json()["code"] == "idempotency_key_required"
    assert (await cards.market.manage("GET", "/gift-cards"))["items"] == []


async def test_a_thousand_are_issued_at_once(cards: Cards) -> None:
    made = await cards.market.manage("POST", "/gift-cards", {"amount": 1, "count": 1000})
    assert len({one["code"] for one in made["items"]}) == 1000


async def test_others_see_and_change_no_card(cards: Cards) -> None:
    card, _ = await cards.issue(1000)
    market, stranger = cards.market, make_actor("eve")
    calls: list[tuple[str, str, Any]] = [
        ("GET", URL, None),
        ("POST", URL, {"amount": 1}),
        ("GET", f"{URL}/{card}", None),
        ("GET", f"{URL}/{card}/entries", None),
        ("PATCH", f"{URL}/{card}", {"active": False}),
        ("POST", f"{URL}/{card}/adjustments", {"by": -1, "reason": "x"}),
    ]
    for method, path, body in calls:
        answer = await market.send(method, path, body, who=stranger, if_match='"1"')
        assert (answer.status_code, answer.json()["code"]) == (404, "shop_not_found")
        answer = await market.send(method, path, body, if_match='"1"')
        assert answer.status_code == 401
    # A second shop of the same merchant's has none of the first one's.
    south = {"slug": "south", "name": "South", "currency": "EUR", "country": "DE"}
    await market.ask("POST", "/v1/shops", south, who=market.merchant)
    answer = await market.send("GET", f"/v1/shops/south/gift-cards/{card}", who=market.merchant)
    assert answer.json()["code"] == "gift_card_not_found"
    assert await cards.sums(card) == (1000, 0)


async def test_whoever_only_reads_issues_nothing(cards: Cards) -> None:
    answer = await cards.market.send("POST", URL, {"amount": 1}, who=IDA)
    assert answer.status_code == 403


async def test_a_card_that_is_not_its_entries_is_shown(cards: Cards) -> None:
    _, code = await cards.issue(1000)
    forge = statement(table.update().values(balance=999), unscoped=True)
    mend = statement(table.update().values(balance=1000), unscoped=True)
    database = cards.market.house.backend.database
    await database.run(SYSTEM, lambda uow: uow.execute(forge))
    found = await cards.market.manage("GET", "/invariants")
    assert [(one["rule"], one["subject"], one["is_now"], one["should_be"]) for one in found["broken"]] == [
        ("gift_card_is_its_entries", f"the card that ends in {code[-4:]}", 999, 1000)
    ]
    await database.run(SYSTEM, lambda uow: uow.execute(mend))


@pytest.mark.parametrize("typed", ["0IlO-oiL1-abcd-efgh", "0110 0111 ABCD EFGH", "0110\u20130111abcdefgh"])
def test_a_code_is_read_however_it_is_written(typed: str) -> None:
    known = CardCodes(Keys(b"a" * 32))
    assert known.digest(UUID(int=1), typed) == known.digest(UUID(int=1), "0110-0111-ABCD-EFGH")
    assert known.digest(UUID(int=2), typed) != known.digest(UUID(int=1), typed)
    assert CardCodes(Keys(b"b" * 32)).digest(UUID(int=1), typed) != known.digest(UUID(int=1), typed)
