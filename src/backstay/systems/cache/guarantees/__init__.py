"""What the cache promises, in memory and on Redis, beside either database."""

from backstay.systems.cache.guarantees.memory import (
    a_kept_answer_is_ones_own,
    a_late_value_is_not_kept,
    misses_make_one_computation,
    nobody_reads_the_old_value,
)
from backstay.systems.cache.guarantees.redis import (
    redis_a_late_value_is_not_kept,
    redis_kept_answer_is_ones_own,
    redis_misses_make_one_computation,
    redis_nobody_reads_the_old_value,
)

__all__ = [
    "a_kept_answer_is_ones_own",
    "a_late_value_is_not_kept",
    "misses_make_one_computation",
    "nobody_reads_the_old_value",
    "redis_a_late_value_is_not_kept",
    "redis_kept_answer_is_ones_own",
    "redis_misses_make_one_computation",
    "redis_nobody_reads_the_old_value",
]
