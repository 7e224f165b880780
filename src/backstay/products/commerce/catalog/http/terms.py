"""Categories, brands and collections, for merchants."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    patch,
    post,
)
from backstay.products.commerce.catalog.contracts.fields import SlugText
from backstay.products.commerce.catalog.contracts.terms import Term, TermChanges, TermDraft, TermKind
from backstay.products.commerce.catalog.errors import NoSuchTerm, SlugTaken, Stale, StillUsed
from backstay.products.commerce.catalog.http.permissions import READ, WRITE
from backstay.products.commerce.catalog.queries import terms as queries
from backstay.products.commerce.catalog.service import terms as service
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable


class _Terms(Controller):
    """The routes; subclasses say of what."""

    kind: ClassVar[TermKind]

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Term]:
        """List a shop's, in their order."""
        return await service.list_terms(reader, await own(reader, shop), self.kind, query)

    @post(permission=WRITE, problems=[NoSuchShop, SlugTaken], declares=[Replayable()])
    async def create(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[TermDraft]) -> Term:
        """Make one."""
        return await service.create(uow, await own(uow, shop), self.kind, data)

    @get("/{slug:str}", permission=READ, problems=[NoSuchShop, NoSuchTerm])
    async def read(self, reader: Reader, shop: FromPath[Slug], slug: FromPath[SlugText]) -> Term:
        """Read one."""
        return await service.get(reader, (await own(reader, shop)).id, self.kind, slug)

    @patch("/{slug:str}", permission=WRITE, problems=[NoSuchShop, NoSuchTerm, SlugTaken, Stale])
    async def change(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        slug: FromPath[SlugText],
        expected: IfMatch,
        data: JSONBody[TermChanges],
    ) -> Term:
        """Change one, unless it was changed since you read it. A category moves with all that is in it."""
        return await service.change(uow, await own(uow, shop), self.kind, slug, data, expected=expected)

    @delete("/{slug:str}", permission=WRITE, problems=[NoSuchShop, NoSuchTerm, StillUsed, Stale])
    async def remove(
        self, uow: UnitOfWork, shop: FromPath[Slug], slug: FromPath[SlugText], expected: IfMatch
    ) -> None:
        """Remove one, unless it was changed since you read it. Its products stay."""
        await service.remove(uow, await own(uow, shop), self.kind, slug, expected=expected)


class CategoriesController(_Terms):
    """The tree of categories."""

    path: ClassVar[str] = "/shops/{shop:str}/categories"
    name: ClassVar[str] = "categories"
    kind: ClassVar[TermKind] = TermKind.CATEGORY


class BrandsController(_Terms):
    """The brands."""

    path: ClassVar[str] = "/shops/{shop:str}/brands"
    name: ClassVar[str] = "brands"
    kind: ClassVar[TermKind] = TermKind.BRAND


class CollectionsController(_Terms):
    """The collections."""

    path: ClassVar[str] = "/shops/{shop:str}/collections"
    name: ClassVar[str] = "collections"
    kind: ClassVar[TermKind] = TermKind.COLLECTION
