"""What jobs promise, proven with probes: jobs that leave a mark in the commit that ends them."""

from backstay.systems.jobs.guarantees.once import (
    jobs_happen_once,
    sigterm_spends_no_attempt,
    zombies_change_nothing,
)
from backstay.systems.jobs.guarantees.order import lines_keep_their_order, tenants_take_turns
from backstay.systems.jobs.guarantees.outages import redis_workers_come_back, workers_come_back
from backstay.systems.jobs.guarantees.redis import (
    redis_jobs_happen_once,
    redis_sigterm_spends_no_attempt,
    redis_zombies_change_nothing,
)
from backstay.systems.jobs.guarantees.returning import jobs_of_dead_workers_return
from backstay.systems.jobs.guarantees.stores import (
    committed_jobs_outlive_the_store,
    no_job_of_a_rollback,
)
from backstay.systems.jobs.guarantees.ticks import a_tick_is_one_job

__all__ = [
    "a_tick_is_one_job",
    "committed_jobs_outlive_the_store",
    "jobs_happen_once",
    "jobs_of_dead_workers_return",
    "lines_keep_their_order",
    "no_job_of_a_rollback",
    "redis_jobs_happen_once",
    "redis_sigterm_spends_no_attempt",
    "redis_workers_come_back",
    "redis_zombies_change_nothing",
    "sigterm_spends_no_attempt",
    "tenants_take_turns",
    "workers_come_back",
    "zombies_change_nothing",
]
