"""Counters: increment, decrement, reset; shared by an organization or one's own.

Promises: a counter ends at the sum of the moves acknowledged, however many clients move
it; a move sent again with its `Idempotency-Key` counts once for 24 hours; a reset with a
stale `If-Match` changes nothing. Limits: values stay within ±(2^53 - 1).
"""

from backstay.products.counter.contracts import Counter, CounterName, Day, Move
from backstay.products.counter.errors import CounterChanged, CounterOutOfRange, NoSuchCounter
from backstay.products.counter.events import CounterMoved, CounterRemoved
from backstay.products.counter.service import activity, add, get, list_, moves, remove, reset

__all__ = [
    "Counter",
    "CounterChanged",
    "CounterMoved",
    "CounterName",
    "CounterOutOfRange",
    "CounterRemoved",
    "Day",
    "Move",
    "NoSuchCounter",
    "activity",
    "add",
    "get",
    "list_",
    "moves",
    "remove",
    "reset",
]
