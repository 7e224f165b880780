"""Asking identity providers: each address is judged before it is connected to, and nothing is followed.

No redirect, no proxy out of the environment, no cookie, no connection that is kept; an answer has a few
seconds and a few hundred kilobytes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from msgspec import Struct

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
        # Late, here and below: a deployment without providers asks nobody, and carries no client.
        from backstay.systems.identity.service.judging import Judging

        self._backend = Judging(allows)
        self._seconds = seconds

    async def ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None = None
    ) -> Answer:
        """The answer.

        Raises:
            NoAnswer: there was none in time, it is too large, or its address is not allowed.
        """
        # Late, as above.
        import httpcore

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
