"""The last step of an answer: conditional requests, compression, caching and security headers."""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import Final

from backstay.kernel.http.conditional import coded, not_modified
from backstay.kernel.http.request import Request
from backstay.kernel.http.response import Answer, Streaming

_COMPRESS_FROM: Final = 1024
"""Bytes; below it the header costs what the body saves."""
COMPRESS_APART: Final = 64 * 1024
"""Bytes; from here on compression leaves the event loop to a thread."""
_LEVEL: Final = 3
"""Of zlib: most of what level 6 saves on JSON, for a third of its CPU."""
_COMPRESSIBLE: Final = (
    b"text/",
    b"application/json",
    b"application/problem+json",
    b"application/javascript",
    b"image/svg",
)
_GZIP: Final = re.compile(
    rb"(?:^|,)\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?\s*(?=,|$)"
)
_ABSENT_ON_EMPTY: Final = frozenset({204, 304})

_API_POLICY: Final = b"default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY: Final = (
    b"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    b"font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; "
    b"base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_PERMISSIONS: Final = b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_ALWAYS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
_API_HEADERS: Final = [*_ALWAYS, (b"content-security-policy", _API_POLICY)]
_PAGE_HEADERS: Final = [
    *_ALWAYS,
    (b"content-security-policy", _PAGE_POLICY),
    (b"permissions-policy", _PERMISSIONS),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_HSTS: Final = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
"""Two years, as browsers' preload lists ask."""


class Finishing:
    """What every answer gets on its way out."""

    def __init__(self, *, hsts: bool) -> None:
        """`hsts`: whether the deployment stands behind TLS."""
        self._api = [*_API_HEADERS, _HSTS] if hsts else _API_HEADERS
        self._page = [*_PAGE_HEADERS, _HSTS] if hsts else _PAGE_HEADERS

    def finish(
        self,
        request: Request,
        answer: Answer,
        shared: list[tuple[bytes, bytes]],
        packed: bytes | None = None,
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """Status, all headers and the body as they go out; `packed` is the body, compressed apart."""
        status, body, content_type = answer.status, answer.body, answer.content_type
        etag, cached, encoded = _look(answer.headers)
        headers = answer.headers + shared
        headers.append((b"x-request-id", request.record.request_id.encode()))
        if content_type is not None and content_type.startswith(b"text/html"):
            headers += self._page
        else:
            headers += self._api
        # A version tells two states of one thing apart. Without an id in it the same address may be another
        # thing: another organization's, somebody else's, or one that was made anew.
        tells = cached or request.has_id
        if not cached:
            headers.append((b"cache-control", _caching(request, etag if tells else None)))
        if (
            tells
            and etag is not None
            and b"if-none-match" in request.raw_headers
            and _held(request, status, etag)
        ):
            return 304, headers, b""
        if len(body) >= _COMPRESS_FROM and not encoded and _compressible(content_type):
            headers.append((b"vary", b"Accept-Encoding"))
            if accepts_gzip(request.raw_headers.get(b"accept-encoding")):
                body = gzip(body) if packed is None else packed
                headers.append((b"content-encoding", b"gzip"))
                if etag is not None:
                    headers[headers.index((b"etag", etag))] = (b"etag", coded(etag, b"gzip"))
        if content_type is not None:
            headers.append((b"content-type", content_type))
        if status not in _ABSENT_ON_EMPTY:
            headers.append((b"content-length", b"%d" % len(body)))
        return status, headers, body

    def packs(self, request: Request, answer: Answer) -> bool:
        """Whether `finish` will send the body, and compressed."""
        etag, cached, encoded = _look(answer.headers)
        if encoded or not _compressible(answer.content_type):
            return False
        if etag is not None and (cached or request.has_id) and _held(request, answer.status, etag):
            return False
        return accepts_gzip(request.raw_headers.get(b"accept-encoding"))

    def stream_headers(
        self, request: Request, answer: Streaming, shared: list[tuple[bytes, bytes]]
    ) -> list[tuple[bytes, bytes]]:
        """The headers of an answer whose body is not known yet; it is never compressed here."""
        return [
            *answer.headers(),
            *shared,
            *self._api,
            (b"x-request-id", request.record.request_id.encode("ascii")),
            (b"cache-control", b"no-store"),
            (b"content-type", answer.content_type),
        ]


def _look(headers: list[tuple[bytes, bytes]]) -> tuple[bytes | None, bool, bool]:
    """The entity tag, whether caching is settled, and whether the body is encoded already."""
    etag, cached, encoded = None, False, False
    for name, value in headers:
        if name == b"etag":
            etag = value
        elif name == b"cache-control":
            cached = True
        elif name == b"content-encoding":
            encoded = True
    return etag, cached, encoded


def _held(request: Request, status: int, etag: bytes) -> bool:
    """Whether the caller says that it has this state of a thing already (RFC 9110, 13.1.2)."""
    wanted = request.raw_headers.get(b"if-none-match")
    return (
        wanted is not None
        and status == 200
        and request.method in {"GET", "HEAD"}
        and not_modified(etag, wanted)
    )


def _compressible(content_type: bytes | None) -> bool:
    return content_type is not None and content_type.startswith(_COMPRESSIBLE)


def _caching(request: Request, etag: bytes | None) -> bytes:
    """Nothing is stored unless its tag tells whether it changed; then by the caller's own cache alone."""
    if etag is None:
        return b"no-store"
    return b"no-cache" if request.actor is None else b"private, no-cache"


@lru_cache(512)
def accepts_gzip(header: bytes | None) -> bool:
    """Whether `Accept-Encoding` takes gzip (RFC 9110, 12.5.3)."""
    if header is None:
        return False
    match = _GZIP.search(header.lower())
    return match is not None and (match[1] is None or float(match[1]) > 0)


def gzip(body: bytes) -> bytes:
    """The body in the gzip coding (RFC 1952), with no time in it, so that equal bodies stay equal."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
    return compressor.compress(body) + compressor.flush()
