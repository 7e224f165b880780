"""What a limit is, what is asked of a store, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Final, Protocol

from msgspec import Meta, Struct

MICRO: Final = 1_000_000
"""Microseconds in a second: what stores count in."""
LONGEST_WINDOW: Final = 31 * 86_400
LARGEST_QUOTA: Final = 1_000_000
LARGEST_LOG: Final = 1_000
"""Of a sliding log, whose state grows with its quota."""
FASTEST: Final = 10_000
"""Units a second, at most: an interval is whole microseconds, rounded up, which here costs one percent."""
KEY_BYTES: Final = 16


class Algorithm(StrEnum):
    """How requests are counted."""

    GCRA = "gcra"
    """A token bucket in one number, the generic cell rate algorithm (ITU-T I.371): at most `burst` at once
    and, in any time, what flows back in it besides."""
    LOG = "log"
    """A sliding log: never more than the quota in any window, wherever it begins; 16 bytes a request."""
    COUNTER = "counter"
    """A sliding counter: the last window's count fades out evenly; nearly the log's answer in 24 bytes."""


class Per(StrEnum):
    """What a policy counts apart."""

    ACTOR = "actor"
    ORGANIZATION = "organization"
    ADDRESS = "address"
    """Of the network; the whole /64 of an IPv6 address."""
    ROUTE = "route"


class WhenDown(StrEnum):
    """What happens to a request while the store does not answer."""

    OPEN = "open"
    """It passes."""
    CLOSED = "closed"
    """It is refused."""
    LOCAL = "local"
    """This process counts by itself, from nothing."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """How much of something one may use in which time."""

    name: Annotated[str, Meta(pattern="^[a-z][a-z0-9_.-]{0,63}$", examples=["default"])]
    """Unique; what answers call it."""
    quota: Annotated[int, Meta(ge=1, le=LARGEST_QUOTA, examples=[100])]
    """What is admitted in a window, in units of cost."""
    window: Annotated[int, Meta(ge=1, le=LONGEST_WINDOW, examples=[60])]
    """Seconds."""
    algorithm: Algorithm = Algorithm.GCRA
    burst: Annotated[int, Meta(ge=1, le=LARGEST_QUOTA)] | None = None
    """What GCRA admits at once; null for the quota. The other algorithms have none."""
    per: tuple[Per, ...] = (Per.ACTOR,)
    """All of these together make the key."""
    when_down: WhenDown = WhenDown.LOCAL
    shadow: bool = False
    """Count and tell, and refuse nobody."""

    def __post_init__(self) -> None:
        """Refuse a policy that no store could count exactly.

        Raises:
            ValueError: says which field, and what it may be.
        """
        if self.algorithm is not Algorithm.GCRA and self.burst is not None:
            raise ValueError(f"burst: the algorithm {self.algorithm} has none; leave it out, or use gcra")
        if self.algorithm is Algorithm.LOG and self.quota > LARGEST_LOG:
            raise ValueError(
                f"quota: a log keeps every request, so at most {LARGEST_LOG}; use gcra or counter"
            )
        if self.quota > FASTEST * self.window:
            raise ValueError(f"quota: at most {FASTEST} a second, so {FASTEST * self.window} in this window")
        if self.capacity * self.interval > LONGEST_WINDOW * MICRO:
            raise ValueError("burst: it would take more than 31 days to flow back; make it smaller")
        if len(set(self.per)) != len(self.per):
            raise ValueError("per: names something twice")

    @cached_property
    def span(self) -> int:
        """The window in microseconds."""
        return self.window * MICRO

    @cached_property
    def capacity(self) -> int:
        """The largest cost that can ever be admitted at once."""
        return self.burst if self.burst is not None else self.quota

    @cached_property
    def interval(self) -> int:
        """Microseconds in which one unit of cost flows back (GCRA's emission interval), rounded up."""
        return -(-self.span // self.quota)

    @cached_property
    def tolerance(self) -> int:
        """Microseconds by which GCRA's theoretical arrival time may lie ahead, at most."""
        return self.capacity * self.interval


class Take(Struct, frozen=True):
    """One policy's part in a request: who asks, and how much."""

    policy: Policy
    key: bytes
    """Of whose quota; from `key_of`."""
    cost: int = 1
    """Units of the quota; 0 only asks how much is left."""


class Decision(Struct, frozen=True, gc=False):
    """What one policy says."""

    policy: str
    admitted: bool
    """Whether this policy lets the request pass; others may not."""
    remaining: int
    """Units of cost that are left now; 0 for a cost that this policy can never admit."""
    reset_after: float
    """Seconds until the whole quota is there again, if nobody takes from it."""
    retry_after: float | None = None
    """Seconds until this cost would be admitted; None when it is admitted now, and when it never will be."""


class Verdict(Struct, frozen=True, gc=False):
    """What all policies of one request say together."""

    admitted: bool
    """Whether all of them let it pass, shadows apart. If not, nothing was taken from any."""
    decisions: tuple[Decision, ...]
    """One a take, in the order asked."""
    estimated: bool = False
    """The store did not answer: decided as the policies say for then."""


class Lease(Struct, frozen=True):
    """A place among those who may run at once."""

    key: bytes
    holder: bytes
    """Names this place; 16 bytes that nobody else has."""
    held: int
    """Places that are held, with this one."""


class Store(Protocol):
    """Where limits are counted. One call is one atomic step by the store's own clock.

    No method takes a time: a node whose clock is wrong cannot change an answer.
    Every method raises StoreUnavailable when the store does not answer.
    """

    name: str
    """`memory`, `sqlite`, `postgresql` or `redis`."""
    shared: bool
    """Whether other processes count in it too."""

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """Take from all, or from none when one of them refuses that is no shadow.

        A refusal writes nothing. The keys must differ from each other.
        """
        ...

    async def peek(self, takes: Sequence[Take]) -> Verdict:
        """What `take` would say now; takes nothing."""
        ...

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Let everybody behind these keys begin anew."""
        ...

    async def enter(self, key: bytes, holder: bytes, limit: int, seconds: float) -> Lease | None:
        """Hold one of `limit` places until `leave`, or for `seconds` at most; None when all are held.

        A holder who has a place keeps it, for `seconds` from now.
        """
        ...

    async def leave(self, key: bytes, holder: bytes) -> None:
        """Give the place back; nothing happens when it is not held."""
        ...

    async def ping(self) -> None:
        """Ask for an answer, whatever it is."""
        ...

    async def prune(self, limit: int) -> int:
        """Remove up to `limit` keys that say nothing any more; how many were removed."""
        ...

    async def close(self) -> None:
        """Give connections and threads back."""
        ...


def key_of(policy: Policy, *parts: str | bytes) -> bytes:
    """The key of whoever these parts name, under this policy.

    Every part goes in with its length before it, so that no two lists of parts make one text; and the
    digest tells nobody an address. What decides how a state reads (algorithm, window) is part of it.
    """
    digest = blake2b(digest_size=KEY_BYTES, person=b"ratelimit")
    for part in (policy.name, policy.algorithm.value, str(policy.window), *parts):
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


class StoreUnavailable(Exception):
    """The store did not answer in time, or not at all; the message says what it was doing."""
