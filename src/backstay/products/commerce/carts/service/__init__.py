"""What one can do with carts."""

from backstay.products.commerce.carts.service.cards import add_gift_card, remove_gift_card
from backstay.products.commerce.carts.service.keeping import (
    complete,
    get,
    locked,
    own,
    proof_of,
    seen_by_merchant,
)
from backstay.products.commerce.carts.service.merging import merge
from backstay.products.commerce.carts.service.personal import PERSONAL
from backstay.products.commerce.carts.service.reckoning import buyer_of, priced, view
from backstay.products.commerce.carts.service.shopping import (
    acknowledge,
    add,
    add_code,
    change,
    expect,
    open_,
    remove_code,
    set_,
)
from backstay.products.commerce.carts.service.upkeep import expire

__all__ = [
    "PERSONAL",
    "acknowledge",
    "add",
    "add_code",
    "add_gift_card",
    "buyer_of",
    "change",
    "complete",
    "expect",
    "expire",
    "get",
    "locked",
    "merge",
    "open_",
    "own",
    "priced",
    "proof_of",
    "remove_code",
    "remove_gift_card",
    "seen_by_merchant",
    "set_",
    "view",
]
