"""The manifest of replay."""

from __future__ import annotations

from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Module
from backstay.products.commerce.replay import commands, tables

module = Module(
    name="replay",
    summary="Invoices of another program, replayed as orders, payments, refunds and stock, to the penny.",
    package=__package__,
    requires=["shops", "catalog", "inventory", "orders", "reviews"],
    tables=tables.metadata,
    commands=[commands.commerce],
    guarantees=declared_in(f"{__package__}.guarantees"),
)
