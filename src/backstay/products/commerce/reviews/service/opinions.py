"""What others say of a review: that it helped them, or that something is wrong with it."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.ids import uuid7
from backstay.products.commerce.reviews.contracts import NewReviewReport, ReviewState
from backstay.products.commerce.reviews.errors import NoSuchReview, OwnVote
from backstay.products.commerce.reviews.queries import opinions as queries
from backstay.products.commerce.reviews.queries import reviews
from backstay.products.commerce.reviews.queries.reviews import Row
from backstay.products.commerce.shops import Shop


def signed_in(reader: Reader) -> None:
    """Refuse whoever has no account: one person, one voice.

    Raises:
        Unauthenticated: nobody is signed in, or a program is.
    """
    if reader.actor.kind is not ActorKind.USER:
        raise Unauthenticated("Only accounts have a say in reviews.")


async def vote(uow: UnitOfWork, shop: Shop, review_id: UUID, *, helpful: bool) -> int:
    """Say that a review helped, or take that back; how many say so now. Twice is once.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchReview: no such review is shown.
        OwnVote: it is the actor's own.
    """
    row = await _of_somebody_else(uow, shop, review_id)
    voted = await uow.first(queries.VOTED, review_id=review_id) is not None
    if voted == helpful:
        return row.helpful
    if helpful:
        await uow.execute(queries.VOTE, id=uuid7(), review_id=review_id, voter_id=uow.actor.id)
    else:
        await uow.execute(queries.UNVOTE, review_id=review_id)
    by = 1 if helpful else -1
    await uow.execute(reviews.HELPED, shop_id=shop.id, id=review_id, by=by)
    return row.helpful + by


async def report(uow: UnitOfWork, shop: Shop, review_id: UUID, new: NewReviewReport) -> None:
    """Ask the shop to look at a review; once an account.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchReview: no such review is shown.
        OwnVote: it is the actor's own.
    """
    await _of_somebody_else(uow, shop, review_id)
    if await uow.first(queries.REPORTED, review_id=review_id) is not None:
        return
    await uow.execute(
        queries.REPORT,
        id=uuid7(),
        review_id=review_id,
        reporter_id=uow.actor.id,
        reason=new.reason.value,
        text=new.text,
        handled_at=None,
    )
    await uow.execute(reviews.REPORTED, shop_id=shop.id, id=review_id)


async def _of_somebody_else(uow: UnitOfWork, shop: Shop, review_id: UUID) -> Row:
    signed_in(uow)
    # Under its lock: of two votes of one account at once the second sees the first.
    row = await uow.first(reviews.LOCK, shop_id=shop.id, id=review_id)
    if row is None or row.state is not ReviewState.PUBLISHED:
        raise NoSuchReview
    if row.author_id == uow.actor.id:
        raise OwnVote
    return row
