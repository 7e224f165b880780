"""Where a request comes from: proxies, request ids, trace context, and which pages may call (CORS)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from msgspec import Struct

from backstay.kernel.ids import uuid7_text

_LONGEST_HOP: Final = 100
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:\-]{8,128}")
_TRACEPARENT: Final = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_EXPOSED: Final = (
    b"ETag, Link, Location, Retry-After, X-Request-ID, Deprecation, Sunset, RateLimit, RateLimit-Policy"
)
_ALLOWED_METHODS: Final = b"GET, HEAD, POST, PUT, PATCH, DELETE"
_PREFLIGHT_SECONDS: Final = b"600"
_CUSTOMER_PREFIX: Final = 64
"""Bits of an IPv6 address that one customer cannot choose; the others anybody can (RFC 4291, 2.5.4)."""


class Trace(Struct, frozen=True, gc=False):
    """The trace that a request belongs to (W3C Trace Context)."""

    trace_id: str
    span_id: str
    parent_span_id: str | None
    sampled: bool


class Peer(Struct, frozen=True, gc=False):
    """The caller as the trusted proxies tell it."""

    client: str | None
    scheme: str
    trusted: bool
    """Whether the connection itself comes from a trusted proxy."""


def trace_of(traceparent: bytes | None) -> Trace:
    """The caller's trace continued, or a new one where there is none or it is malformed."""
    # Trace ids must differ, not be secret: a system call a request is saved.
    fresh = hex(random.getrandbits(192) | 1 << 192)[3:]
    if traceparent is not None and (match := _TRACEPARENT.fullmatch(traceparent)) is not None:
        version, trace_id, parent, flags, rest = match.groups()
        # Version 00 has exactly four parts; ff is no version; all zeros is no id (W3C Trace Context, 3.2).
        well_formed = version != b"ff" and not (version == b"00" and rest is not None)
        if well_formed and trace_id.strip(b"0") and parent.strip(b"0"):
            sampled = bool(int(flags, 16) & 1)
            return Trace(trace_id.decode(), fresh[32:], parent.decode(), sampled)
    return Trace(fresh[:32], fresh[32:], None, sampled=True)


def request_id_of(header: bytes | None, *, trusted: bool) -> str:
    """The id that a trusted proxy gave the request, if it is a sane one; else a new UUIDv7."""
    if trusted and header is not None and _REQUEST_ID.fullmatch(header):
        return header.decode("ascii")
    return uuid7_text()


def peers(trusted_proxies: Sequence[str]) -> Callable[[Mapping[str, Any]], Peer]:
    """A function from an ASGI scope to its caller.

    Behind trusted proxies the caller is the right-most address of `X-Forwarded-For` that is
    not itself a trusted proxy; what stands left of it may be anybody's invention.

    Raises:
        ValueError: a network is not CIDR notation.
    """
    networks = [ip_network(network, strict=False) for network in trusted_proxies]

    @lru_cache(4096)
    def trusts(host: str) -> bool:
        return _within(host, networks)

    def peer(scope: Mapping[str, Any]) -> Peer:
        client = scope.get("client")
        host: str | None = client[0] if client else None
        scheme: str = scope.get("scheme", "http")
        if not networks or host is None or not trusts(host):
            return Peer(host, scheme, trusted=False)
        forwarded = _values(scope, b"x-forwarded-for")
        schemes = _values(scope, b"x-forwarded-proto")
        for place in range(len(forwarded) - 1, -1, -1):
            hop = _address(forwarded[place])
            if hop is None:
                break
            host = hop
            if not trusts(hop):
                break
        else:
            place = 0
        if schemes:
            told = schemes[place] if len(schemes) == len(forwarded) else schemes[-1]
            scheme = "https" if told.lower() == "https" else "http"
        return Peer(host, scheme, trusted=True)

    return peer


@lru_cache(16_384)
def network_of(client: str | None) -> str | None:
    """What counts as one caller among addresses: an IPv4 address, or the /64 of an IPv6 address.

    `client` is a request's: already the right-most hop that no trusted proxy of ours is. An IPv4 address
    mapped into IPv6 (RFC 4291, 2.5.5.2), as sockets for both see it, is that IPv4 address; a zone
    (`%eth0`) is dropped. None where there is no address: a Unix socket, or a proxy that tells no sense.
    """
    if client is None:
        return None
    try:
        address = ip_address(client.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((address, _CUSTOMER_PREFIX), strict=False))


def _values(scope: Mapping[str, Any], name: bytes) -> list[str]:
    joined = b",".join(value for key, value in scope["headers"] if key == name)
    return [part.strip() for part in joined.decode("latin-1").split(",") if part.strip()]


def _address(text: str) -> str | None:
    """The IP address of one hop, without port and brackets; None when it is not one."""
    # Whatever is longer is none, and is not worth remembering.
    return None if len(text) > _LONGEST_HOP else _parsed(text)


@lru_cache(4096)
def _parsed(text: str) -> str | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _within(host: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)


class Cors:
    """Which pages of other origins may call the API from a browser (Fetch standard, CORS protocol)."""

    def __init__(self, origins: Sequence[str]) -> None:
        """`origins`: as browsers send them (`https://app.example.com`), or `*` for any, without cookies."""
        self._any = "*" in origins
        self._origins = frozenset(origin.rstrip("/").encode("latin-1") for origin in origins)
        self.asked = bool(self._origins)
        """Whether any page of another origin may call."""

    def headers(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """Headers for an answer to a page of this origin; `Vary` even when it may not read it."""
        if not self.asked:
            return []
        if self._any:
            return [(b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", _EXPOSED)]
        if origin is None or origin not in self._origins:
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """Headers for the answer to a preflight request."""
        allowed = self.headers(headers.get(b"origin"))
        if len(allowed) < 2:
            return allowed
        allowed += [
            (b"access-control-allow-methods", _ALLOWED_METHODS),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ]
        wanted = headers.get(b"access-control-request-headers")
        if wanted:
            allowed.append((b"access-control-allow-headers", wanted))
        return allowed
