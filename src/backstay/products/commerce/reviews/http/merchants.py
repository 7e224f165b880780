"""A shop's reviews, for its merchants."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import Permission
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    post,
    put,
)
from backstay.products.commerce.reviews import service
from backstay.products.commerce.reviews.contracts import (
    Review,
    ReviewRejection,
    ReviewReply,
    ReviewReport,
    ReviewSettings,
)
from backstay.products.commerce.reviews.errors import NoSuchReview, ReviewWithdrawn, StaleReview
from backstay.products.commerce.reviews.queries import opinions, reviews
from backstay.products.commerce.shops import NoSuchShop, Slug, own

READ = Permission(
    "reviews:read",
    "See all reviews of the organization's shops, and what is held against them",
    presets=("user",),
)
MODERATE = Permission("reviews:moderate", "Publish, reject and answer reviews, and say how they count")
_FOUND: Final = (NoSuchShop, NoSuchReview)
_CHANGED: Final = (*_FOUND, StaleReview, ReviewWithdrawn)


class ReviewsController(Controller):
    """A shop's reviews."""

    path: ClassVar[str] = "/shops/{shop:str}/reviews"

    @get(permission=READ, listing=reviews.LIST, problems=[NoSuchShop])
    async def list_reviews(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Review]:
        """List a shop's reviews, the newest first."""
        return await service.list_(reader, await own(reader, shop), query)

    @get("/settings", permission=READ, problems=[NoSuchShop])
    async def read_settings(self, reader: Reader, shop: FromPath[Slug]) -> ReviewSettings:
        """Read how a shop deals with reviews."""
        return await service.settings_of(reader, (await own(reader, shop)).id)

    @put("/settings", permission=MODERATE, problems=[NoSuchShop])
    async def set_settings(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[ReviewSettings]
    ) -> ReviewSettings:
        """Say how a shop deals with reviews. A job rates all products anew where the rule is another."""
        return await service.set_settings(uow, await own(uow, shop), data)

    @get("/{review_id:uuid}", permission=READ, problems=_FOUND)
    async def read(self, reader: Reader, shop: FromPath[Slug], review_id: FromPath[UUID]) -> Review:
        """Read a review."""
        return service.shown(await service.get(reader, (await own(reader, shop)).id, review_id))

    @post("/{review_id:uuid}/publish", permission=MODERATE, status=200, problems=_CHANGED)
    async def publish(
        self, uow: UnitOfWork, shop: FromPath[Slug], review_id: FromPath[UUID], expected: IfMatch
    ) -> Review:
        """Show a review, unless it was changed since you read it. What was held against it is handled."""
        return await service.publish(uow, await own(uow, shop), review_id, expected=expected)

    @post("/{review_id:uuid}/reject", permission=MODERATE, status=200, problems=_CHANGED)
    async def reject(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        review_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[ReviewRejection],
    ) -> Review:
        """Do not show a review, and tell its author why. What was held against it is handled."""
        return await service.reject(uow, await own(uow, shop), review_id, data.reason, expected=expected)

    @put("/{review_id:uuid}/reply", permission=MODERATE, problems=_CHANGED)
    async def reply(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        review_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[ReviewReply],
    ) -> Review:
        """Answer a review, for everybody, instead of what was answered before."""
        return await service.reply(uow, await own(uow, shop), review_id, data.text, expected=expected)

    @delete("/{review_id:uuid}/reply", permission=MODERATE, status=200, problems=_CHANGED)
    async def take_reply_back(
        self, uow: UnitOfWork, shop: FromPath[Slug], review_id: FromPath[UUID], expected: IfMatch
    ) -> Review:
        """Take an answer back."""
        return await service.reply(uow, await own(uow, shop), review_id, None, expected=expected)

    @get("/{review_id:uuid}/reports", permission=READ, listing=opinions.LIST, problems=_FOUND)
    async def list_reports(
        self, reader: Reader, shop: FromPath[Slug], review_id: FromPath[UUID], query: ListQuery
    ) -> Page[ReviewReport]:
        """List what is held against a review, the newest first."""
        return await service.reports(reader, await own(reader, shop), review_id, query)
