"""Exports: all products of a shop in a file that an import takes back unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.money import exponent
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.imports import (
    ExportDraft,
    Exported,
    FileFormat,
    RunExport,
)
from backstay.products.commerce.catalog.contracts.products import Price, Product, ProductDraft, VariantDraft
from backstay.products.commerce.catalog.errors import NoSuchFile, NotReady
from backstay.products.commerce.catalog.queries import files as queries
from backstay.products.commerce.catalog.queries import products as product_queries
from backstay.products.commerce.catalog.service import states
from backstay.products.commerce.catalog.service.reading import escaped
from backstay.products.commerce.shops import Shop

_AT_ONCE: Final = 200
_BEFORE_ALL: Final = UUID(int=0)
_AXES: Final = range(1, 6)


async def ask(uow: UnitOfWork, shop: Shop, draft: ExportDraft) -> Exported:
    """Have a file written by a job of the same commit."""
    id_ = uuid7()
    await uow.execute(
        queries.INSERT_EXPORT,
        id=id_,
        shop_id=shop.id,
        format=draft.format,
        products=None,
        content=None,
        finished_at=None,
    )
    await RunExport(export_id=id_).enqueue(uow)
    record(uow, "catalog.export_asked", subject=("export", id_), after={"format": draft.format})
    return await get(uow, shop, id_)


async def get(reader: Reader, shop: Shop, id_: UUID) -> Exported:
    """An export of the shop.

    Raises:
        NoSuchFile: there is none with this id.
    """
    found = await reader.first(queries.GET_EXPORT, shop_id=shop.id, id=id_)
    if found is None:
        raise NoSuchFile
    return found


async def content(reader: Reader, shop: Shop, id_: UUID) -> tuple[FileFormat, str]:
    """What is in the file.

    Raises:
        NoSuchFile: there is no such export.
        NotReady: it is still being written.
    """
    await get(reader, shop, id_)
    found = await reader.one(queries.EXPORT, id=id_)
    if found.content is None:
        raise NotReady
    return found.format, found.content


async def run(uow: UnitOfWork, export_id: UUID) -> None:
    """Write the file, as the shop is at this moment."""
    task = await uow.first(queries.EXPORT, id=export_id)
    if task is None or task.content is not None:
        return
    products: list[Product] = []
    after = _BEFORE_ALL
    while True:
        ids = await uow.all(product_queries.NEXT, shop_id=task.shop_id, after=after, limit=_AT_ONCE)
        if not ids:
            break
        wholes = await states.read(uow, task.shop_id, ids)
        products += await states.shown(uow, task.shop_id, [wholes[one] for one in ids])
        after = ids[-1]
    text = _csv(products) if task.format is FileFormat.CSV else _json(products)
    await uow.execute(queries.WRITE_EXPORT, id=export_id, products=len(products), content=text)


def _json(products: Sequence[Product]) -> str:
    return msgspec.json.encode([_draft(one) for one in products]).decode()


def _draft(product: Product) -> ProductDraft:
    fields: dict[str, Any] = {
        name: getattr(product, name) for name in ProductDraft.__struct_fields__ if name != "variants"
    }
    variants = tuple(
        VariantDraft(**{name: getattr(one, name) for name in VariantDraft.__struct_fields__})
        for one in product.variants
    )
    return ProductDraft(**fields, variants=variants)


def _csv(products: Sequence[Product]) -> str:
    currencies = sorted(
        {price.currency for one in products for variant in one.variants for price in variant.prices}
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(
        [
            *("product", "title", "description", "brand", "categories", "collections", "tax_class"),
            *("discountable", "published_from", "published_until", "image"),
            *(f"option{n}_{part}" for n in _AXES for part in ("name", "value")),
            *("sku", "barcode", "weight", "variant_image"),
            *(f"{name} {code}" for code in currencies for name in ("price", "compare_at")),
        ]
    )
    for product in products:
        for line in _lines(product, currencies):
            writer.writerow([escaped(cell) for cell in line])
    return text.getvalue()


def _lines(product: Product, currencies: Iterable[str]) -> Iterable[list[str]]:
    own = [
        product.slug,
        product.title,
        product.description,
        product.brand or "",
        "|".join(product.categories),
        "|".join(product.collections),
        product.tax_class,
        "yes" if product.discountable else "no",
        product.published_from.isoformat() if product.published_from else "",
        product.published_until.isoformat() if product.published_until else "",
        "|".join(one.url for one in product.media),
    ]
    for variant in product.variants:
        axes = dict(enumerate(zip(product.options, variant.options, strict=True), 1))
        prices = {one.currency: one for one in variant.prices}
        yield [
            *own,
            *(cell for n in _AXES for cell in axes.get(n, ("", ""))),
            variant.sku,
            variant.barcode,
            str(variant.weight),
            variant.image or "",
            *(cell for code in currencies for cell in _money(prices.get(code))),
        ]


def _money(price: Price | None) -> tuple[str, str]:
    if price is None:
        return "", ""
    return _major(price.amount, price.currency), (
        "" if price.compare_at is None else _major(price.compare_at, price.currency)
    )


def _major(amount: int, currency: str) -> str:
    places = exponent(currency)
    if not places:
        return str(amount)
    digits = str(amount).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
