"""What the cache does."""

from backstay.systems.cache.service.cache import Cache, Unkept
from backstay.systems.cache.service.invalidating import Invalidator, invalidate, invalidate_everything, is_tag
from backstay.systems.cache.service.part import hold_parts
from backstay.systems.cache.service.shelf import Shelf
from backstay.systems.cache.service.tail import Tail
from backstay.systems.cache.service.telling import Teller, list_invalidations, prune, purge, show

__all__ = [
    "Cache",
    "Invalidator",
    "Shelf",
    "Tail",
    "Teller",
    "Unkept",
    "hold_parts",
    "invalidate",
    "invalidate_everything",
    "is_tag",
    "list_invalidations",
    "prune",
    "purge",
    "show",
]
