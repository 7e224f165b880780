"""The tables: of the jobs themselves, and of the books beside them."""

from backstay.systems.jobs.tables.books import breakers, probes, schedules, ticks, workers
from backstay.systems.jobs.tables.engine import (
    HELD,
    HELD_STATES,
    done,
    edges,
    effects,
    jobs,
    keys,
    metadata,
    minutes,
    numbers,
    outgoing,
    queues,
    starts,
    steps,
)

__all__ = [
    "HELD",
    "HELD_STATES",
    "breakers",
    "done",
    "edges",
    "effects",
    "jobs",
    "keys",
    "metadata",
    "minutes",
    "numbers",
    "outgoing",
    "probes",
    "queues",
    "schedules",
    "starts",
    "steps",
    "ticks",
    "workers",
]
