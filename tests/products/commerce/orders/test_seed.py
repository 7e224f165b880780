"""The sample shop: its orders are in every state, made by the services themselves, and its books hold."""

from __future__ import annotations

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.module import prepare_parts
from backstay.kernel.seeding import seed
from backstay.kernel.signing import Keys
from tests.conftest import make_actor
from tests.house import open_house
from tests.products.commerce.orders.conftest import MODULES


async def test_the_sample_shop_has_orders_in_every_state(
    database_url: str, clock: ManualClock, keys: Keys
) -> None:
    mia = make_actor("mia")
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house(MODULES, database_url, clock, environ=environ) as house:

        def prepare(database: Database) -> None:
            prepare_parts(MODULES, database, house.backend.settings)

        chosen = ["carts", "orders"]
        results = await seed(
            database_url, MODULES, keys=keys, actor=mia, present=clock.now(), only=chosen, prepare=prepare
        )
        assert {one.module: one.wrote for one in results}.items() >= {"carts": True, "orders": True}.items()
        path = "/v1/shops/harbour-street"
        orders = (await house(mia, "GET", f"{path}/orders?limit=100")).json()["items"]
        assert {one["status"] for one in orders} == {
            "pending",
            "paid",
            "partly_fulfilled",
            "fulfilled",
            "completed",
            "canceled",
            "expired",
        }  # fmt: skip - a line of names
        assert {one["money"] for one in orders} >= {"unpaid", "paid", "partly_refunded", "refunded"}
        assert len({one["placed_at"][:10] for one in orders}) > 5
        assert len((await house(mia, "GET", f"{path}/carts?limit=100")).json()["items"]) == 4
        found = (await house(mia, "GET", f"{path}/invariants")).json()
        assert (found["broken"], found["orders"]) == ([], len(orders))
