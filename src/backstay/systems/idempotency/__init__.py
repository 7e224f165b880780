"""Safe retries: a request that is sent again with its `Idempotency-Key` has one effect and one answer.

One line makes a route so: `@post(..., declares=[Replayable()])`. Promises: however often and at once a
request comes, and whatever process dies in the middle, it is executed once, and every answer is the first
one to the byte; a key says nothing to anybody but its sender. Limits: POST and PATCH that open a unit of
work, public ones only with a `proof` of who asks; effects outside the database are not undone by a
rollback. See README.md.
"""

from backstay.systems.idempotency.contracts import IdempotencyKey, KeyState, Replayable, ReplayableRoute

__all__ = ["IdempotencyKey", "KeyState", "Replayable", "ReplayableRoute"]
