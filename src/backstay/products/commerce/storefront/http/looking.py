"""Pages to look at: the home, the list, a product; and the files that make them look so."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import structs

from backstay.kernel.backend import Backend
from backstay.kernel.database import BadCursor, ListRequest
from backstay.kernel.errors import NotFound
from backstay.kernel.http import Controller, FromPath, Request, Response, get
from backstay.products.commerce import catalog, inventory, reviews
from backstay.products.commerce.catalog import NoSuchProduct, window
from backstay.products.commerce.inventory import InventorySettings, ShelfState
from backstay.products.commerce.shops import NoSuchShop, Slug
from backstay.products.commerce.storefront import service
from backstay.products.commerce.storefront.http.choices import SORTS, Choice, choice_of
from backstay.products.commerce.storefront.http.showing import FILES, Page, file_of, see, show
from backstay.products.commerce.storefront.http.visits import Visit, visit
from backstay.products.commerce.storefront.http.wishes import hearts

_LIST: Final = 24
_REVIEWS: Final = 5
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_STOCK: Final = {
    ShelfState.IN_STOCK: "In stock",
    ShelfState.FEW_LEFT: "Only a few left",
    ShelfState.BACKORDER: "Can be ordered, takes longer",
    ShelfState.OUT: "Sold out",
}


class LookingController(Controller):
    """A shop's window, for people."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get(public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def home(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Show what the shop shows first."""
        here = await visit(backend, request, shop)
        home = await service.priced_for(here.reader, here.shop, here.home, here.customer_id)
        return show(here._replace(home=home), "home", hearts=await hearts(here))

    @get("/products", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def list(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """List products, with what would narrow the list."""
        here = await visit(backend, request, shop)
        choice = choice_of(request.query, f"{here.path}/products", here.currency)
        found = await _searched(here, choice)
        if found is None:
            return see(choice.without("cursor"))
        return show(
            here,
            "list",
            choice=choice,
            found=found,
            facets=found.facets,
            sorts=SORTS,
            hearts=await hearts(here),
        )

    @get(
        "/products/{slug:str}",
        public=True,
        hidden=True,
        any_query=True,
        problems=[NoSuchShop, NoSuchProduct],
        declares=[Page()],
    )
    async def product(
        self, request: Request, backend: Backend, shop: FromPath[Slug], slug: FromPath[str]
    ) -> Response[str]:
        """Show a product; one that is called otherwise now leads on."""
        here = await visit(backend, request, shop)
        found = await catalog.look(
            here.reader, here.shop, slug, currency=here.currency, customer_id=here.customer_id
        )
        if found.slug != slug:
            return see(f"{here.path}/products/{found.slug}")
        return await product_page(backend, here, found)


class FilesController(Controller):
    """How the pages look, and the little that they run."""

    path: ClassVar[str] = "/storefront"
    version: ClassVar[str | None] = None

    @get("/{name:str}", public=True, hidden=True, any_query=True)
    async def file(self, name: FromPath[str]) -> Response[bytes]:
        """A file of the pages."""
        if name not in FILES:
            raise NotFound
        return Response(file_of(name), headers={"cache-control": _FOR_EVER}, media_type=FILES[name])


async def product_page(
    backend: Backend, here: Visit, found: window.StoreProduct, *, status: int = 200, wrong: str | None = None
) -> Response[str]:
    """A product with what there is of each variant now; `wrong` says why it did not get into the cart."""
    stock = {}
    for one in await inventory.shelves(
        here.reader,
        here.shop.id,
        [one.id for one in found.variants],
        few_left=backend.settings.module(InventorySettings).few_left,
        exact=here.shop.exact_stock,
    ):
        few = one.state is ShelfState.FEW_LEFT and one.quantity is not None
        stock[one.variant_id] = one.state, f"Only {one.quantity} left" if few else _STOCK[one.state]
    sold_out = {id_ for id_, (state, _) in stock.items() if state is ShelfState.OUT}
    first = next((one for one in found.variants if one.id not in sold_out), found.variants[0])
    said = await reviews.published(
        here.reader, here.shop, ListRequest(limit=_REVIEWS, filters={"product_id": found.id})
    )
    return show(
        here,
        "product",
        status=status,
        product=found,
        stock=stock,
        first=first,
        wrong=wrong,
        reviews=said.items,
        hearts=await hearts(here),
    )


async def _searched(here: Visit, choice: Choice) -> window.Found | None:
    """None where the cursor is of another list."""
    try:
        found = await catalog.search(
            here.reader, here.shop, choice.chosen, sort=choice.sort, limit=_LIST, cursor=choice.cursor
        )
    except BadCursor:
        return None
    items = await catalog.priced_for(here.reader, here.shop, found.items, customer_id=here.customer_id)
    return structs.replace(found, items=items)
