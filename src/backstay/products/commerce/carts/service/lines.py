"""What becomes of a cart's lines: plain functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, structs

from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce.carts.contracts import (
    CHANGES_KEPT,
    AddLine,
    Cart,
    CartLine,
    LineChange,
    LineDifference,
    PricedLine,
    SetLine,
)
from backstay.products.commerce.carts.errors import CartFull, NotForSale
from backstay.products.commerce.carts.settings import CartsSettings
from backstay.products.commerce.catalog import Offer
from backstay.products.commerce.shops import Merge

Lines = tuple[CartLine, ...]


def units(lines: Iterable[CartLine]) -> int:
    """Units to be bought."""
    return sum(_bought(line) for line in lines)


def added(
    lines: Lines,
    wanted: Sequence[AddLine],
    offers: Mapping[UUID, Offer],
    *,
    now: datetime,
    settings: CartsSettings,
) -> Lines:
    """The lines with so many more; the prices of what is touched are seen.

    Raises:
        NotForSale: something is not for sale; each is named.
        CartFull: that would be too many lines, or too many of one.
    """
    _refuse(wanted, offers)
    by_id = {line.variant_id: line for line in lines}
    for one in wanted:
        line = by_id.get(one.variant_id)
        before = 0 if line is None or line.saved else line.quantity
        by_id[one.variant_id] = CartLine(
            variant_id=one.variant_id,
            quantity=before + one.quantity,
            seen_price=offers[one.variant_id].unit_price,
            added_at=now if line is None else line.added_at,
        )
    return _within(by_id.values(), settings)


def changed(
    lines: Lines,
    wanted: Sequence[SetLine],
    offers: Mapping[UUID, Offer],
    *,
    now: datetime,
    settings: CartsSettings,
) -> Lines:
    """The lines as they shall be; the prices of what is touched are seen.

    What is gone can still be taken out, or saved for later.

    Raises:
        NotForSale: more is wanted of something that is not for sale; each is named.
        Invalid: a line is named twice, or saved that is not there.
        CartFull: that would be too many lines, or too many of one.
    """
    by_id = {line.variant_id: line for line in lines}
    twice = [one.variant_id for one in wanted]
    errors = [
        FieldError(pointer=f"/lines/{index}/variant_id", code="unique", message="is named twice")
        for index, one in enumerate(wanted)
        if one.variant_id in twice[:index]
    ]
    errors += [
        FieldError(pointer=f"/lines/{index}/quantity", code="required", message="is required for a new line")
        for index, one in enumerate(wanted)
        if one.quantity is UNSET and one.variant_id not in by_id
    ]
    if errors:
        raise Invalid(*errors)
    _refuse([one for one in wanted if _wants_more(one, by_id.get(one.variant_id))], offers, of=wanted)
    for one in wanted:
        line = by_id.get(one.variant_id) or CartLine(variant_id=one.variant_id, quantity=0, added_at=now)
        quantity = line.quantity if one.quantity is UNSET else one.quantity
        if quantity == 0:
            by_id.pop(one.variant_id, None)
            continue
        offer = offers.get(one.variant_id)
        by_id[one.variant_id] = structs.replace(
            line,
            quantity=quantity,
            saved=line.saved if one.saved is UNSET else one.saved,
            seen_price=line.seen_price if offer is None else offer.unit_price,
        )
    return _within(by_id.values(), settings)


def merged(strategy: Merge, account: Lines, guest: Lines, *, settings: CartsSettings) -> Lines:
    """The lines of both carts in one: none is lost, but what is not to be bought is kept for later.

    Raises:
        CartFull: together they are more than any cart can be reckoned with.
    """
    theirs = {line.variant_id: line for line in guest}
    made: dict[UUID, CartLine] = {}
    for mine in account:
        other = theirs.pop(mine.variant_id, None)
        made[mine.variant_id] = _one(strategy, mine, other, settings.most_of_one)
    for left in theirs.values():
        made[left.variant_id] = _one(strategy, None, left, settings.most_of_one)
    if len(made) > 2 * settings.most_lines:
        raise CartFull(f"Together they have {len(made)} lines, and {2 * settings.most_lines} is the most.")
    return tuple(made.values())


def _one(strategy: Merge, mine: CartLine | None, other: CartLine | None, most: int) -> CartLine:
    kept = mine or other
    assert kept is not None
    here, there = _bought(mine), _bought(other)
    quantity = {
        Merge.ADD: here + there,
        Merge.LARGER: max(here, there),
        Merge.GUEST: there,
        Merge.ACCOUNT: here,
    }[strategy]
    if quantity:
        return structs.replace(kept, quantity=min(quantity, most), saved=False)
    quantity = max(line.quantity for line in (mine, other) if line is not None)
    return structs.replace(kept, quantity=quantity, saved=True)


def remembered(before: Sequence[CartLine], after: Sequence[CartLine], cart: Cart) -> tuple[LineChange, ...]:
    """The cart's changes with those that this one makes, the oldest forgotten."""
    had = {line.variant_id: _bought(line) for line in before}
    has = {line.variant_id: _bought(line) for line in after}
    new = [
        LineChange(
            version=cart.version + 1,
            variant_id=variant_id,
            before=had.get(variant_id, 0),
            after=has.get(variant_id, 0),
        )
        for variant_id in {**had, **has}
        if had.get(variant_id, 0) != has.get(variant_id, 0)
    ]
    return (*cart.changes, *new)[-CHANGES_KEPT:]


def differences(cart: Cart, seen: int, priced: Sequence[PricedLine] = ()) -> list[LineDifference]:
    """What of the lines is not as it was at the version seen, nor as it was priced then."""
    known = len(cart.changes) < CHANGES_KEPT or cart.changes[0].version <= seen + 1
    then: dict[UUID, int] = {}
    for change in cart.changes:
        if change.version > seen:
            then.setdefault(change.variant_id, change.before)
    now = {line.variant_id: line for line in cart.lines}
    shown = {one.line.variant_id: one for one in priced}
    told = []
    for variant_id in {**now, **then}:
        line, one = now.get(variant_id), shown.get(variant_id)
        quantity = _bought(line)
        before = then.get(variant_id, quantity) if known else None
        notices = one.notices if one is not None and quantity else ()
        if before == quantity and not notices:
            continue
        told.append(
            LineDifference(
                variant_id=variant_id,
                quantity_before=before,
                quantity=quantity,
                price_before=None if line is None else line.seen_price,
                price=None if one is None or one.offer is None else one.offer.unit_price,
                notices=notices,
            )
        )
    return told


def _bought(line: CartLine | None) -> int:
    return 0 if line is None or line.saved else line.quantity


def _wants_more(one: SetLine, line: CartLine | None) -> bool:
    quantity = line.quantity if line is not None and one.quantity is UNSET else one.quantity
    saved = (line is not None and line.saved) if one.saved is UNSET else one.saved
    return isinstance(quantity, int) and not saved and quantity > _bought(line)


def _refuse(
    wanted: Sequence[AddLine | SetLine],
    offers: Mapping[UUID, Offer],
    *,
    of: Sequence[AddLine | SetLine] | None = None,
) -> None:
    places = [one.variant_id for one in of or wanted]
    errors = [
        FieldError(
            pointer=f"/lines/{places.index(one.variant_id)}/variant_id",
            code="not_for_sale",
            message="is not for sale here now",
        )
        for one in wanted
        if one.variant_id not in offers
    ]
    if errors:
        raise NotForSale(*errors)


def _within(lines: Iterable[CartLine], settings: CartsSettings) -> Lines:
    made = tuple(lines)
    if len(made) > settings.most_lines:
        raise CartFull(f"A cart has at most {settings.most_lines} lines.", most_lines=settings.most_lines)
    if any(line.quantity > settings.most_of_one for line in made):
        most = settings.most_of_one
        raise CartFull(f"A cart has at most {most} of one thing.", most_of_one=most)
    return made
