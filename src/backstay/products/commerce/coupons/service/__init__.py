"""What one can do with coupons."""

from backstay.products.commerce.coupons.service.by_hand import claim_by_hand, release_by_hand
from backstay.products.commerce.coupons.service.claiming import claim, judge, release
from backstay.products.commerce.coupons.service.managing import (
    change,
    claims,
    create,
    get,
    list_,
    remove,
    try_out,
)
from backstay.products.commerce.coupons.service.personal import PERSONAL
from backstay.products.commerce.coupons.service.simulating import simulate

__all__ = [
    "PERSONAL",
    "change",
    "claim",
    "claim_by_hand",
    "claims",
    "create",
    "get",
    "judge",
    "list_",
    "release",
    "release_by_hand",
    "remove",
    "simulate",
    "try_out",
]
