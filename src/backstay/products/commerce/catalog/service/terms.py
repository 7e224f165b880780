"""Categories, brands and collections."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET, structs, to_builtins

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.fields import DEPTH, TERMS
from backstay.products.commerce.catalog.contracts.terms import Term, TermChanges, TermDraft, TermKind
from backstay.products.commerce.catalog.errors import NoSuchTerm, SlugTaken, Stale, StillUsed
from backstay.products.commerce.catalog.queries import products as product_queries
from backstay.products.commerce.catalog.queries import terms as queries
from backstay.products.commerce.catalog.service.listing import relist
from backstay.products.commerce.catalog.service.words import slug_of
from backstay.products.commerce.catalog.service.writing import move
from backstay.products.commerce.shops import Shop


async def get(reader: Reader, shop_id: UUID, kind: TermKind, slug: str) -> Term:
    """A term of the shop.

    Raises:
        NoSuchTerm: there is none of this kind and slug.
    """
    found = await reader.first(queries.GET, shop_id=shop_id, kind=kind, slug=slug)
    if found is None:
        raise NoSuchTerm
    return found


async def list_terms(reader: Reader, shop: Shop, kind: TermKind, request: ListRequest) -> Page[Term]:
    """The shop's terms of a kind."""
    return await reader.page(queries.LIST, request, shop_id=shop.id, kind=kind)


async def create(uow: UnitOfWork, shop: Shop, kind: TermKind, draft: TermDraft) -> Term:
    """Make a term.

    Raises:
        Invalid: there is no such parent, it is too deep, or the shop has as many as it may.
        SlugTaken: another of its kind bears the slug.
    """
    await move(uow, shop.id)
    if await uow.one(queries.COUNT, shop_id=shop.id, kind=kind) >= TERMS:
        raise Invalid(
            FieldError(pointer="", code="length", message=f"the shop has {TERMS} of this kind already")
        )
    id_ = uuid7()
    slug = draft.slug or slug_of(draft.name, id_)
    await _refuse_taken(uow, shop.id, kind, slug)
    parent_id = await _parent(uow, shop.id, kind, draft.parent, None)
    await uow.execute(
        queries.INSERT,
        id=id_,
        shop_id=shop.id,
        kind=kind,
        slug=slug,
        name=draft.name.strip(),
        description=draft.description,
        image=draft.image,
        position=draft.position,
        parent_id=parent_id,
    )
    await uow.execute(product_queries.MOVE_TERMS, shop_id=shop.id)
    term = await uow.one(queries.GET_ID, shop_id=shop.id, id=id_)
    record(uow, f"catalog.{kind.value}_created", subject=(kind.value, id_), after=to_builtins(term))
    return term


async def _refuse_taken(uow: UnitOfWork, shop_id: UUID, kind: TermKind, slug: str) -> None:
    if await uow.first(queries.GET, shop_id=shop_id, kind=kind, slug=slug) is not None:
        raise SlugTaken(slug=slug)


async def _parent(
    uow: UnitOfWork, shop_id: UUID, kind: TermKind, slug: str | None, moved: UUID | None
) -> UUID | None:
    """The category to go into; the unit holds the shop's catalogue, so nobody else moves one meanwhile."""
    if slug is None:
        return None
    if kind is not TermKind.CATEGORY:
        raise Invalid(
            FieldError(pointer="/parent", code="unknown", message="only categories are in one another")
        )
    categories = {
        one.id: one for one in await uow.all(queries.ALL, shop_id=shop_id) if one.kind is TermKind.CATEGORY
    }
    parent = next((one for one in categories.values() if one.slug == slug), None)
    if parent is None:
        raise Invalid(
            FieldError(pointer="/parent", code="choice", message=f"the shop has no category {slug!r}")
        )
    line = [parent]
    while (up := line[-1].parent_id) is not None:
        line.append(categories[up])
    if any(one.id == moved for one in line):
        message = "a category cannot go into itself or into one that is in it"
        raise Invalid(FieldError(pointer="/parent", code="cycle", message=message))
    below = 1
    level = {moved}
    while level := {one.id for one in categories.values() if one.parent_id in level and one.parent_id}:
        below += 1
    if len(line) + below > DEPTH:
        message = f"categories are at most {DEPTH} deep"
        raise Invalid(FieldError(pointer="/parent", code="depth", message=message))
    return parent.id


async def change(
    uow: UnitOfWork, shop: Shop, kind: TermKind, slug: str, changes: TermChanges, *, expected: int
) -> Term:
    """Change what is named, if the term still has the version expected. A category takes along what is in it.

    Raises:
        NoSuchTerm: there is none.
        Stale: it was changed since.
        Invalid: there is no such parent, it is in this one, or the tree would be too deep.
        SlugTaken: another of its kind bears the slug.
    """
    revision = await move(uow, shop.id)
    before = await get(uow, shop.id, kind, slug)
    given = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET}
    if given.get("slug", slug) != slug:
        await _refuse_taken(uow, shop.id, kind, given["slug"])
    if "parent" in given:
        given["parent_id"] = await _parent(uow, shop.id, kind, given.pop("parent"), before.id)
    after = structs.replace(before, **given)
    touched = await uow.execute(
        queries.CHANGE,
        shop_id=shop.id,
        id=before.id,
        version=expected,
        slug=after.slug,
        name=after.name.strip(),
        description=after.description,
        image=after.image,
        position=after.position,
        parent_id=after.parent_id,
    )
    if not touched:
        raise _stale(before.version)
    await uow.execute(product_queries.MOVE_TERMS, shop_id=shop.id)
    if after.parent_id != before.parent_id:
        # Their products are in other categories above from now on.
        await relist(uow, shop.id, revision, await _within(uow, shop.id, before.id))
    term = await uow.one(queries.GET_ID, shop_id=shop.id, id=before.id)
    record(
        uow,
        f"catalog.{kind.value}_changed",
        subject=(kind.value, before.id),
        before={name: getattr(before, name) for name in given},
        after=given,
    )
    return term


def _stale(version: int) -> Stale:
    stale = Stale(version=version)
    stale.headers["ETag"] = f'"{version}"'
    return stale


async def subtree(reader: Reader, shop_id: UUID, id_: UUID) -> set[UUID]:
    """A category and all that are in it, at any depth."""
    every = await reader.all(queries.ALL, shop_id=shop_id)
    found, level = {id_}, {id_}
    while level := {one.id for one in every if one.parent_id in level}:
        found |= level
    return found


async def _within(uow: UnitOfWork, shop_id: UUID, id_: UUID) -> set[UUID]:
    products: set[UUID] = set()
    for one in await subtree(uow, shop_id, id_):
        products |= set(await uow.all(queries.PLACED, id=one))
    return products


async def remove(uow: UnitOfWork, shop: Shop, kind: TermKind, slug: str, *, expected: int) -> None:
    """Remove a term, if it still has the version expected; products lose it.

    Raises:
        NoSuchTerm: there is none.
        Stale: it was changed since.
        StillUsed: other categories are in it.
    """
    revision = await move(uow, shop.id)
    before = await get(uow, shop.id, kind, slug)
    if await uow.one(queries.CHILDREN, id=before.id):
        raise StillUsed
    statement = queries.BRANDED if kind is TermKind.BRAND else queries.PLACED
    products = set(await uow.all(statement, id=before.id))
    if not await uow.execute(queries.REMOVE, shop_id=shop.id, id=before.id, version=expected):
        raise _stale(before.version)
    if kind is TermKind.BRAND:
        await uow.execute(queries.UNBRAND, id=before.id)
    await uow.execute(product_queries.MOVE_TERMS, shop_id=shop.id)
    await relist(uow, shop.id, revision, products)
    record(uow, f"catalog.{kind.value}_removed", subject=(kind.value, before.id), before=to_builtins(before))
