"""What limits promise: exactly the policy, by the store's clock, and never a 500 for the store's sake."""

from backstay.systems.ratelimit.guarantees.clocks import skewed_clocks_change_no_limit
from backstay.systems.ratelimit.guarantees.exact import (
    exactly_the_policy_is_admitted,
    redis_admits_exactly_the_policy,
)
from backstay.systems.ratelimit.guarantees.live import changed_policy_is_in_force_everywhere
from backstay.systems.ratelimit.guarantees.outages import (
    a_limit_redis_outage_is_no_error,
    a_limit_store_outage_is_no_error,
)

__all__ = [
    "a_limit_redis_outage_is_no_error",
    "a_limit_store_outage_is_no_error",
    "changed_policy_is_in_force_everywhere",
    "exactly_the_policy_is_admitted",
    "redis_admits_exactly_the_policy",
    "skewed_clocks_change_no_limit",
]
