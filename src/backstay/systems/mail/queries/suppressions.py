"""The suppression list and the reports that fill it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, func, insert, or_, select

from backstay.kernel.database import NOW, Timestamp, Uuid, equals, listing, param, statement, upsert
from backstay.systems.mail.contracts import EVERY_CATEGORY, FeedbackKind, Suppression, SuppressionReason
from backstay.systems.mail.tables import reports, suppressions

_SHOWN: Final = [
    suppressions.c.id,
    suppressions.c.address,
    suppressions.c.category,
    suppressions.c.reason,
    suppressions.c.detail,
    suppressions.c.created_at,
]

SUPPRESS = statement(
    upsert(suppressions, key=("organization_id", "address", "category")).insert(
        id=param("id"), reason=param("reason"), detail=param("detail"), created_at=NOW
    )
)
"""Adds an entry; one that is there stays as it is, for the first reason is the true one."""
SUPPRESS_FOR = statement(
    upsert(suppressions, key=("organization_id", "address", "category")).insert(
        id=param("id"),
        organization_id=param("organization", Uuid),
        reason=param("reason"),
        detail=param("detail"),
        created_at=NOW,
    ),
    unscoped=True,
)
"""The same for the organization that a signed link names, whoever follows it."""
AGAINST = statement(
    select(*_SHOWN).where(
        suppressions.c.address == param("address"),
        or_(suppressions.c.category == EVERY_CATEGORY, suppressions.c.category == param("category")),
    ),
    Suppression,
)
GET = statement(select(*_SHOWN).where(suppressions.c.id == param("id")), Suppression)
FIND = statement(
    select(*_SHOWN).where(
        suppressions.c.address == param("address"), suppressions.c.category == param("category")
    ),
    Suppression,
)
REMOVE = statement(delete(suppressions).where(suppressions.c.id == param("id")))

LIST = listing(
    select(*_SHOWN),
    Suppression,
    name="mail.suppressions",
    key=suppressions.c.id,
    sorts={"created_at": suppressions.c.created_at},
    default=("-created_at",),
    filters={
        "address": equals(suppressions.c.address, str, "This address, in lower case."),
        "reason": equals(suppressions.c.reason, SuppressionReason, "Entries made for this reason."),
        "category": equals(suppressions.c.category, str, "Entries for this category."),
    },
)

REPORT = statement(insert(reports))
SOFT_BOUNCES = statement(
    select(func.count())
    .select_from(reports)
    .where(
        reports.c.address == param("address"),
        reports.c.kind == FeedbackKind.SOFT_BOUNCE.value,
        reports.c.at >= param("since", Timestamp),
    ),
    int,
)
_OLD: Final = (
    select(reports.c.id)
    .where(reports.c.at < param("before", Timestamp))
    .order_by(reports.c.at, reports.c.id)
    .limit(param("batch"))
)
PRUNE = statement(delete(reports).where(reports.c.id.in_(_OLD)), unscoped=True)
