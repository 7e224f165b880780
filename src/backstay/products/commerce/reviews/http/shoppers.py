"""Reviews, for shoppers: everybody reads them, buyers write them, accounts say which helped."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.actor import Actor
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import (
    Controller,
    FromHeader,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    Response,
    delete,
    get,
    patch,
    post,
    put,
)
from backstay.products.commerce.orders import NoSuchOrder
from backstay.products.commerce.reviews import service
from backstay.products.commerce.reviews.contracts import (
    NewReview,
    NewReviewReport,
    OwnReview,
    ProductRating,
    PublicReview,
    ReviewChanges,
)
from backstay.products.commerce.reviews.errors import (
    AlreadyReviewed,
    NoSuchReview,
    NotReviewable,
    OwnVote,
    ReviewWithdrawn,
    StaleReview,
)
from backstay.products.commerce.reviews.queries import reviews
from backstay.products.commerce.shops import NoSuchShop, Slug, enter
from backstay.systems.ratelimit import Limit

Token = Annotated[str, Meta(min_length=1, max_length=200, description="The order's secret.")]
_UNSEEN: Final = {"cache-control": "no-store"}
"""What one has bought is nothing for caches."""
_OPINION: Final = (NoSuchShop, Unauthenticated, NoSuchReview, OwnVote)
_ORDER: Final = (NoSuchShop, NoSuchOrder)
_CHANGED: Final = (*_ORDER, NoSuchReview, StaleReview, ReviewWithdrawn)
_SAYING: Final = Limit("reviews", 60, window=60)


class HelpfulVotes(Struct, frozen=True, kw_only=True):
    """What was said of a review."""

    helpful: int
    """Accounts that found it helpful."""


class StoreReviewsController(Controller):
    """What is said of a shop's goods."""

    path: ClassVar[str] = "/store/{shop:str}/reviews"
    name: ClassVar[str] = "store"

    @get(public=True, listing=reviews.PUBLISHED, problems=[NoSuchShop])
    async def list_published(
        self, reader: Reader, shop: FromPath[Slug], query: ListQuery
    ) -> Page[PublicReview]:
        """List a shop's reviews, the newest first; `product_id` narrows it to a product's."""
        return await service.published(*await enter(reader, shop), query)

    @get("/own", public=True, listing=reviews.OWN, problems=[NoSuchShop, Unauthenticated])
    async def list_own(
        self, reader: Reader, actor: Actor | None, shop: FromPath[Slug], query: ListQuery
    ) -> Page[OwnReview]:
        """List the reviews of one's own account, the newest first, wherever they stand."""
        del actor
        inside, found = await enter(reader, shop)
        service.signed_in(inside)
        return await service.list_own(inside, found, query)

    @get("/ratings/{product_id:uuid}", public=True, problems=[NoSuchShop])
    async def read_rating(
        self, reader: Reader, shop: FromPath[Slug], product_id: FromPath[UUID]
    ) -> ProductRating:
        """Tell how a product is rated, and how many gave how many stars."""
        inside, found = await enter(reader, shop)
        return (await service.ratings_of(inside, found.id, [product_id]))[product_id]

    @put("/{review_id:uuid}/helpful", public=True, problems=_OPINION, declares=[_SAYING])
    async def find_helpful(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], review_id: FromPath[UUID]
    ) -> HelpfulVotes:
        """Say that a review helped. Twice is once."""
        del actor
        inside, found = await enter(uow, shop)
        return HelpfulVotes(helpful=await service.vote(inside, found, review_id, helpful=True))

    @delete("/{review_id:uuid}/helpful", public=True, status=200, problems=_OPINION, declares=[_SAYING])
    async def find_unhelpful(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], review_id: FromPath[UUID]
    ) -> HelpfulVotes:
        """Take back that a review helped."""
        del actor
        inside, found = await enter(uow, shop)
        return HelpfulVotes(helpful=await service.vote(inside, found, review_id, helpful=False))

    @post("/{review_id:uuid}/reports", public=True, status=204, problems=_OPINION, declares=[_SAYING])
    async def report(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        review_id: FromPath[UUID],
        data: JSONBody[NewReviewReport],
    ) -> None:
        """Ask the shop to look at a review; once an account."""
        del actor
        inside, found = await enter(uow, shop)
        await service.report(inside, found, review_id, data)


class BuyerController(Controller):
    """What buyers say of what an order brought, by account or by the order's token."""

    path: ClassVar[str] = "/store/{shop:str}/orders/{order_id:uuid}/reviews"
    name: ClassVar[str] = "own"

    @get(public=True, problems=_ORDER)
    async def list_of_order(
        self,
        reader: Reader,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        x_order_token: FromHeader[Token | None] = None,
    ) -> Response[list[OwnReview]]:
        """List one's reviews of what an order brought."""
        del actor
        inside, found = await enter(reader, shop)
        return Response(await service.reviews_of(inside, found, order_id, x_order_token), headers=_UNSEEN)

    @post(public=True, problems=[*_ORDER, NotReviewable, AlreadyReviewed])
    async def write(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        data: JSONBody[NewReview],
        x_order_token: FromHeader[Token | None] = None,
    ) -> Response[OwnReview]:
        """Review what a line of an order brought, once it was sent."""
        del actor
        inside, found = await enter(uow, shop)
        made = await service.write(inside, found, order_id, x_order_token, data)
        return Response(made, headers=_UNSEEN)

    @patch("/{review_id:uuid}", public=True, problems=_CHANGED)
    async def change(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        review_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[ReviewChanges],
        x_order_token: FromHeader[Token | None] = None,
    ) -> Response[OwnReview]:
        """Change one's review. What is left out stays."""
        del actor
        inside, found = await enter(uow, shop)
        made = await service.change(
            inside, found, order_id, x_order_token, review_id, data, expected=expected
        )
        return Response(made, headers=_UNSEEN)

    @delete("/{review_id:uuid}", public=True, problems=_CHANGED)
    async def remove(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        review_id: FromPath[UUID],
        expected: IfMatch,
        x_order_token: FromHeader[Token | None] = None,
    ) -> None:
        """Take one's review back."""
        del actor
        inside, found = await enter(uow, shop)
        await service.remove(inside, found, order_id, x_order_token, review_id, expected=expected)
