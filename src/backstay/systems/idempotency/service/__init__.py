"""What the idempotency system does."""

from backstay.systems.idempotency.service.claims import Asked, Claim, Claims, Kept
from backstay.systems.idempotency.service.personal import PERSONAL
from backstay.systems.idempotency.service.reading import get_key, list_keys, list_routes
from backstay.systems.idempotency.service.surrounding import Replaying, surround
from backstay.systems.idempotency.service.upkeep import prune_all

__all__ = [
    "PERSONAL",
    "Asked",
    "Claim",
    "Claims",
    "Kept",
    "Replaying",
    "get_key",
    "list_keys",
    "list_routes",
    "prune_all",
    "surround",
]
