"""A small file in the form of the real one, with the dirt that is in it, replayed, compared and read back."""

from __future__ import annotations

import lzma
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec import structs

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.products.commerce import shops
from backstay.products.commerce.replay import service
from backstay.products.commerce.replay.contracts import Checked, Oddity, ReadFile
from backstay.products.commerce.replay.errors import KnownAlready, NotBegun, NotReadable
from backstay.products.commerce.replay.guarantees import write_excerpt
from backstay.products.commerce.replay.module import module as replay
from backstay.products.commerce.replay.service.planning import pence
from backstay.products.commerce.replay.service.reading import COLUMNS
from backstay.products.commerce.replay.service.running import Replayed
from backstay.products.commerce.reviews.module import module as reviews
from backstay.products.commerce.shops import Shop
from tests.house import open_house
from tests.products.commerce.orders.conftest import MODULES, Market

_HEART, _BOX = ("85123A", "WHITE HANGING HEART T-LIGHT HOLDER"), ("21258", "VICTORIAN SEWING BOX LARGE")
_UK = "United Kingdom"
_ROWS: list[tuple[Any, ...]] = [
    ("536365", *_HEART, 6, "2010-12-01T08:26:00Z", "2.55", "17850", _UK),
    ("536365", "POST", "POSTAGE", 1, "2010-12-01T08:26:00Z", "18.0", "17850", _UK),
    ("536365", "85123a", _HEART[1], 2, "2010-12-01T08:27:00Z", "2.55", "17850", _UK),
    # Three cannot cost a third of a penny each.
    ("536366", *_BOX, 3, "2010-12-01T09:00:00Z", "0.004", "13047", "EIRE"),
    ("536367", *_BOX, 2, "2010-12-01T09:10:00Z", "10.95", "", "European Community"),
    # Nobody's, at no price: the stock was wrong, or broke.
    ("536368", *_HEART, 40, "2010-12-01T10:00:00Z", "0.0", "", _UK),
    ("536369", "85123A", "", -4, "2010-12-01T10:01:00Z", "0.0", "", _UK),
    ("536370", *_HEART, 5, "2010-12-01T10:02:00Z", "0.0", "17850", _UK),
    ("C536371", *_HEART, -3, "2011-01-02T10:00:00Z", "2.55", "17850", _UK),
    ("C536371", "POST", "POSTAGE", -1, "2011-01-02T10:00:00Z", "18.0", "17850", _UK),
    ("C536371", *_HEART, -7, "2011-01-02T10:00:00Z", "2.55", "17850", _UK),
    ("C536372", "D", "Discount", -1, "2011-01-03T10:00:00Z", "27.50", "14527", _UK),
    # What is wrong with a line is told, and the next one is taken.
    ("536373", *_BOX, "many", "2011-01-03T11:00:00Z", "1.0", "14527", _UK),
    ("536373", *_BOX, 1, "yesterday", "1.0", "14527", _UK),
    ("536373", *_BOX, 1, "2011-01-03T11:00:00Z", "-1.0", "14527", _UK),
    ("536373", *_BOX, -1, "2011-01-03T11:00:00Z", "1.0", "14527", _UK),
    ("", *_BOX, 1, "2011-01-03T11:00:00Z", "1.0", "14527", _UK),
    ("C536374", *_BOX, 1, "2011-01-03T11:00:00Z", "1.0", "14527", _UK),
    ("536373", "21258", "short"),
    ("536373", *_BOX, 1, "2011-01-03T11:00:00Z", "12.75", "14527", _UK),
    ("536375", "M", "Manual", 1, "2011-01-03T11:05:00Z", "3.0", "14527", _UK),
    ("536373", *_HEART, 1, "2011-01-03T11:00:00Z", "2.55", "14527", _UK),
]
_ODD = {
    Oddity.COLUMNS: [20],
    Oddity.NO_INVOICE: [18],
    Oddity.BAD_QUANTITY: [14],
    Oddity.BAD_PRICE: [16],
    Oddity.BAD_TIME: [15],
    Oddity.NEGATIVE_SALE: [17],
    Oddity.POSITIVE_CANCELLATION: [19],
    Oddity.NO_CUSTOMER: [6, 7, 8],
    Oddity.NO_DESCRIPTION: [8],
    Oddity.OTHER_CASE: [4],
    Oddity.SPLIT_INVOICE: [23],
    Oddity.TWO_TIMES: [4],
    Oddity.FRACTION: [5],
    Oddity.FREE: [9],
    Oddity.CORRECTION: [7, 8],
    Oddity.POSTAGE: [3],
    Oddity.SERVICE: [22],
    Oddity.MATCHED: [10, 11],
    Oddity.UNMATCHED: [12, 13],
    Oddity.NO_COUNTRY: [6],
}


class Past:
    """A shop of a merchant's, and a file for it."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.database = market.house.backend.database
        self.actor: Actor
        self.shop: Shop

    async def open(self) -> None:
        await self.market.open()
        async with self.database.transaction(self.market.merchant) as uow:
            new = shops.NewShop(slug="online-retail", name="Online Retail", currency="GBP", country="GB")
            self.shop = await shops.create(uow, new)
        self.actor = structs.replace(SYSTEM, organization_id=self.shop.organization_id)

    async def replay(self, read: ReadFile, until: int = 10**9, batch: int = 2) -> Replayed:
        return await service.run(
            self.database, self.actor, self.shop, read, until=until, batch=batch, advance=lambda *_: None
        )

    async def check(self, read: ReadFile) -> Checked:
        return await service.check(self.database.reader(self.actor), self.shop, read)

    async def ask(self, path: str) -> Any:
        return await self.market.ask("GET", f"/v1/shops/online-retail{path}", who=self.market.merchant)

    async def orders(self) -> dict[str, Any]:
        found = (await self.ask("/orders?limit=100"))["items"]
        return {one["number"]: await self.ask(f"/orders/{one['id']}") for one in found}


@pytest.fixture
async def past(database_url: str, clock: ManualClock) -> AsyncIterator[Past]:
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house([*MODULES, reviews, replay], database_url, clock, environ=environ) as house:
        made = Past(Market(house, clock))
        await made.open()
        yield made


def _file(folder: Path, rows: list[tuple[Any, ...]], name: str = "invoices.csv.xz") -> Path:
    path = folder / name
    text = "\n".join(",".join(map(str, row)) for row in [COLUMNS, *rows])
    path.write_bytes(lzma.compress(text.encode()) if path.suffix == ".xz" else text.encode())
    return path


async def test_a_dirty_file_becomes_books_to_the_penny(past: Past, tmp_path: Path) -> None:
    read = service.read_file(_file(tmp_path, _ROWS))
    assert (read.rows, [one.number for one in read.invoices][-3:]) == (22, ["C536372", "536373", "536375"])
    with pytest.raises(NotBegun):
        await past.check(read)
    # Stopped and begun again: what was planned before is known again.
    assert (await past.replay(read, until=5)).run.done == 5
    done = await past.replay(read)
    assert {**read.oddities, **done.oddities} == _ODD
    again = await past.replay(read)
    assert (again.run, again.run.done) == (done.run, 10)
    found = await past.check(read)
    assert (found.invoices, found.holds, found.differences, found.broken) == (10, True, [], [])
    assert found.months == {"2010-12": (6031, 6031), "2011-01": (-5270, -5270)}

    orders = await past.orders()
    assert {
        number: (one["total"], one["paid"], one["refunded"], one["status"]) for number, one in orders.items()
    } == {
        "536365": (3840, 3840, 3840, "fulfilled"),
        "536366": (1, 1, 0, "fulfilled"),
        "536367": (2190, 2190, 0, "fulfilled"),
        "536370": (0, 0, 0, "fulfilled"),
        "536373": (1530, 1530, 0, "fulfilled"),
        "536375": (300, 300, 0, "fulfilled"),
    }
    first = orders["536365"]
    assert first["placed_at"] == "2010-12-01T08:26:00Z"
    assert (first["email"], first["shipping_address"]["country"], first["shipping"]) == (
        "17850@customers.invalid",
        "GB",
        1800,
    )
    # The latest units of the customer go first; the third line of the cancellation cancels the rest of six.
    assert [
        (one["sku"], one["quantity"], one["returned"], one["refunded_amount"]) for one in first["lines"]
    ] == [
        ("85123A", 6, 6, 1530),
        ("85123A", 2, 2, 510),
    ]
    assert [(one["amount"], one["shipping"], one["reason"], one["at"]) for one in first["refunds"]] == [
        (3840, 1800, "C536371", "2011-01-02T10:00:00Z")
    ]
    penny = orders["536366"]["lines"]
    assert [(one["quantity"], one["unit_price"]) for one in penny] == [(2, 0), (1, 1)]
    assert (orders["536367"]["email"], orders["536367"]["shipping_address"]) == ("", None)
    timeline = await past.ask(f"/orders/{first['id']}/timeline")
    assert [one["fact"]["type"] for one in timeline] == [
        "placed",
        "payment_asked",
        "payment_received",
        "fulfilled",
        "goods_returned",
        "refund_begun",
        "refund_succeeded",
    ]
    assert {one["at"] for one in timeline} == {"2010-12-01T08:26:00Z", "2011-01-02T10:00:00Z"}

    # 144 came before 8 left; 40 were found, 4 broke, 5 were given away, 8 and 2 came back, one left.
    movements = (await past.ask("/inventory/movements?sort=sequence&limit=100"))["items"]
    heart = orders["536365"]["lines"][0]["variant_id"]
    assert [one["on_hand_change"] for one in movements if one["variant_id"] == heart] == [
        144,
        -8,
        40,
        -4,
        -5,
        2,
        1,
        5,
        2,
        -1,
    ]  # fmt: skip - a line of figures
    assert [one["kind"] for one in movements if one["variant_id"] == heart][:4] == [
        "adjusted",
        "shipped",
        "adjusted",
        "adjusted",
    ]  # fmt: skip - a line of figures
    balances = await past.market.ask("GET", "/v1/payments/balances", who=past.market.merchant)
    assert {(one["account"], one["balance"]) for one in balances["items"]} == {
        ("customers", -4021),
        ("held:elsewhere", 4021),
        ("refunding:elsewhere", 0),
    }


async def test_what_is_otherwise_than_the_file_is_found_and_nothing_comes_twice(
    past: Past, tmp_path: Path
) -> None:
    read = service.read_file(_file(tmp_path, _ROWS))
    await past.replay(read)
    other = service.read_file(
        _file(tmp_path, [*_ROWS[:8], ("536999", *_BOX, 1, "2011-02-01T00:00:00Z", "1.0", "", _UK)])
    )
    with pytest.raises(KnownAlready):
        await past.replay(other)
    assert len(await past.orders()) == 6
    # The customer gets something back that is in no file; the books are still those of the file, and sound.
    order = (await past.orders())["536373"]
    path = f"/v1/shops/online-retail/orders/{order['id']}/refunds"
    refund = {"lines": [{"line_id": "2", "quantity": 1}], "reason": "Broken"}
    await past.market.ask("POST", path, refund, who=past.market.merchant)
    await past.market.work()
    # Nobody can be asked to give back what was taken elsewhere.
    (failed,) = (await past.orders())["536373"]["refunds"]
    assert (failed["state"], "elsewhere" in failed["error"]) == ("failed", True)
    assert (await past.check(read)).holds
    # A file that says something else is another file; here only the sum of one invoice differs.
    read.invoices[0].lines[0] = read.invoices[0].lines[0]._replace(quantity=7)
    found = await past.check(read)
    assert [(one.what, one.file, one.shop) for one in found.differences] == [
        ("536365", 4095, 3840),
        ("2010-12", 6286, 6031),
    ]


async def test_an_excerpt_is_the_same_in_batches_of_any_size(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    write_excerpt(file, Random(7), 60)
    read = service.read_file(file)
    assert len(read.invoices) == 60
    for until in (1, 7, 60):
        await past.replay(read, until=until, batch=13)
    found = await past.check(read)
    assert (found.holds, found.invoices) == (True, 60)
    total = sum(pence(line) * (1 if line.quantity > 0 else -1) for one in read.invoices for line in one.lines)
    assert sum(shop for _, shop in found.months.values()) == total


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    for content in (b"a,b\n1,2\n", b"\xff\xfe", b""):
        path = tmp_path / "other.csv"
        path.write_bytes(content)
        with pytest.raises(NotReadable):
            service.read_file(path)
    damaged = tmp_path / "damaged.csv.xz"
    damaged.write_bytes(b"no xz")
    with pytest.raises(NotReadable):
        service.read_file(damaged)
