"""What a route declares, and what the idempotency system shows of the keys that were sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

KEY_LENGTH: Final = 255
"""Characters that a key has at most."""


class Replayable(Struct, frozen=True, kw_only=True):
    """A request sent again with its `Idempotency-Key` has one effect and one answer.

    What a route of POST or PATCH `declares`.
    """

    required: bool = False
    """Whether a request without a key is refused."""
    secret: bool = False
    """Whether its answer shows something for the only time. It is kept for minutes then, not for a day."""
    proof: str | None = None
    """On a public route: the header with the secret that tells callers apart who are not signed in. A key
    means something to whoever holds the same secret, and to nobody else."""


class KeyState(StrEnum):
    """How far the request of a key has come."""

    IN_FLIGHT = "in_flight"
    """It is being executed, or its process died in the middle and nobody has asked again."""
    DONE = "done"
    """It was executed and answered."""


class IdempotencyKey(Struct, frozen=True):
    """A key that somebody sent, and what became of its request; never what was asked or answered."""

    id: UUID
    key: str
    route: str
    """The method and the template of the path."""
    actor_id: UUID
    """Who sent it: a key means something to whoever made it up, and to nobody else."""
    state: KeyState
    status: int | None
    """Of the answer; null while there is none."""
    answer_kept: bool
    """Whether the answer can still be given again."""
    attempts: int
    """How often it was begun: more than once when a process died in the middle."""
    replays: int
    """How often the answer was given again."""
    request_id: str
    """The request that was executed, as the traffic log knows it."""
    created_at: datetime
    completed_at: datetime | None
    replayed_at: datetime | None
    """When the answer was last given again."""


class ReplayableRoute(Struct, frozen=True):
    """A route that takes keys."""

    route: str
    module: str
    required: bool
    secret: bool
