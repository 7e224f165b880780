"""What buyers do: say what they think of what they got, change it, take it back."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from msgspec import UNSET, structs

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.products.commerce import orders
from backstay.products.commerce.orders import Order, RefundState
from backstay.products.commerce.reviews.contracts import (
    NewReview,
    OwnReview,
    ReviewChanges,
    ReviewSettings,
    ReviewState,
)
from backstay.products.commerce.reviews.errors import AlreadyReviewed, NoSuchReview, NotReviewable
from backstay.products.commerce.reviews.events import ReviewWritten
from backstay.products.commerce.reviews.queries import reviews as queries
from backstay.products.commerce.reviews.queries.reviews import Row
from backstay.products.commerce.reviews.service.keeping import (
    UNTOUCHED,
    count,
    for_change,
    get,
    hold,
    save,
    settings_of,
    take_out,
)
from backstay.products.commerce.shops import Shop


async def write(uow: UnitOfWork, shop: Shop, order_id: UUID, token: str | None, new: NewReview) -> OwnReview:
    """Review what a line of an order brought.

    Raises:
        NoSuchOrder: the shop has none with this id, or it is not the asker's.
        Invalid: the order has no such line.
        NotReviewable: nothing of it was sent, or none of it was kept.
        AlreadyReviewed: it was reviewed before.
    """
    order = await orders.of_customer(uow, shop.id, order_id, token)
    line = order.line(new.line_id)
    if line is None:
        raise Invalid(FieldError(pointer="/line_id", code="unknown", message="is no line of this order"))
    await hold(uow, shop.id, [line.product_id])
    # A refund that ends meanwhile withdraws what is written before it, and is seen by what is written after.
    _refuse(await orders.get(uow, shop.id, order_id), new.line_id)
    for one in await of_order(uow, shop, order_id):
        if one.line_id == new.line_id:
            raise AlreadyReviewed(review_id=one.id)
    rule, id_ = await settings_of(uow, shop.id), uuid7()
    state = ReviewState.PENDING if rule.moderated else ReviewState.PUBLISHED
    await uow.execute(
        queries.CREATE,
        id=id_,
        shop_id=shop.id,
        product_id=line.product_id,
        order_id=order_id,
        line_id=new.line_id,
        author_id=order.customer_id or _account(uow),
        author=new.author,
        verified=True,
        source=None,
        source_id=None,
        rating=new.rating,
        title=new.title,
        text=new.text,
        state=state,
        written_at=uow.now(),
        **UNTOUCHED,
    )
    if state is ReviewState.PUBLISHED:
        await count(uow, shop.id, line.product_id, gone=None, come=new.rating)
    made = await get(uow, shop.id, id_)
    _tell(uow, shop, made)
    return _own(made)


async def change(
    uow: UnitOfWork,
    shop: Shop,
    order_id: UUID,
    token: str | None,
    review_id: UUID,
    changes: ReviewChanges,
    *,
    expected: int,
) -> OwnReview:
    """Say otherwise. Where the shop looks at new reviews, or had rejected this one, it looks at it again.

    Raises:
        NoSuchOrder, NoSuchReview: there is none, or it is not the asker's.
        StaleReview: it was changed since.
        ReviewWithdrawn: what it is about was refunded.
    """
    await orders.of_customer(uow, shop.id, order_id, token)
    before = _of_order(await for_change(uow, shop.id, review_id, expected=expected), order_id)
    named = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET}
    after = structs.replace(before, **named)
    if after != before:
        state = _state_again(before, await settings_of(uow, shop.id))
        after = structs.replace(after, state=state, reason=None)
        await save(uow, shop.id, before, after)
        _tell(uow, shop, after)
    return _own(await get(uow, shop.id, review_id))


async def remove(
    uow: UnitOfWork, shop: Shop, order_id: UUID, token: str | None, review_id: UUID, *, expected: int
) -> None:
    """Take a review back; what it is about may be reviewed anew.

    Raises:
        NoSuchOrder, NoSuchReview: there is none, or it is not the asker's.
        StaleReview: it was changed since.
        ReviewWithdrawn: what it is about was refunded.
    """
    await orders.of_customer(uow, shop.id, order_id, token)
    row = await for_change(uow, shop.id, review_id, expected=expected)
    await take_out(uow, shop.id, _of_order(row, order_id))


async def reviews_of(reader: Reader, shop: Shop, order_id: UUID, token: str | None) -> list[OwnReview]:
    """What the asker has said of what an order of theirs brought.

    Raises:
        NoSuchOrder: the shop has none with this id, or it is not the asker's.
    """
    await orders.of_customer(reader, shop.id, order_id, token)
    return await of_order(reader, shop, order_id)


async def of_order(reader: Reader, shop: Shop, order_id: UUID) -> list[OwnReview]:
    """All reviews of what an order brought."""
    return await reader.all(queries.OF_ORDER, shop_id=shop.id, order_id=order_id)


async def list_own(reader: Reader, shop: Shop, request: ListRequest) -> Page[OwnReview]:
    """The reviews of the actor's own account in the shop."""
    return await reader.page(queries.OWN, request, shop_id=shop.id, author_id=reader.actor.id)


def _account(reader: Reader) -> UUID | None:
    """Of whoever shows a guest's order, if they are signed in: their account is asked for it later."""
    return reader.actor.id if reader.actor.kind is ActorKind.USER else None


def _refuse(order: Order, line_id: str) -> None:
    line = order.line(line_id)
    if line is None or line.fulfilled <= line.returned or line_id in refunded(order):
        raise NotReviewable


def refunded(order: Order) -> dict[str, UUID]:
    """The lines whose units' money has all gone back, and of which product each is."""
    units: Counter[str] = Counter()
    for refund in order.refunds:
        if refund.state is RefundState.SUCCEEDED:
            units.update({one.line_id: one.quantity for one in refund.lines})
    return {line.id: line.product_id for line in order.lines if units[line.id] >= line.quantity}


def _state_again(before: Row, rule: ReviewSettings) -> ReviewState:
    looked_at = rule.moderated or before.state is ReviewState.REJECTED
    return ReviewState.PENDING if looked_at else before.state


def _of_order(row: Row, order_id: UUID) -> Row:
    if row.order_id != order_id:
        raise NoSuchReview
    return row


def _own(row: Row) -> OwnReview:
    return OwnReview(**{name: getattr(row, name) for name in OwnReview.__struct_fields__})


def _tell(uow: UnitOfWork, shop: Shop, row: Row) -> None:
    uow.publish(
        ReviewWritten(
            shop_id=shop.id, product_id=row.product_id, review_id=row.id, rating=row.rating, state=row.state
        )
    )
