"""A merchant's shop in the lab, through the API alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from backstay.kernel.guarantees import Client, Lab, Server
from backstay.kernel.ids import uuid7

HOLD: Final = "POST hold"
END: Final = "DELETE hold"


class Shop:
    """A shop with stock, as a merchant sees it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.url = ""
        self.locations: list[str] = []

    async def open(self, locations: int) -> None:
        """Open it with so many locations."""
        slug = self._lab.unique("race").lower().replace("_", "-")
        shop = {"slug": slug, "name": slug, "currency": "EUR", "country": "DE"}
        await self._ask("POST", "/v1/shops", shop)
        self.url = f"/v1/shops/{slug}/inventory"
        for priority in range(locations):
            made = await self._ask(
                "POST", f"{self.url}/locations", {"name": f"place {priority}", "priority": priority}
            )
            self.locations.append(made["id"])

    async def stock(self, *units: int) -> str:
        """A new variant with so many units in each location."""
        variant = str(uuid7())
        for location, by in zip(self.locations, units, strict=True):
            order = {"variant_id": variant, "location_id": location, "by": by, "reason": "delivered"}
            await self._ask("POST", f"{self.url}/adjustments", order)
        return variant

    async def hold(self, client: Client, variants: Iterable[str], quantity: int = 1) -> str | None:
        """Put so many of each aside; the holder, if it was acknowledged."""
        lines = [{"variant_id": variant, "quantity": quantity} for variant in variants]
        reply = await client.request(
            "POST", f"{self.url}/reservations", json={"lines": lines}, name=HOLD, about=tuple(variants)
        )
        return str(reply["holder_id"]) if reply.ok else None

    async def end(self, client: Client, holder: str, how: str = "") -> None:
        """Give it back, or hand it out."""
        url = f"{self.url}/reservations/{holder}{how}"
        await client.request("POST" if how else "DELETE", url, name=END, about=holder)

    async def levels(self, app: Server) -> list[dict[str, Any]]:
        """All levels."""
        return [level async for level in app.walk(f"{self.url}/levels?limit=100")]

    async def _ask(self, method: str, path: str, body: Any) -> Any:
        answers: list[Any] = []

        async def ask(client: Client) -> None:
            headers = {"Idempotency-Key": client.unique("key")}
            reply = await client.request(method, path, json=body, headers=headers, name="set up")
            answers.append(reply.json)

        await self._lab.clients(1).each(1, ask)
        return answers[0]
