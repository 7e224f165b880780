"""Requests and answers as the cache sees them, and what is purged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from msgspec import Meta, Struct

Fields = list[tuple[str, str]]
"""Header fields in their order: names in lower case, values as Latin-1 text."""


class Asked(Struct, frozen=True, kw_only=True):
    """A request, after what belongs to its connection alone was taken out."""

    method: str
    scheme: str
    authority: str
    """Host and port as the client named them, in lower case, without the scheme's own port."""
    target: str
    """Path and query, as they came."""
    fields: Fields
    body: AsyncIterator[bytes] | None = None
    """None when the request has no content."""
    inform: Callable[[int, Fields], None] | None = None
    """Takes interim responses (1xx) to the client."""

    @property
    def url(self) -> str:
        """What is asked for, which is all that a key is made of."""
        return f"{self.scheme}://{self.authority}{self.target}"


class Given(Struct, kw_only=True):
    """An answer: whole in `body`, or in pieces that are read once."""

    status: int
    fields: Fields
    body: bytes | AsyncIterator[bytes] = b""

    async def close(self) -> None:
        """Read no more of it; whoever was given it and does not send all of it says so."""
        if not isinstance(self.body, bytes) and (let_go := getattr(self.body, "aclose", None)) is not None:
            await let_go()


class AnswerPurge(Struct, frozen=True, forbid_unknown_fields=True):
    """What the caches are to forget."""

    urls: Annotated[
        list[Annotated[str, Meta(max_length=8192, pattern=r"^https?://[!-.0-~]+/[!-~]*(?!\n)$")]],
        Meta(
            max_length=100,
            description="Addresses as clients ask for them, with every variant.",
            examples=[["https://shop.example/prices"]],
        ),
    ] = []
    tags: Annotated[
        list[Annotated[str, Meta(pattern=r"^[!-~]{1,150}(?!\n)$")]],
        Meta(max_length=100, description="As answers carry them in `Surrogate-Key` or `Cache-Tag`."),
    ] = []
    everything: Annotated[bool, Meta(description="All that the caches hold.")] = False
