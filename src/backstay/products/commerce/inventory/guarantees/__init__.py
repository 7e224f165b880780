"""What inventory promises, put to several servers at once and through kills."""

from backstay.products.commerce.inventory.guarantees.adding_up import stock_agrees_with_its_ledger
from backstay.products.commerce.inventory.guarantees.giving_back import a_hold_is_given_back_once
from backstay.products.commerce.inventory.guarantees.racing import stock_is_never_oversold

__all__ = ["a_hold_is_given_back_once", "stock_agrees_with_its_ledger", "stock_is_never_oversold"]
