"""Answers in the cache's store: an index for each address, and beside it one entry for each variant."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from backstay.systems.cache import Shelf
from backstay.systems.httpcache.contracts import Asked, Fields
from backstay.systems.httpcache.service import policy, varying
from backstay.systems.httpcache.service.fields import first, listed, values

EVERYTHING: Final = "httpcache"
"""The tag that all kept answers carry."""
MOST_TAGS: Final = 64
"""Tags of one answer; one with more is not kept, for it could not be forgotten by all of them."""
TAG_FIELDS: Final = frozenset({"surrogate-key", "cache-tag"})
"""Fields in which an origin names its answer's tags; no client sees them."""
_LONGEST_TAG: Final = 150
_FOR_VALIDATION: Final = 86_400.0
"""Seconds after its time for which an answer that can be validated stays."""
_LONGEST: Final = 30 * 86_400.0
_VOID: Final = 600.0
"""Seconds for which it is remembered when an address was changed; longer than the origin may take."""


class Stored(Struct, frozen=True, array_like=True):
    """An answer as it is kept."""

    status: int
    fields: Fields
    body: bytes
    asked: float
    """Seconds since 1970 when it was asked for."""
    came: float

    @property
    def times(self) -> policy.Times:
        """How old it is and may become."""
        return policy.times(self.status, self.fields, asked=self.asked, came=self.came)

    @property
    def can_be_validated(self) -> bool:
        """Whether the origin can say that it still holds."""
        return first(self.fields, "etag") is not None or first(self.fields, "last-modified") is not None


class _Index(Struct, frozen=True, array_like=True):
    """What is kept for one address."""

    varies_by: tuple[str, ...]
    variants: tuple[str, ...]
    """The newest first."""
    voided: float
    """When a request last changed what is there; answers that were asked for before are not kept."""


_NOTHING: Final = _Index((), (), 0.0)
_encode = msgspec.msgpack.Encoder().encode
_decode_index = msgspec.msgpack.Decoder(_Index).decode
_decode_stored = msgspec.msgpack.Decoder(Stored).decode


class Keeping:
    """Finds, keeps and forgets answers."""

    def __init__(self, shelf: Shelf, *, variants: int, rescue: float) -> None:
        """`variants`: at most, of one address. `rescue`: seconds for which stale ones may be wanted."""
        self._shelf = shelf
        self._most = variants
        self._rescue = rescue

    async def mark(self) -> int | None:
        """What is known of purges now; None when nothing is."""
        return await self._shelf.mark()

    async def find(self, asked: Asked) -> tuple[Stored | None, bool]:
        """The answer that belongs to a request, and whether there is one at its address."""
        address = _digest(asked.url)
        index = await self._index(address)
        if not index.variants:
            return None, False
        name = varying.variant(asked.fields, index.varies_by)
        if name not in index.variants:
            return None, True
        kept = await self._shelf.get(f"{address}|{name}")
        return (None, False) if kept is None else (_decode_stored(kept), True)

    async def keep(self, asked: Asked, stored: Stored, *, mark: int) -> bool:
        """Keep an answer for whoever asks as `asked` did; False when it is too large or of no use already."""
        address = _digest(asked.url)
        index = await self._index(address)
        tags = tags_of(asked.url, stored.fields)
        varies_by = varying.names(stored.fields)
        seconds = self._seconds(stored)
        if index.voided >= stored.asked or tags is None or len(varies_by) > varying.MOST or seconds <= 0:
            return False
        name = varying.variant(asked.fields, varies_by)
        others: tuple[str, ...] = ()
        if varies_by == index.varies_by:
            others = tuple(one for one in index.variants if one != name)
        variants = (name, *others)[: self._most]
        for gone in {*index.variants} - {*variants}:
            await self._shelf.drop(f"{address}|{gone}")
        shared = [EVERYTHING, tag_of_url(asked.url)]
        if not await self._shelf.put(
            f"{address}|{name}", _encode(stored), mark=mark, tags=tags, seconds=seconds
        ):
            return False
        index = _Index(varies_by, variants, index.voided)
        return await self._shelf.put(address, _encode(index), mark=mark, tags=shared, seconds=_LONGEST)

    async def forget(self, asked: Asked) -> None:
        """Forget the answer that belongs to a request."""
        address = _digest(asked.url)
        index = await self._index(address)
        if index.variants:
            await self._shelf.drop(f"{address}|{varying.variant(asked.fields, index.varies_by)}")

    async def void(self, url: str, moment: float) -> None:
        """Forget all answers at an address, and keep none that was asked for before this moment."""
        address = _digest(url)
        for gone in (await self._index(address)).variants:
            await self._shelf.drop(f"{address}|{gone}")
        mark = await self._shelf.mark()
        index = _encode(_Index((), (), moment))
        if mark is None or not await self._shelf.put(
            address, index, mark=mark, tags=[EVERYTHING], seconds=_VOID
        ):
            # Somebody who knows of later purges has written it, or nobody knows of any: what is kept goes.
            await self._shelf.drop(address)

    async def _index(self, address: str) -> _Index:
        kept = await self._shelf.get(address)
        return _NOTHING if kept is None else _decode_index(kept)

    def _seconds(self, stored: Stored) -> float:
        lifetime = stored.times.left(stored.came)
        grace = max(
            self._rescue if lifetime > 0 else 0.0,
            _FOR_VALIDATION if stored.can_be_validated else 0.0,
            policy.grace(stored.fields, "stale-while-revalidate"),
            policy.grace(stored.fields, "stale-if-error"),
        )
        return min(max(0.0, lifetime) + grace, _LONGEST)


def tags_of(url: str, fields: Sequence[tuple[str, str]]) -> list[str] | None:
    """The tags of an answer; None when it names one that nobody could purge, or too many."""
    named = dict.fromkeys(_named(fields))
    if len(named) > MOST_TAGS or any(len(name) > _LONGEST_TAG or not name.isascii() for name in named):
        return None
    return [EVERYTHING, tag_of_url(url), *(tag_of(name) for name in named)]


def _named(fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    for value in values(fields, "surrogate-key"):
        yield from value.split()
    yield from listed(fields, "cache-tag")


def tag_of(name: str) -> str:
    """The cache's tag for one that an origin names."""
    return f"httpcache.tag.{name}"


def tag_of_url(url: str) -> str:
    """The cache's tag for an address."""
    return f"httpcache.url.{_digest(url)}"


def _digest(url: str) -> str:
    return hashlib.blake2b(url.encode(), digest_size=20).hexdigest()
