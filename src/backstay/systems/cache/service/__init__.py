"""What the cache does."""

from backstay.systems.cache.service.cache import Cache
from backstay.systems.cache.service.invalidating import Invalidator, invalidate, invalidate_everything
from backstay.systems.cache.service.part import hold_parts
from backstay.systems.cache.service.tail import Tail
from backstay.systems.cache.service.telling import Teller, list_invalidations, prune, purge, show

__all__ = [
    "Cache",
    "Invalidator",
    "Tail",
    "Teller",
    "hold_parts",
    "invalidate",
    "invalidate_everything",
    "list_invalidations",
    "prune",
    "purge",
    "show",
]
