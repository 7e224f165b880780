"""The manifest of the storefront."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.database import Database
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Module
from backstay.kernel.settings import Settings
from backstay.products.commerce.catalog import window
from backstay.products.commerce.storefront.http import (
    PAGES,
    AccountController,
    CartController,
    CheckoutController,
    FilesController,
    HomeController,
    LookingController,
    OrderController,
    ReviewController,
    SigningController,
    WishesController,
)
from backstay.products.commerce.storefront.jobs import show_stock
from backstay.products.commerce.storefront.service import Keeper


def prepare(database: Database, _modules: Sequence[Module], _settings: Settings) -> None:
    """Be told of every change of a shop's window."""
    database.parts.hold(Keeper(), window.WindowWatcher)


module = Module(
    name="storefront",
    summary="A shop's home, never older than its last commit, and the pages on which people buy.",
    package=__package__,
    requires=[
        "cache",
        "carts",
        "catalog",
        "coupons",
        "events",
        "identity",
        "inventory",
        "orders",
        "payments",
        "pricing",
        "ratelimit",
        "reviews",
        "shops",
        "wishlists",
    ],
    controllers=[
        HomeController,
        LookingController,
        FilesController,
        CartController,
        CheckoutController,
        OrderController,
        SigningController,
        AccountController,
        WishesController,
        ReviewController,
    ],
    declares=[show_stock],
    surrounds=PAGES,
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
)
