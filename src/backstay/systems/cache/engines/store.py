"""What an engine of the cache is: a place for entries, and leases on computing them."""

from __future__ import annotations

from typing import Final, Protocol

import msgspec
from msgspec import Struct


class Away(Exception):
    """The store does not answer; the caller goes on without it."""


class Entry(Struct, frozen=True, array_like=True, gc=False):
    """A value as it is kept."""

    value: bytes
    fresh_until: float
    """Seconds since 1970, by the clock of whoever computed it."""
    stale_until: float
    keep_until: float
    """When nobody wants it any more, not even for want of a better."""
    took: float
    """Seconds that the computation took."""
    base: int
    """Every invalidation up to this number was known when the computation began."""
    stamps: tuple[tuple[str, int], ...]
    """For each of its tags the number of its last invalidation that was known then."""

    @property
    def order(self) -> int:
        """Of two entries of one key, the one with the lower order began knowing less."""
        return max([self.base, *(stamp for _, stamp in self.stamps)])


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """An entry for a place outside this process."""
    return _encoder.encode(entry)


def decode(kept: bytes) -> Entry | None:
    """The entry, or None when an older program wrote it in another form."""
    try:
        return _decoder.decode(kept)
    except msgspec.DecodeError:
        return None


class Numbers(Struct, frozen=True):
    """What a store says of itself; None where it cannot know."""

    entries: int | None
    bytes: int | None
    limit: int | None
    evictions: int | None


class Store(Protocol):
    """A place for entries. Keys name organization and principals already; it need not know of either."""

    name: str

    @property
    def available(self) -> bool:
        """Whether it answered when it was last asked."""
        ...

    async def get(self, key: str) -> Entry | None:
        """The entry, however old, or None.

        Raises:
            Away: the store does not answer in time.
        """
        ...

    async def put(self, key: str, entry: Entry, seconds: float) -> bool:
        """Keep an entry for so long at most; False when one of a higher order lies there, or it is too large.

        Raises:
            Away: as `get`.
        """
        ...

    async def drop(self, key: str) -> None:
        """Forget an entry.

        Raises:
            Away: as `get`.
        """
        ...

    async def numbers(self) -> Numbers:
        """What it holds; raises nothing."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Leases(Protocol):
    """Who computes a value, among all processes, and how the others get what they found."""

    apart: bool
    """Whether what is found is handed on in another place than the one where entries are kept."""

    async def take(self, key: str, token: str, seconds: float) -> bool:
        """Whether the lease is this token's now; it ends by itself after so many seconds.

        Raises:
            Away: nobody can say, so everybody computes for themselves.
        """
        ...

    async def renew(self, key: str, token: str, seconds: float) -> None:
        """Hold on to it for longer.

        Raises:
            Away: as `take`.
        """
        ...

    async def give(self, key: str, token: str, entry: Entry) -> None:
        """End the lease and hand what was found to whoever waits.

        Raises:
            Away: as `take`.
        """
        ...

    async def let_go(self, key: str, token: str) -> None:
        """End the lease with nothing found.

        Raises:
            Away: as `take`.
        """
        ...

    async def given(self, key: str) -> Entry | None:
        """What the last one found who had the lease, if it is still there.

        Raises:
            Away: as `take`.
        """
        ...
