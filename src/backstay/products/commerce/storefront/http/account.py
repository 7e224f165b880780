"""One's own account in a shop: what was ordered, and what is wished for."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.backend import Backend
from backstay.kernel.database import BadCursor, ListRequest
from backstay.kernel.http import Controller, FromPath, Request, Response, get
from backstay.products.commerce import orders, wishlists
from backstay.products.commerce.shops import NoSuchShop, Slug
from backstay.products.commerce.storefront.http.addressing import COUNTRIES, known_of
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import to_sign_in, visit
from backstay.products.commerce.storefront.http.words import STATUS

_LATEST = 5
_LIST = 20


class AccountController(Controller):
    """What somebody with an account has here."""

    path: ClassVar[str] = "/store/{shop:str}/account"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get(public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def account(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Show the latest orders, the lists, and where things go."""
        here = await visit(backend, request, shop)
        if here.person is None:
            return see(to_sign_in(shop, here.at))
        latest = await orders.list_own(here.reader, here.shop.id, ListRequest(limit=_LATEST))
        return show(
            here,
            "account",
            unseen=True,
            orders=latest.items,
            more=latest.next_cursor is not None,
            lists=await wishlists.list_(here.reader, here.shop),
            known=await known_of(here),
            countries=COUNTRIES,
            stands=STATUS,
        )

    @get("/orders", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def orders(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """List one's orders, the newest first."""
        here = await visit(backend, request, shop)
        if here.person is None:
            return see(to_sign_in(shop, here.at))
        cursor = next(iter(request.query.get("cursor", ())), None)
        try:
            page = await orders.list_own(
                here.reader, here.shop.id, ListRequest(limit=_LIST, cursor=cursor or None)
            )
        except BadCursor:
            return see(f"{here.path}/account/orders")
        return show(here, "orders", unseen=True, page=page, begun=cursor is None, stands=STATUS)
