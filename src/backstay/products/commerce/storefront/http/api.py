"""A shop's home for programs."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import Reader
from backstay.kernel.http import Controller, FromPath, FromQuery, get
from backstay.kernel.money import CurrencyCode
from backstay.products.commerce.shops import NoSuchShop, Slug, enter
from backstay.products.commerce.storefront import service
from backstay.products.commerce.storefront.contracts import Home


class HomeController(Controller):
    """What a shop shows first."""

    path: ClassVar[str] = "/store/{shop:str}/home"

    @get(public=True, problems=[NoSuchShop])
    async def home(
        self,
        reader: Reader,
        actor: Actor | None,
        shop: FromPath[Slug],
        currency: FromQuery[CurrencyCode | None] = None,
    ) -> Home:
        """Look at a shop's home: best sellers, sales, the highest rated, what is new, and its categories.

        What nothing is known of yet is left out. It is kept in memory, and forgotten with the commit that
        changes anything in it. Whoever is signed in sees their own prices, which nobody else does.
        """
        inside, found = await enter(reader, shop)
        whole = await service.home(inside, found, currency or found.currency)
        person = actor.id if actor is not None and actor.kind is ActorKind.USER else None
        return await service.priced_for(inside, found, whole, person)
