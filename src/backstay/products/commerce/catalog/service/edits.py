"""Changes of many prices at once, and their undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import to_builtins

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.money import MAX_AMOUNT, divided
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.prices import (
    EDITED,
    PriceChange,
    PriceEdit,
    PriceEditDraft,
    PriceUndo,
    Selection,
    Was,
)
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.errors import NoSuchEdit, NotUndoable
from backstay.products.commerce.catalog.queries import price_edits as queries
from backstay.products.commerce.catalog.queries import products as product_queries
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.queries.price_edits import EditRow, OwnPrice
from backstay.products.commerce.catalog.service.listing import relist
from backstay.products.commerce.catalog.service.terms import subtree
from backstay.products.commerce.catalog.service.writing import move, tell_prices
from backstay.products.commerce.shops import Shop

_SAMPLE: Final = 20
_MILLION: Final = 1_000_000


async def edit(uow: UnitOfWork, shop: Shop, draft: PriceEditDraft) -> PriceEdit:
    """Change the prices that are selected, all in the unit's commit; a dry run changes none.

    Raises:
        Invalid: the shop does not sell in the currency, has no such term, or too many prices are selected.
    """
    if draft.currency not in shop.currencies:
        message = f"the shop sells in {', '.join(shop.currencies)}"
        raise Invalid(FieldError(pointer="/currency", code="choice", message=message))
    revision = await move(uow, shop.id)
    selected = await _selected(uow, shop, draft)
    every = [_changed(one, draft) for one in selected]
    changes = [
        one for one in every if (one.before, one.before_compare_at) != (one.after, one.after_compare_at)
    ]
    unchanged = len(every) - len(changes)
    id_ = None
    if not draft.dry_run:
        id_ = uuid7()
        await uow.execute(
            queries.INSERT_EDIT,
            id=id_,
            shop_id=shop.id,
            currency=draft.currency,
            changed=len(changes),
            unchanged=unchanged,
            undone_at=None,
        )
        kept = [_kept(one) | {"edit_id": id_} for one in changes]
        await uow.execute_many(queries.KEEP_EDITED, kept)
        await uow.execute_many(variant_queries.PUT_PRICE, [_put(one) for one in changes])
        await _touch(uow, shop, revision, changes)
        record(uow, "catalog.prices_edited", subject=("price_edit", id_), after=to_builtins(draft))
    return PriceEdit(
        id=id_,
        currency=draft.currency,
        changed=len(changes),
        unchanged=unchanged,
        sample=tuple(changes[:_SAMPLE]),
        created_at=uow.now(),
        undone_at=None,
    )


async def _selected(reader: Reader, shop: Shop, draft: PriceEditDraft) -> list[OwnPrice]:
    only = draft.only
    named: dict[str, Any] = {}
    for kind, slug, many in (
        (TermKind.CATEGORY, only.category, "categories"),
        (TermKind.BRAND, only.brand, "brands"),
        (TermKind.COLLECTION, only.collection, "collections"),
    ):
        if slug is None:
            continue
        term = await reader.first(term_queries.GET, shop_id=shop.id, kind=kind, slug=slug)
        if term is None:
            message = f"the shop has no {kind} {slug!r}"
            raise Invalid(FieldError(pointer=f"/only/{kind}", code="choice", message=message))
        named[many] = sorted(str(one) for one in await subtree(reader, shop.id, term.id))
    if only.skus is not None:
        named["skus"] = sorted(set(only.skus))
    statement = queries.own_prices(
        category=only.category is not None,
        brand=only.brand is not None,
        collection=only.collection is not None,
        skus=only.skus is not None,
    )
    found = await reader.all(statement, shop_id=shop.id, currency=draft.currency, limit=EDITED + 1, **named)
    if len(found) > EDITED:
        message = f"more than {EDITED} prices are selected: select fewer"
        raise Invalid(FieldError(pointer="/only", code="length", message=message))
    _refuse_unknown(only, found)
    return found


def _refuse_unknown(only: Selection, found: Sequence[OwnPrice]) -> None:
    priced = {one.sku for one in found}
    errors = [
        FieldError(
            pointer=f"/only/skus/{place}",
            code="choice",
            message="no variant of this SKU has a price in the currency, with what else is selected",
        )
        for place, sku in enumerate(only.skus or ())
        if sku not in priced
    ]
    if errors:
        raise Invalid(*errors)


def _changed(price: OwnPrice, draft: PriceEditDraft) -> PriceChange:
    wanted = divided(price.amount * draft.ppm, _MILLION) + draft.add
    after = min(MAX_AMOUNT, max(0, divided(wanted, draft.round_to) * draft.round_to))
    crossed = {Was.KEEP: price.compare_at, Was.BEFORE: price.amount, Was.NOTHING: None}[draft.compare_at]
    return PriceChange(
        variant_id=price.variant_id,
        product_id=price.product_id,
        sku=price.sku,
        currency=draft.currency,
        before=price.amount,
        before_compare_at=price.compare_at,
        after=after,
        after_compare_at=crossed if crossed is not None and crossed > after else None,
    )


def _kept(change: PriceChange) -> dict[str, Any]:
    return {name: getattr(change, name) for name in PriceChange.__struct_fields__}


def _put(change: PriceChange) -> dict[str, Any]:
    return {
        "variant_id": change.variant_id,
        "currency": change.currency,
        "amount": change.after,
        "compare_at": change.after_compare_at,
    }


async def _touch(uow: UnitOfWork, shop: Shop, revision: int, changes: Sequence[PriceChange]) -> None:
    """Let the products be new versions of themselves, for whoever read them before."""
    products = {one.product_id for one in changes}
    await uow.execute(product_queries.TOUCH, ids=sorted(map(str, products)))
    await relist(uow, shop.id, revision, products)
    tell_prices(uow, shop.id, changes)


async def list_edits(reader: Reader, shop: Shop, request: ListRequest) -> Page[EditRow]:
    """The edits of a shop's prices."""
    return await reader.page(queries.EDITS, request, shop_id=shop.id)


async def get(reader: Reader, shop: Shop, id_: UUID) -> PriceEdit:
    """An edit, with the first of what it changed.

    Raises:
        NoSuchEdit: the shop has none with this id.
    """
    row = await reader.first(queries.GET_EDIT, shop_id=shop.id, id=id_)
    if row is None:
        raise NoSuchEdit
    changes = await reader.all(queries.EDITED, id=id_)
    return PriceEdit(
        id=id_,
        currency=row.currency,
        changed=row.changed,
        unchanged=row.unchanged,
        sample=tuple(changes[:_SAMPLE]),
        created_at=row.created_at,
        undone_at=row.undone_at,
    )


async def undo(uow: UnitOfWork, shop: Shop, id_: UUID) -> PriceUndo:
    """Put back what an edit changed; a price that somebody changed after it stays.

    Raises:
        NoSuchEdit: the shop has none with this id.
        NotUndoable: it was undone already.
    """
    revision = await move(uow, shop.id)
    await get(uow, shop, id_)
    if not await uow.execute(queries.END_EDIT, shop_id=shop.id, id=id_):
        raise NotUndoable
    restored: list[PriceChange] = []
    left: list[PriceChange] = []
    for one in await uow.all(queries.EDITED, id=id_):
        touched = await uow.execute(
            queries.PUT_BACK,
            variant_id=one.variant_id,
            currency=one.currency,
            after=one.after,
            after_compare_at=one.after_compare_at,
            before=one.before,
            before_compare_at=one.before_compare_at,
        )
        (restored if touched else left).append(one)
    backward = [_backward(one) for one in restored]
    await _touch(uow, shop, revision, backward)
    record(
        uow,
        "catalog.prices_put_back",
        subject=("price_edit", id_),
        after={"restored": len(restored), "left": len(left)},
    )
    return PriceUndo(restored=len(restored), left=tuple(left))


def _backward(change: PriceChange) -> PriceChange:
    return PriceChange(
        variant_id=change.variant_id,
        product_id=change.product_id,
        sku=change.sku,
        currency=change.currency,
        before=change.after,
        before_compare_at=change.after_compare_at,
        after=change.before,
        after_compare_at=change.before_compare_at,
    )
