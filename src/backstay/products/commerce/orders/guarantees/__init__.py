"""What orders promise, as checks that anybody can run."""

from backstay.products.commerce.orders.guarantees.ending import (
    ended_orders_give_back_once,
    orders_money_adds_up,
)
from backstay.products.commerce.orders.guarantees.selling import (
    one_cart_is_one_order,
    racing_carts_sell_what_is_there,
)

__all__ = [
    "ended_orders_give_back_once",
    "one_cart_is_one_order",
    "orders_money_adds_up",
    "racing_carts_sell_what_is_there",
]
