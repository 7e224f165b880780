"""The verbs as Lua scripts: read once, sent by digest, sent whole when the server has forgotten them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import ConnectionError, NoScriptError, OutOfMemoryError, ReadOnlyError, TimeoutError  # noqa: A004 - redis-py's own, whose base is not the builtin

from backstay.kernel.clock import Clock
from backstay.systems.jobs.engines.redis.address import TIMEOUT
from backstay.systems.jobs.engines.redis.format import micros
from backstay.systems.jobs.errors import StoreUnavailable

_PARTS: Final = {
    "enqueue": ("common", "gates", "keep"),
    "move": ("common", "gates", "keep"),
    "settle": ("common", "gates"),
    "sweep": ("common", "gates"),
    "cancel": ("common", "gates"),
    "replay": ("common", "gates"),
}
"""What a verb is built of, before its own file; the others stand on `common` alone."""
_NAMES: Final = (
    *_PARTS,
    *("claim", "extend", "progress", "limit", "pause", "relay"),
    *("find", "holders", "known", "minutes", "queues", "read", "results", "shares"),
)

Argument = str | bytes | int | float


def _text(verb: str) -> str:
    folder = files(__package__) / "lua"
    parts = (*_PARTS.get(verb, ("common",)), verb)
    return "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in parts)


TEXTS: Final = {name: _text(name) for name in _NAMES}
_DIGESTS: Final = {
    name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in TEXTS.items()
}


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Raise what means that the server is away, or takes no writes, as an error of the house.

    Raises:
        StoreUnavailable: it does not answer, is loading its files, is a replica, or its memory is full.
    """
    try:
        yield
    except (ConnectionError, TimeoutError, ReadOnlyError, OutOfMemoryError, OSError) as away:
        raise StoreUnavailable from away


class Scripts:
    """One Redis, one prefix: calls of verbs."""

    def __init__(self, client: Redis, keys: str, clock: Clock | None) -> None:
        """`clock` takes the place of the server's own: for tests alone."""
        self._client = client
        self._keys = keys
        self._clock = clock

    async def call(self, verb: str, arguments: Sequence[Argument]) -> Any:
        """Run a verb: one round trip, two after the server has lost its scripts.

        Raises:
            StoreUnavailable: see `told_as_ours`; whether the verb was done is not known.
        """
        now: Argument = "" if self._clock is None else micros(self._clock.now())
        with told_as_ours():
            async with asyncio.timeout(TIMEOUT):
                return await self._run(verb, (1, self._keys, now, *arguments))

    async def _run(self, verb: str, arguments: Sequence[Argument]) -> Any:
        client = cast("Any", self._client)
        try:
            return await client.execute_command("EVALSHA", _DIGESTS[verb], *arguments)
        except NoScriptError:
            return await client.execute_command("EVAL", TEXTS[verb], *arguments)
