"""A shop in the lab, and carts in it, through the API alone."""

from __future__ import annotations

from typing import Any, Final

from backstay.kernel.guarantees import Client, Lab, Server

NOBODY: Final = {"Authorization": ""}
ADD: Final = "POST line"
_VARIANTS: Final = 3


class Store:
    """A shop with a few goods, and carts in it, through the API alone."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.url = ""
        self._shop = ""
        self._location = ""
        self.variants: list[str] = []

    async def open(self) -> None:
        """Open the shop and fill it."""
        slug = self._lab.unique("carts").lower().replace("_", "-")
        shop = {"slug": slug, "name": slug, "currency": "EUR", "country": "DE"}
        await self.ask("POST", "/v1/shops", shop)
        variants = [
            {
                "sku": f"{slug}-{size}",
                "options": [f"size {size}"],
                "prices": [{"currency": "EUR", "amount": 100}],
            }
            for size in range(_VARIANTS)
        ]
        draft = {
            "title": "Shirt",
            "options": ["Size"],
            "variants": variants,
            "published_from": "2020-01-01T00:00:00Z",
        }
        product = await self.ask("POST", f"/v1/shops/{slug}/products", draft)
        self.variants = [variant["id"] for variant in product["variants"]]
        self.url = f"/v1/store/{slug}/carts"
        self._shop = f"/v1/shops/{slug}"

    async def ask(self, method: str, path: str, body: Any = None, headers: Any = None) -> Any:
        """Something that must go well."""
        answer: list[Any] = []

        async def once(client: Client) -> None:
            answer.append(await client.request(method, path, json=body, headers=headers))

        await self._lab.clients(1).each(1, once)
        assert answer[0].ok, f"{method} {path}: {answer[0].status}"
        return answer[0].json

    async def guest(self) -> tuple[str, dict[str, str]]:
        """A guest's cart: its address, and what proves it."""
        opened = await self.ask("POST", self.url, {}, NOBODY)
        return f"{self.url}/{opened['cart']['id']}", {"X-Cart-Token": opened["token"], **NOBODY}

    async def add(self, client: Client, cart: str, headers: dict[str, str] | None = None) -> None:
        """Put some of something into a cart."""
        units = client.random.randint(1, 3)
        line = {"variant_id": client.random.choice(self.variants), "quantity": units}
        await client.request(
            "POST", f"{cart}/lines", json={"lines": [line]}, headers=headers, about=units, name=ADD
        )

    async def hold(self, seconds: int) -> None:
        """Let carts hold their goods, of which there is a place from now on."""
        await self.ask("PATCH", self._shop, {"cart_hold": seconds}, {"If-Match": '"1"'})
        place = {"name": "Shelf"}
        self._location = (await self.ask("POST", f"{self._shop}/inventory/locations", place))["id"]

    async def deliver(self, variant: str, units: int) -> None:
        """Lay so many of a variant in stock."""
        order = {"variant_id": variant, "location_id": self._location, "by": units, "reason": "delivered"}
        key = {"Idempotency-Key": self._lab.unique("key")}
        await self.ask("POST", f"{self._shop}/inventory/adjustments", order, key)

    async def reserved(self, app: Server, variant: str) -> int:
        """Units of a variant that are reserved."""
        levels = [one async for one in app.walk(f"{self._shop}/inventory/levels?limit=100")]
        return sum(one["reserved"] for one in levels if one["variant_id"] == variant)
