"""Products in DummyJSON's form, turned into a file that the catalogue's importer takes; and their stock."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from backstay.kernel.database import UnitOfWork
from backstay.kernel.money import exponent
from backstay.products.commerce import catalog, inventory, reviews
from backstay.products.commerce.inventory import NewLocation, PastMovement
from backstay.products.commerce.replay.errors import NotReadable
from backstay.products.commerce.reviews import ImportedReview
from backstay.products.commerce.shops import Shop

_SIGNS: Final = re.compile("[^a-z0-9]+")
_MOST: Final = 1_000_000_000
_SOURCE: Final = "dummyjson"
_TOLD: Final = "In stock when the products were imported"


class _Review(Struct, rename="camel"):
    rating: Annotated[int, Meta(ge=1, le=5)]
    comment: str
    date: datetime
    reviewer_name: str


class _Meta(Struct, rename="camel"):
    created_at: datetime
    barcode: str = ""


class _Product(Struct, rename="camel"):
    title: str
    sku: str
    category: str
    price: Decimal
    meta: _Meta
    description: str = ""
    brand: str = ""
    discount_percentage: Decimal = Decimal()
    stock: Annotated[int, Meta(ge=0)] = 0
    tags: list[str] = []
    images: list[str] = []
    reviews: list[_Review] = []
    warranty_information: str = ""
    shipping_information: str = ""
    return_policy: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no price and no share of one."""
        if not (0 <= self.price < _MOST and 0 <= self.discount_percentage < 100):
            raise ValueError(f"{self.price} less {self.discount_percentage} % is no price")


class ForeignReview(NamedTuple):
    """What somebody said of a product elsewhere."""

    sku: str
    number: int
    """Among those of its product, from 0: with the SKU, it names the review."""
    author: str
    rating: int
    text: str
    at: datetime


class Listing(NamedTuple):
    """A file of products, read."""

    content: str
    """CSV, as the catalogue imports it."""
    stock: dict[str, int]
    """Units by SKU."""
    reviews: list[ForeignReview]
    renamed: list[str]
    """SKUs that an earlier product of the file has too; their products were given another."""


def read_products(path: Path, currency: str) -> Listing:
    """Read products; a price is the one after the discount, and crossed out beside it stands the one before.

    The file names no currency: its amounts are taken to be of the shop's. Its weights are left out, as
    they are numbers without a unit.

    Raises:
        NotReadable: it is no such file.
    """
    try:
        products = msgspec.json.decode(path.read_bytes(), type=list[_Product], strict=False)
    except msgspec.DecodeError as failure:
        raise NotReadable(f"{path}: {failure}") from failure
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    money = f"price {currency}", f"compare_at {currency}"
    head = (
        "product",
        "title",
        "description",
        "brand",
        "categories",
        "collections",
        "image",
        "sku",
        "barcode",
    )
    rows.writerow([*head, "published_from", *money])
    stock: dict[str, int] = {}
    titles: set[str] = set()
    reviews: list[ForeignReview] = []
    renamed: list[str] = []
    for number, one in enumerate(products, start=1):
        sku = one.sku
        if sku in stock:
            renamed.append(sku)
            sku = f"{sku}-{number}"
        stock[sku] = one.stock
        # Two products of one title are two, and rows of one name would be variants of one.
        key = _SIGNS.sub(" ", one.title.lower()).strip()
        name = f"{one.title} {number}" if key in titles else one.title
        titles.add(key)
        rows.writerow(
            [
                name,
                *_words(one),
                sku,
                one.meta.barcode,
                one.meta.created_at.isoformat(),
                *_prices(one, currency),
            ]
        )
        reviews += [
            ForeignReview(sku, place, said.reviewer_name, said.rating, said.comment, said.date)
            for place, said in enumerate(one.reviews)
        ]
    return Listing(text.getvalue(), stock, reviews, renamed)


def _words(one: _Product) -> list[str]:
    more = (one.warranty_information, one.shipping_information, one.return_policy)
    description = "\n\n".join([one.description, *filter(None, more)])
    tags = "|".join(map(_named, one.tags))
    return [one.title, description, one.brand, _named(one.category), tags, "|".join(one.images)]


def _named(slug: str) -> str:
    return slug.replace("-", " ").replace("|", " ").capitalize()


def _prices(one: _Product, currency: str) -> list[str]:
    unit = Decimal(1).scaleb(-exponent(currency))
    before = one.price.quantize(unit, ROUND_HALF_UP)
    after = (one.price * (100 - one.discount_percentage) / 100).quantize(unit, ROUND_HALF_UP)
    return [str(after), str(before) if before > after else ""]


async def stock_up(uow: UnitOfWork, shop: Shop, listing: Listing, import_id: UUID) -> int:
    """Let lie what the file says, of variants that nobody keeps stock of yet; of how many that is."""
    found = await catalog.find_skus(uow, shop, listing.stock)
    ids = {sku: variant_id for sku, (variant_id, _) in found.items()}
    known = await inventory.available(uow, shop.id, list(ids.values()))
    new = {
        ids[sku]: units for sku, units in listing.stock.items() if sku in ids and not known[ids[sku]].tracked
    }
    if not new:
        return 0
    place = await inventory.open_location(uow, shop.id, NewLocation(name=f"Import {str(import_id)[-8:]}"))
    history = [PastMovement(id_, units, uow.now(), reason=_TOLD) for id_, units in new.items()]
    await inventory.record(uow, shop.id, place.id, history)
    return len(new)


async def take_reviews(uow: UnitOfWork, shop: Shop, listing: Listing) -> int:
    """Show what people said elsewhere of the products that the shop has; how much that is."""
    found = await catalog.find_skus(uow, shop, listing.stock)
    said = [(found[one.sku][1], one) for one in listing.reviews if one.sku in found]
    for product_id, one in sorted(said, key=lambda pair: (pair[0], pair[1].number)):
        await reviews.import_review(
            uow,
            shop,
            ImportedReview(
                product_id=product_id,
                source=_SOURCE,
                source_id=f"{one.sku}/{one.number}",
                rating=one.rating,
                text=one.text,
                author=one.author,
                written_at=one.at,
            ),
        )
    return len(said)
