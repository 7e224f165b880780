"""What shoppers see, without an account."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import BadCursor, Reader
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.http import Controller, FromPath, FromQuery, get
from backstay.kernel.money import Amount, CurrencyCode
from backstay.products.commerce.catalog.contracts import examples
from backstay.products.commerce.catalog.contracts.fields import SlugText
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.contracts.window import (
    Chosen,
    Found,
    SearchText,
    Slugs,
    Sort,
    StoreProduct,
    StoreTerm,
)
from backstay.products.commerce.catalog.errors import NoSuchProduct
from backstay.products.commerce.catalog.service.cards import priced_for
from backstay.products.commerce.catalog.service.groups import asker
from backstay.products.commerce.catalog.service.searching import search
from backstay.products.commerce.catalog.service.store import look, terms_of
from backstay.products.commerce.shops import NoSuchShop, Slug, enter

Option = Annotated[
    str,
    Meta(
        max_length=170,
        pattern="^[^:]+:[^:]",
        description="An option and a value of it; give it again for more.",
        examples=["Colour:Red"],
    ),
]
Options = Annotated[list[Option], Meta(max_length=20)]
Cursor = Annotated[str, Meta(max_length=200, pattern="^[A-Za-z0-9_-]+$")]
Limit = Annotated[int, Meta(ge=1, le=100)]
Stars = Annotated[int, Meta(ge=1, le=5, description="So many stars, or more.")]
WithFacets = Annotated[bool, Meta(description="Tell what would narrow the list.")]


class WindowController(Controller):
    """A shop's window."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "store"

    @get("/products", public=True, problems=[NoSuchShop, BadCursor], example=examples.FOUND)
    async def search(
        self,
        reader: Reader,
        actor: Actor | None,
        shop: FromPath[Slug],
        q: FromQuery[SearchText] = "",
        category: FromQuery[Slugs | None] = None,
        brand: FromQuery[Slugs | None] = None,
        collection: FromQuery[Slugs | None] = None,
        option: FromQuery[Options | None] = None,
        price_from: FromQuery[Amount | None] = None,
        price_to: FromQuery[Amount | None] = None,
        rating: FromQuery[Stars | None] = None,
        in_stock: FromQuery[bool] = False,
        on_sale: FromQuery[bool] = False,
        currency: FromQuery[CurrencyCode | None] = None,
        sort: FromQuery[Sort] = Sort.RELEVANCE,
        limit: FromQuery[Limit] = 24,
        cursor: FromQuery[Cursor | None] = None,
        facets: FromQuery[WithFacets] = True,
    ) -> Found:
        """Search a shop, or list it, with what would narrow the list.

        Whoever is signed in sees their own prices; narrowing and sorting go by everybody's.
        """
        del actor
        inside, found = await enter(reader, shop)
        chosen = Chosen(
            currency=currency or found.currency,
            text=q,
            categories=tuple(sorted(set(category or ()))),
            brands=tuple(sorted(set(brand or ()))),
            collections=tuple(sorted(set(collection or ()))),
            options=tuple(sorted({_option(one) for one in option or ()})),
            price_from=price_from,
            price_to=price_to,
            rating=rating,
            in_stock=in_stock,
            on_sale=on_sale,
        )
        if price_from is not None and price_to is not None and price_to < price_from:
            message = "must not be less than price_from"
            raise Invalid(FieldError(pointer="?price_to", code="range", message=message))
        page = await search(inside, found, chosen, sort=sort, limit=limit, cursor=cursor, facets=facets)
        items = await priced_for(inside, found, page.items, customer_id=asker(inside))
        return structs.replace(page, items=items)

    @get(
        "/products/{slug:str}",
        public=True,
        problems=[NoSuchShop, NoSuchProduct],
        example=examples.PRODUCT,
    )
    async def read(
        self,
        reader: Reader,
        actor: Actor | None,
        shop: FromPath[Slug],
        slug: FromPath[SlugText],
        currency: FromQuery[CurrencyCode | None] = None,
    ) -> StoreProduct:
        """Look at a product, by its slug or one of before; `slug` tells the present one.

        Whoever is signed in sees their own prices, which nobody else does.
        """
        del actor
        inside, found = await enter(reader, shop)
        return await look(inside, found, slug, currency=currency or found.currency, customer_id=asker(inside))

    @get("/categories", public=True, problems=[NoSuchShop])
    async def categories(self, reader: Reader, shop: FromPath[Slug]) -> list[StoreTerm]:
        """List a shop's categories; those above come by their slugs."""
        return await terms_of(*await enter(reader, shop), TermKind.CATEGORY)

    @get("/brands", public=True, problems=[NoSuchShop])
    async def brands(self, reader: Reader, shop: FromPath[Slug]) -> list[StoreTerm]:
        """List a shop's brands."""
        return await terms_of(*await enter(reader, shop), TermKind.BRAND)

    @get("/collections", public=True, problems=[NoSuchShop])
    async def collections(self, reader: Reader, shop: FromPath[Slug]) -> list[StoreTerm]:
        """List a shop's collections."""
        return await terms_of(*await enter(reader, shop), TermKind.COLLECTION)


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name, value
