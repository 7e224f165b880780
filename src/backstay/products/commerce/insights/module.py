"""The manifest of insights."""

from __future__ import annotations

from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Module
from backstay.products.commerce.insights import tables
from backstay.products.commerce.insights.commands import insights
from backstay.products.commerce.insights.http import READ, InsightsController
from backstay.products.commerce.insights.jobs import TENDING, tend
from backstay.products.commerce.insights.service import SALES

module = Module(
    name="insights",
    summary="What shops sell, by day, product and customer: sums that are kept, and can be proven.",
    package=__package__,
    requires=["shops", "catalog", "inventory", "orders", "events", "jobs"],
    tables=tables.metadata,
    controllers=[InsightsController],
    permissions=[READ],
    declares=[SALES, TENDING, tend],
    guarantees=declared_in(f"{__package__}.guarantees"),
    commands=[insights],
)
