"""What one can do with gift cards."""

from backstay.products.commerce.giftcards.service.codes import CardCodes
from backstay.products.commerce.giftcards.service.managing import (
    adjust,
    change,
    entries,
    get,
    issue,
    list_,
)
from backstay.products.commerce.giftcards.service.paying import GiftCards
from backstay.products.commerce.giftcards.service.using import (
    find,
    invariants,
    locked,
    shares,
    source_of,
    standing,
)

__all__ = [
    "CardCodes",
    "GiftCards",
    "adjust",
    "change",
    "entries",
    "find",
    "get",
    "invariants",
    "issue",
    "list_",
    "locked",
    "shares",
    "source_of",
    "standing",
]
