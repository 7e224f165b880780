"""A server of the user's own, named by its URL: only asked, never harmed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from backstay.kernel.guarantees import Process, RefusedError, Reply
from backstay.proving.clients import Endpoint, LabClient
from backstay.proving.server import read, walk


class Target(Struct, frozen=True, kw_only=True):
    """Where the server is, and as whom the lab comes."""

    url: str
    """`http[s]://host[:port][/prefix]`."""
    token: str | None = None
    """Of a principal in a throw-away organization."""
    throw_away: bool = False
    """Whether the user has said that the token's organization may be filled with rubbish."""
    rate: float = 50.0
    """Requests a second at most, all clients together."""

    @property
    def endpoint(self) -> Endpoint:
        """Its address.

        Raises:
            RefusedError: the URL is not one of HTTP.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or parts.hostname is None:
            raise RefusedError(f"--target takes http://host:port, not {self.url!r}")
        tls = parts.scheme == "https"
        return Endpoint(
            lane=parts.netloc.rpartition("@")[2],
            host=parts.hostname,
            port=parts.port or (443 if tls else 80),
            tls=tls,
            prefix=parts.path.rstrip("/"),
        )


class TargetServer:
    """`kernel.guarantees.Server` for somebody's running server: reads, and refuses every fault."""

    database_proxy: None = None
    client_proxy: None = None
    processes: Sequence[Process] = ()

    def __init__(self, reader: LabClient, endpoint: Endpoint) -> None:
        self._reader = reader
        self._lane = endpoint.lane

    async def get(self, path: str) -> Reply:
        """Read something that the verdict depends on."""
        return await read(self._reader, path)

    async def walk(self, path: str) -> AsyncIterator[Any]:
        """Every item of a list, page by page along `next_cursor`."""
        async for item in walk(self._reader, path):
            yield item

    async def kill(self) -> None:
        """Refused."""
        raise self._refusal("killed")

    async def restart(self) -> None:
        """Refused."""
        raise self._refusal("restarted")

    async def end_sessions(self) -> int:
        """Refused."""
        raise self._refusal("robbed of its sessions")

    def disk_full(self) -> AbstractAsyncContextManager[None]:
        """Refused."""
        raise self._refusal("starved of disk")

    def commits_failing(self) -> AbstractAsyncContextManager[None]:
        """Refused."""
        raise self._refusal("kept from committing")

    def _refusal(self, what: str) -> RefusedError:
        return RefusedError(f"{self._lane} is not the lab's own: it will not be {what}")
