"""Coupons and their codes, as merchants keep them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, false, func, insert, select, update

from backstay.kernel.database import NOW, any_of, equals, listing, param, statement
from backstay.products.commerce.coupons.contracts import Claim, Code, Coupon
from backstay.products.commerce.coupons.tables import claims, codes, coupons

COUNTED: Final = (
    select(func.count())
    .select_from(claims)
    .where(claims.c.coupon_id == coupons.c.id, claims.c.counted)
    .correlate(coupons)
    .scalar_subquery()
)
_CODE_COUNTED: Final = (
    select(func.count())
    .select_from(claims)
    .where(claims.c.coupon_id == codes.c.coupon_id, claims.c.code_id == codes.c.id, claims.c.counted)
    .correlate(codes)
    .scalar_subquery()
)


def columns(used: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Those of a `Coupon`, with what tells how often it was used."""
    return (
        coupons.c.id,
        coupons.c.name,
        coupons.c.off,
        coupons.c.target.label("on"),
        coupons.c.goods.label("only"),
        coupons.c.minimum,
        coupons.c.first_order,
        coupons.c.customers,
        coupons.c.emails,
        coupons.c.starts_at,
        coupons.c.redeem_by,
        coupons.c.most.label("limit"),
        coupons.c.per_customer,
        coupons.c.stacking,
        coupons.c.position,
        coupons.c.automatic,
        coupons.c.give_back,
        coupons.c.paused,
        used.label("used"),
        coupons.c.created_at,
        coupons.c.updated_at,
        coupons.c.version,
    )


_SHOWN: Final = columns(case((coupons.c.most.is_not(None), coupons.c.taken), else_=COUNTED))
_THIS: Final = and_(coupons.c.shop_id == param("shop_id"), coupons.c.id == param("id"))

CREATE = statement(insert(coupons))
GET = statement(select(*_SHOWN).where(_THIS), Coupon)
LOCK = statement(
    select(*columns(coupons.c.taken)).where(_THIS).with_for_update(of=coupons),
    Coupon,
)
"""Waits for claims under way, whose rows refer to the coupon."""
LIST = listing(
    select(*_SHOWN).where(coupons.c.shop_id == param("shop_id")),
    Coupon,
    name="coupons.list",
    key=coupons.c.id,
    sorts={
        "name": coupons.c.name,
        "created_at": coupons.c.created_at,
        "redeem_by": coupons.c.redeem_by,
        "position": coupons.c.position,
    },
    default=("-created_at",),
    filters={
        "automatic": equals(coupons.c.automatic, bool, "Those that need no code, or those that do."),
        "paused": equals(coupons.c.paused, bool),
    },
)
COUNT_LIVE = statement(select(func.count().label("count")).select_from(coupons), int)
COUNT_USES = statement(
    select(func.count().label("count"))
    .select_from(claims)
    .where(claims.c.coupon_id == param("coupon_id"), claims.c.counted),
    int,
)
_TERMS: Final = (
    *("name", "off", "target", "goods", "minimum", "first_order", "customers", "emails", "starts_at"),
    *("redeem_by", "most", "per_customer", "stacking", "position", "automatic", "give_back", "paused"),
)
CHANGE = statement(
    update(coupons)
    .where(_THIS, coupons.c.version == param("expected"))
    .values({name: param(name, coupons.c[name].type) for name in (*_TERMS, "taken")})
)
REMOVE = statement(
    update(coupons).where(_THIS, coupons.c.version == param("expected")).values(deleted_at=NOW)
)

_CODE: Final = (
    codes.c.id,
    codes.c.code,
    codes.c.active,
    codes.c.expires_at,
    codes.c.most.label("limit"),
    case((codes.c.most.is_not(None), codes.c.taken), else_=_CODE_COUNTED).label("used"),
    codes.c.created_at,
)
ADD_CODE = statement(insert(codes))
CODE = statement(select(*_CODE).where(codes.c.id == param("id")), Code)
CODES = listing(
    select(*_CODE).where(codes.c.coupon_id == param("coupon_id")),
    Code,
    name="coupons.codes",
    key=codes.c.id,
    sorts={"code": codes.c.code, "created_at": codes.c.created_at},
    default=("-created_at",),
    filters={
        "active": equals(codes.c.active, bool),
        "key": equals(codes.c.key, str, "The code in capitals."),
    },
)
TAKEN_KEYS = statement(
    select(codes.c.key).where(
        codes.c.shop_id == param("shop_id"), codes.c.active, any_of(codes.c.key, "keys")
    ),
    str,
)
RETIRE_CODE = statement(
    update(codes)
    .where(codes.c.coupon_id == param("coupon_id"), codes.c.id == param("id"), codes.c.active)
    .values(active=false())
)
RETIRE_CODES = statement(
    update(codes).where(codes.c.coupon_id == param("coupon_id"), codes.c.active).values(active=false())
)

_CLAIM: Final = (
    claims.c.id,
    claims.c.coupon_id,
    claims.c.holder,
    claims.c.name,
    claims.c.code,
    claims.c.off,
    claims.c.currency,
    claims.c.customer_id,
    claims.c.email,
    claims.c.counted,
    claims.c.claimed_at,
    claims.c.released_at,
)
CLAIMS = listing(
    select(*_CLAIM).where(claims.c.coupon_id == param("coupon_id")),
    Claim,
    name="coupons.claims",
    key=claims.c.id,
    sorts={"claimed_at": claims.c.claimed_at},
    default=("-claimed_at",),
    filters={"counted": equals(claims.c.counted, bool, "Those that count against the limits.")},
)
