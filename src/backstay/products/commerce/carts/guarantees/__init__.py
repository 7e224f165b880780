"""What carts promise, put to several servers at once and through kills."""

from backstay.products.commerce.carts.guarantees.holding import a_carts_goods_are_held
from backstay.products.commerce.carts.guarantees.owning import (
    carts_are_their_owners,
    merging_loses_no_line,
)

__all__ = ["a_carts_goods_are_held", "carts_are_their_owners", "merging_loses_no_line"]
