"""Connecting for `outgoing.py`: each address is judged before it is connected to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

import httpcore
from typing_extensions import override

from backstay.systems.identity.service.outgoing import Allows


class Judging(httpcore.AsyncNetworkBackend):
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
