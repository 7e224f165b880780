"""Who is counted: actors and addresses, under names that cannot be mistaken for another's."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from backstay.kernel.actor import Actor, ActorKind

if TYPE_CHECKING:
    from backstay.kernel.http import Request

UNKNOWN: Final = "unknown"
"""The address of whoever has none: a Unix socket, or a proxy that tells nothing sensible."""
_CUSTOMER_PREFIX: Final = 64
"""Bits of an IPv6 address that one customer cannot choose; the others anybody can (RFC 4291, 2.5.4)."""


@lru_cache(16_384)
def network_of(client: str | None) -> str:
    """What counts as one caller among addresses: an IPv4 address, or the /64 of an IPv6 address.

    `client` is `Request.client`: already the right-most hop that no trusted proxy of ours is. An IPv4
    address mapped into IPv6 (RFC 4291, 2.5.5.2), as sockets for both see it, is that IPv4 address; a
    zone (`%eth0`) is dropped.
    """
    if client is None:
        return UNKNOWN
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _CUSTOMER_PREFIX), strict=False))


def actor_name(actor: Actor) -> str:
    """An API key by itself, for each has a quota of its own; anybody else as the person they are.

    A person has one quota in all their organizations: another organization is no other person. Who acts
    in somebody's place uses up their own.
    """
    if actor.impersonator_id is not None:
        return f"{ActorKind.USER}:{actor.impersonator_id}"
    if actor.kind is ActorKind.SERVICE and actor.session_id is not None:
        return f"key:{actor.session_id}"
    return f"{actor.kind}:{actor.id}"


def is_browser(request: Request) -> bool:
    """Whether a cookie proved the actor: programs send a header, which cookies never beat."""
    headers = request.raw_headers
    return b"cookie" in headers and b"authorization" not in headers and b"x-api-key" not in headers
