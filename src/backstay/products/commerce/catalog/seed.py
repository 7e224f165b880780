"""A sample catalogue: household goods of a small shop, with a sale under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple

from backstay.kernel.database import UnitOfWork
from backstay.kernel.money import divided
from backstay.kernel.seeding import Seeding
from backstay.products.commerce.catalog import service
from backstay.products.commerce.catalog.contracts.prices import ListPrice, ListPrices, PriceListDraft
from backstay.products.commerce.catalog.contracts.products import Price, ProductDraft, VariantDraft
from backstay.products.commerce.catalog.contracts.terms import TermDraft, TermKind
from backstay.products.commerce.catalog.service import price_lists, terms
from backstay.products.commerce.shops import Shop, own

_SHOP: Final = "harbour-street"
_POUNDS: Final = 860_000
"""Millionths of a euro's price that the same thing costs in pounds."""
_CATEGORIES: Final = (
    ("Kitchen", None),
    ("Cups and mugs", "kitchen"),
    ("Cookware", "kitchen"),
    ("Living", None),
    ("Lighting", "living"),
    ("Textiles", "living"),
    ("Tea and coffee", None),
)
_BRANDS: Final = ("Nordlys", "Fieldhouse", "Harbour", "Komorebi")
_COLLECTIONS: Final = ("New in", "Gifts under 25", "Winter table")


class _Kind(NamedTuple):
    title: str
    category: str
    axis: str
    values: tuple[str, ...]
    cents: int
    grams: int
    text: str
    tax_class: str = "standard"


_COLOURS: Final = ("Chalk", "Moss", "Ink", "Rust")
_KINDS: Final = (
    _Kind(
        "Stoneware mug",
        "cups-and-mugs",
        "Colour",
        _COLOURS,
        1_450,
        340,
        "Thrown by hand; holds 300 ml.",
    ),
    _Kind(
        "Espresso cup",
        "cups-and-mugs",
        "Colour",
        _COLOURS[:3],
        950,
        140,
        "Thick walls keep a short coffee warm.",
    ),
    _Kind(
        "Cast iron casserole",
        "cookware",
        "Size",
        ("2 l", "4 l", "6 l"),
        8_900,
        3_800,
        "For the oven and every hob.",
    ),
    _Kind(
        "Carbon steel pan",
        "cookware",
        "Size",
        ("20 cm", "24 cm", "28 cm"),
        4_900,
        1_300,
        "Gets better with every use.",
    ),
    _Kind(
        "Paper lamp",
        "lighting",
        "Size",
        ("Small", "Large"),
        5_900,
        700,
        "Folded from washi, with a textile cable.",
    ),
    _Kind(
        "Desk lamp", "lighting", "Colour", _COLOURS[:2], 12_900, 2_100, "A lamp that stays where it is put."
    ),
    _Kind(
        "Wool blanket",
        "textiles",
        "Colour",
        _COLOURS,
        9_900,
        1_400,
        "Woven from new wool of one flock.",
    ),
    _Kind(
        "Linen tea towel",
        "textiles",
        "Colour",
        _COLOURS,
        1_650,
        90,
        "Dries glasses without a trace.",
    ),
    _Kind(
        "Sencha",
        "tea-and-coffee",
        "Size",
        ("50 g", "100 g", "250 g"),
        890,
        60,
        "Green tea, first harvest.",
        "reduced",
    ),
    _Kind(
        "Filter coffee",
        "tea-and-coffee",
        "Size",
        ("250 g", "1 kg"),
        1_190,
        260,
        "Roasted on Tuesdays.",
        "reduced",
    ),
)


async def seed(seeding: Seeding) -> None:
    """Fill the sample shop: terms, products with variants in two currencies, and a price list."""
    async with seeding.unit(at=seeding.past(days=390)) as uow:
        shop = await own(uow, _SHOP)
        for name in _BRANDS:
            await terms.create(uow, shop, TermKind.BRAND, TermDraft(name=name))
        for name, parent in _CATEGORIES:
            await terms.create(uow, shop, TermKind.CATEGORY, TermDraft(name=name, parent=parent))
        for name in _COLLECTIONS:
            await terms.create(uow, shop, TermKind.COLLECTION, TermDraft(name=name))
    skus: list[tuple[str, int]] = []
    for batch in seeding.batches(seeding.count(len(_BRANDS) * len(_KINDS)), of=20):
        async with seeding.unit(at=seeding.past(days=300)) as uow:
            for number in batch:
                draft = _draft(seeding, number, uow)
                await service.create(uow, shop, draft)
                skus += [(one.sku, one.prices[0].amount) for one in draft.variants]
    async with seeding.unit(at=seeding.past(days=3)) as uow:
        await _sale(seeding, uow, shop, skus)


def _draft(seeding: Seeding, number: int, uow: UnitOfWork) -> ProductDraft:
    kind = _KINDS[number % len(_KINDS)]
    brand = _BRANDS[(number // len(_KINDS)) % len(_BRANDS)]
    cents = divided(kind.cents * seeding.random.randrange(85, 130), 100 * 50) * 50
    collections = ["new-in"] if seeding.chance(0.2) else []
    if cents < 2_500:
        collections.append("gifts-under-25")
    variants = tuple(
        VariantDraft(
            sku=f"HS-{number + 1:04}-{place + 1}",
            options=(value,),
            prices=_prices(cents + (place * cents // 3 if kind.axis == "Size" else 0)),
            weight=kind.grams * (place + 1 if kind.axis == "Size" else 1),
        )
        for place, value in enumerate(kind.values)
    )
    return ProductDraft(
        title=f"{brand} {kind.title.lower()}",
        description=kind.text,
        brand=brand.lower(),
        categories=(kind.category,),
        collections=tuple(collections),
        tax_class=kind.tax_class,
        options=(kind.axis,),
        variants=variants,
        published_from=uow.now() if seeding.chance(0.95) else None,
    )


def _prices(cents: int) -> tuple[Price, ...]:
    return Price(currency="EUR", amount=cents), Price(
        currency="GBP", amount=divided(cents * _POUNDS, 1_000_000)
    )


async def _sale(seeding: Seeding, uow: UnitOfWork, shop: Shop, skus: list[tuple[str, int]]) -> None:
    terms_: dict[str, Any] = {"starts_at": uow.now(), "ends_at": uow.now() + timedelta(days=30)}
    sale = await price_lists.create(uow, shop, PriceListDraft(name="Winter sale", currency="EUR", **terms_))
    chosen = [one for one in skus if seeding.chance(0.15)][:500] or skus[:1]
    prices = tuple(ListPrice(sku=sku, amount=divided(cents * 8, 10)) for sku, cents in chosen)
    await price_lists.set_prices(uow, shop, sale.id, ListPrices(prices=prices), expected=sale.version)
