"""What counters promise, and what the house promises of every write, shown on the smallest one.

A move of a counter writes two rows in one transaction, so it stands for any acknowledged write.
"""

from backstay.products.counter.guarantees.durability import (
    acknowledged_survives_kill,
    failed_commit_is_told,
    sigterm_loses_nothing,
)
from backstay.products.counter.guarantees.exactness import counter_is_exact, stale_if_match_changes_nothing

__all__ = [
    "acknowledged_survives_kill",
    "counter_is_exact",
    "failed_commit_is_told",
    "sigterm_loses_nothing",
    "stale_if_match_changes_nothing",
]
