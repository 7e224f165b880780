"""Categories, brands and collections."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, insert, null, select, update

from backstay.kernel.database import Deleted, Uuid, any_of, listing, param, statement
from backstay.products.commerce.catalog.contracts.terms import Term, TermKind
from backstay.products.commerce.catalog.tables import placements, products, terms


class TermRow(Struct, frozen=True):
    """A term, with what it is."""

    id: UUID
    kind: TermKind
    slug: str
    name: str
    description: str
    image: str | None
    position: int
    parent_id: UUID | None


_TERM = [terms.c[name] for name in Term.__struct_fields__]
_ROW = [terms.c[name] for name in TermRow.__struct_fields__]
_IN_SHOP = terms.c.shop_id == param("shop_id")
_OF_KIND = terms.c.kind == param("kind")

ALL = statement(select(*_ROW).where(_IN_SHOP).order_by(terms.c.position, terms.c.name, terms.c.id), TermRow)
LIST = listing(
    select(*_TERM).where(_IN_SHOP, _OF_KIND),
    Term,
    name="catalog.terms",
    key=terms.c.id,
    sorts={"position": terms.c.position, "slug": terms.c.slug, "created_at": terms.c.created_at},
    default=("position", "slug"),
)
GET = statement(select(*_TERM).where(_IN_SHOP, _OF_KIND, terms.c.slug == param("slug")), Term)
GET_ID = statement(select(*_TERM).where(_IN_SHOP, terms.c.id == param("id")), Term)
NAMED = statement(select(*_ROW).where(_IN_SHOP, any_of(terms.c.slug, "slugs")), TermRow)
BY_ID = statement(select(*_ROW).where(_IN_SHOP, any_of(terms.c.id, "ids")), TermRow)
COUNT = statement(select(func.count().label("count")).where(_IN_SHOP, _OF_KIND).select_from(terms), int)
CHILDREN = statement(
    select(func.count().label("count")).select_from(terms).where(terms.c.parent_id == param("id")), int
)
INSERT = statement(insert(terms))
CHANGE = statement(
    update(terms)
    .where(_IN_SHOP, terms.c.id == param("id"), terms.c.version == param("version"))
    .values(
        {
            name: param(name, terms.c[name].type)
            for name in ("slug", "name", "description", "image", "position", "parent_id")
        }
    )
)
REMOVE = statement(
    delete(terms).where(_IN_SHOP, terms.c.id == param("id"), terms.c.version == param("version"))
)
PLACED = statement(select(placements.c.product_id).where(placements.c.term_id == param("id")), UUID)
BRANDED = statement(
    select(products.c.id).where(products.c.brand_id == param("id", Uuid)), UUID, deleted=Deleted.ANY
)
UNBRAND = statement(
    update(products).where(products.c.brand_id == param("id", Uuid)).values(brand_id=null()),
    deleted=Deleted.ANY,
)
