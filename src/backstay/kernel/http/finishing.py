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
        self._hsts = hsts

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
        # A version tells two states of one thing apart. Without an id in it the same address may be another
        # thing: another organization's, somebody else's, or one that was made anew.
        tells = cached or request.has_id
        caching = None if cached else _caching(request, etag if tells else None)
        identity = (b"x-request-id", request.record.request_id.encode())
        headers = [*answer.headers, *shared, identity, *_usual(content_type, caching, self._hsts)]
        if (
            tells
            and etag is not None
            and b"if-none-match" in request.raw_headers
            and _held(request, status, etag)
        ):
            return 304, [one for one in headers if one[0] != b"content-type"], b""
        if len(body) >= _COMPRESS_FROM and not encoded and _compressible(content_type):
            headers.append((b"vary", b"Accept-Encoding"))
            if accepts_gzip(request.raw_headers.get(b"accept-encoding")):
                body = gzip(body) if packed is None else packed
                headers.append((b"content-encoding", b"gzip"))
                if etag is not None:
                    headers[headers.index((b"etag", etag))] = (b"etag", coded(etag, b"gzip"))
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
            (b"x-request-id", request.record.request_id.encode("ascii")),
            *_usual(answer.content_type, b"no-store", self._hsts),
        ]


@lru_cache(256)
def _usual(content_type: bytes | None, caching: bytes | None, hsts: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What all answers of this type have; the policies of a page where it is one."""
    page = content_type is not None and content_type.startswith(b"text/html")
    headers = _PAGE_HEADERS if page else _API_HEADERS
    return (
        *headers,
        *([_HSTS] if hsts else []),
        *([] if caching is None else [(b"cache-control", caching)]),
        *([] if content_type is None else [(b"content-type", content_type)]),
    )


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
