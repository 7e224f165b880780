"""Asking identity providers: each address is judged before it is connected to, and nothing is followed.

No redirect, no proxy out of the environment, no cookie, no connection that is kept; an answer has a few
seconds and a few hundred kilobytes.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

import httpcore
from msgspec import Struct
from typing_extensions import override

Address = IPv4Address | IPv6Address
Allows = Callable[[Address], bool]

SECONDS: Final = 10.0
"""For one question and its whole answer."""
LARGEST: Final = 256 * 1024
"""Bytes of an answer; a JWK set of dozens of keys is a tenth of it."""


class NoAnswer(Exception):
    """There was no answer that could be used; the message says why, for the log."""


class Answer(Struct, frozen=True):
    """An answer, whatever its status."""

    status: int
    body: bytes


class Outgoing:
    """Asks by HTTP where the rule allows the address."""

    def __init__(self, allows: Allows, *, seconds: float = SECONDS) -> None:
        """`allows`: judges every address that a name leads to."""
        self._backend = _Judging(allows)
        self._seconds = seconds

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Answer:
        """The answer.

        Raises:
            NoAnswer: there was none in time, it is too large, or its address is not allowed.
        """
        sent = {
            "Accept": "application/json",
            "User-Agent": "backstay",
            "Accept-Encoding": "identity",
            **headers,
        }
        try:
            # A pool of its own: what is asked this seldom need not keep a connection open.
            async with (
                asyncio.timeout(self._seconds),
                httpcore.AsyncConnectionPool(network_backend=self._backend) as pool,
                pool.stream(method, url, headers=list(sent.items()), content=content) as response,
            ):
                body = bytearray()
                async for chunk in response.aiter_stream():
                    body += chunk
                    if len(body) > LARGEST:
                        raise NoAnswer(f"more than {LARGEST} bytes")
                return Answer(response.status, bytes(body))
        except TimeoutError:
            raise NoAnswer(f"no answer within {self._seconds:g} s") from None
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
            ValueError,
        ) as failure:
            raise NoAnswer(f"{type(failure).__name__}: {failure}") from failure


def of_the_internet(address: Address) -> bool:
    """Whether it is anybody's, and not of this machine or of a network around it."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_global and not mapped.is_multicast)


def of_this_machine(address: Address) -> bool:
    """Whether it is the loopback."""
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback)


def anywhere(address: Address) -> bool:
    """For providers within an organization's own network."""
    return not address.is_multicast


class _Judging(httpcore.AsyncNetworkBackend):
    """Connects to what was judged: the address, and not a name that may lead elsewhere a moment later."""

    def __init__(self, allows: Allows) -> None:
        self._allows = allows
        self._inner = httpcore.AnyIOBackend()

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(entry[4][0] for entry in found))
        allowed = [one for one in addresses if self._allows(ip_address(str(one).partition("%")[0]))]
        failure: Exception = httpcore.ConnectError(f"{host} is at {addresses}, where no provider may be")
        for address in allowed:
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as refused:
                failure = refused
        raise failure
