"""Claiming and giving back. Every limit is a condition of the statement that counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, and_, case, false, func, insert, null, or_, select, true, union_all, update

from backstay.kernel.database import NOW, Deleted, Uuid, any_of, database_now, param, statement
from backstay.products.commerce.coupons.contracts import Coupon
from backstay.products.commerce.coupons.queries.managing import COUNTED, columns
from backstay.products.commerce.coupons.tables import claims, codes, coupons
from backstay.products.commerce.pricing import Discount


class Candidate(Coupon, frozen=True):
    """A coupon that a basket may be given, with the code that led to it; None for an automatic one."""

    code_id: UUID | None
    code: str | None
    code_expires_at: datetime | None
    code_limit: int | None
    code_taken: int | None
    judged_at: datetime
    """The database's present: what every node must agree on is judged by it."""


class Use(Struct, frozen=True):
    """A claim, as claiming looks at it."""

    id: UUID
    coupon_id: UUID
    code_id: UUID | None
    holder: UUID
    name: str
    code: str | None
    discount: Discount
    position: int
    currency: str
    ordinal: int | None
    counted: bool
    released_at: datetime | None


class Returned(Struct, frozen=True):
    """What a release has to give back."""

    coupon_id: UUID
    code_id: UUID | None
    counted: bool


class Released(Struct, frozen=True):
    """A use in an export."""

    organization_id: UUID
    name: str
    code: str | None
    currency: str
    claimed_at: datetime
    released_at: datetime | None


def _candidates() -> Select[Any]:
    """What the codes lead to, and what needs none: two ways in, so that each has an index of its own."""
    of_codes = select(codes.c.coupon_id.label("id")).where(
        codes.c.shop_id == param("shop_id"), codes.c.active, any_of(codes.c.key, "keys")
    )
    automatic = select(coupons.c.id).where(coupons.c.shop_id == param("shop_id"), coupons.c.automatic)
    entered = and_(codes.c.coupon_id == coupons.c.id, codes.c.active, any_of(codes.c.key, "keys"))
    return (
        select(
            *columns(coupons.c.taken),
            codes.c.id.label("code_id"),
            codes.c.code,
            codes.c.expires_at.label("code_expires_at"),
            codes.c.most.label("code_limit"),
            codes.c.taken.label("code_taken"),
            database_now().label("judged_at"),
        )
        .select_from(coupons.outerjoin(codes, entered))
        .where(coupons.c.id.in_(union_all(of_codes, automatic)))
        .order_by(coupons.c.position, coupons.c.id)
    )


CANDIDATES = statement(_candidates(), Candidate)
"""`used` is what counts against a limit, and means nothing where there is none."""

USES = statement(
    select(
        claims.c.id,
        claims.c.coupon_id,
        claims.c.code_id,
        claims.c.holder,
        claims.c.name,
        claims.c.code,
        claims.c.discount,
        claims.c.position,
        claims.c.currency,
        claims.c.ordinal,
        claims.c.counted,
        claims.c.released_at,
    ).where(
        or_(
            claims.c.holder == param("holder", Uuid),
            and_(
                any_of(claims.c.coupon_id, "coupon_ids"),
                claims.c.counted,
                or_(
                    claims.c.customer_id == param("customer_id", Uuid),
                    claims.c.email == param("email", claims.c.email.type),
                ),
            ),
        )
    ),
    Use,
)
"""The holder's, and the buyer's other ones of these coupons."""

_inside = coupons.alias("inside")
_IN_ORDER: Final = (
    select(_inside.c.id).where(any_of(_inside.c.id, "ids")).order_by(_inside.c.id).with_for_update(of=_inside)
)
"""Rows are locked in the order of their ids, so that two purchases never wait for each other."""
_OPEN: Final = and_(
    coupons.c.paused.is_(False),
    or_(coupons.c.starts_at.is_(None), coupons.c.starts_at <= database_now()),
    or_(coupons.c.redeem_by.is_(None), coupons.c.redeem_by > database_now()),
)
# A use is no edit: neither the version nor the stamps of the last one move.
_NO_EDIT: Final = {
    "updated_at": coupons.c.updated_at,
    "updated_by": coupons.c.updated_by,
    "version": coupons.c.version,
}
TAKE = statement(
    update(coupons)
    .where(coupons.c.id.in_(_IN_ORDER), _OPEN, coupons.c.most.is_not(None), coupons.c.taken < coupons.c.most)
    .values({"taken": coupons.c.taken + 1, **_NO_EDIT})
    .returning(coupons.c.id),
    UUID,
)
TAKE_FREELY = statement(
    select(coupons.c.id)
    .where(any_of(coupons.c.id, "ids"), _OPEN, coupons.c.most.is_(None))
    .order_by(coupons.c.id)
    .with_for_update(of=coupons, key_share=True, read=True),
    UUID,
)
"""Purchases share the lock; a change of the coupon waits for them."""
_inner_code = codes.alias("inside")
TAKE_CODES = statement(
    update(codes)
    .where(
        codes.c.id.in_(
            select(_inner_code.c.id)
            .where(any_of(_inner_code.c.id, "ids"))
            .order_by(_inner_code.c.id)
            .with_for_update(of=_inner_code)
        ),
        codes.c.active,
        codes.c.taken < codes.c.most,
    )
    .values(taken=codes.c.taken + 1)
    .returning(codes.c.id),
    UUID,
)
CLAIM = statement(
    insert(claims).values(
        {
            **{
                name: param(name, claims.c[name].type)
                for name in (
                    *("id", "shop_id", "coupon_id", "code_id", "holder", "name", "code", "off", "discount"),
                    *("position", "give_back", "currency", "customer_id", "email", "ordinal"),
                )
            },
            "counted": true(),
            "released_at": null(),
        }
    )
)
REVIVE = statement(
    update(claims)
    .where(any_of(claims.c.id, "ids"), claims.c.counted, claims.c.released_at.is_not(None))
    .values(released_at=null())
)
"""A use that a given up purchase kept is the same purchase's again."""

COUNT_CLAIMS = statement(
    select(func.count().label("count"))
    .select_from(claims)
    .where(claims.c.shop_id == param("shop_id"), claims.c.holder == param("holder", Uuid)),
    int,
)
RELEASE = statement(
    update(claims)
    .where(claims.c.holder == param("holder", Uuid), claims.c.released_at.is_(None))
    .values(
        released_at=NOW,
        counted=case((claims.c.give_back, false()), else_=claims.c.counted),
    )
    .returning(claims.c.coupon_id, claims.c.code_id, claims.c.counted),
    Returned,
)
GIVE_BACK = statement(
    update(coupons)
    .where(coupons.c.id.in_(_IN_ORDER), coupons.c.most.is_not(None))
    .values({"taken": coupons.c.taken - 1, **_NO_EDIT}),
    deleted=Deleted.ANY,
)
GIVE_BACK_CODES = statement(
    update(codes).where(any_of(codes.c.id, "ids"), codes.c.most.is_not(None)).values(taken=codes.c.taken - 1)
)

MISCOUNTED = statement(
    select(coupons.c.id)
    .where(coupons.c.most.is_not(None), coupons.c.taken != COUNTED)
    .order_by(coupons.c.id),
    UUID,
    deleted=Deleted.ANY,
)
"""Coupons whose counter is not the number of their uses; there are none."""

CLAIMS_OF = statement(
    select(
        claims.c.organization_id,
        claims.c.name,
        claims.c.code,
        claims.c.currency,
        claims.c.claimed_at,
        claims.c.released_at,
    )
    .where(claims.c.customer_id == param("user_id", Uuid))
    .order_by(claims.c.claimed_at, claims.c.id),
    Released,
    unscoped=True,
)
ERASE = statement(
    update(claims)
    .where(claims.c.customer_id == param("user_id", Uuid))
    .values(customer_id=null(), email=null()),
    unscoped=True,
)
"""The use stays counted, as nobody's."""
