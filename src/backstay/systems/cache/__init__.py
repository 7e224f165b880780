"""The cache: values that are computed once and forgotten with the commit that makes them old.

Promises: a value is somebody's, and nobody else gets it; however many miss it, one computes it;
250 ms after a committed invalidation nobody is given the old value, and what began before the
invalidation is never kept; a store that is away costs time, never an answer. Limits: it knows of
changes only by tags; what a computation reads elsewhere than in the database is its own affair.
"""

from backstay.systems.cache.contracts import Cached, Key, Kind, Once, Sharing
from backstay.systems.cache.service import Cache, Shelf, invalidate, invalidate_everything

__all__ = [
    "Cache",
    "Cached",
    "Key",
    "Kind",
    "Once",
    "Sharing",
    "Shelf",
    "invalidate",
    "invalidate_everything",
]
