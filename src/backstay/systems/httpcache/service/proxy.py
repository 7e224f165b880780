"""The caching reverse proxy as an ASGI application."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from secrets import token_hex
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from backstay.kernel.errors import BackstayError
from backstay.systems.httpcache.contracts import Asked, Fields, Given
from backstay.systems.httpcache.errors import Looped, NotProxied
from backstay.systems.httpcache.service import dates
from backstay.systems.httpcache.service.fields import end_to_end, first, listed, values, without
from backstay.systems.httpcache.service.keeping import TAG_FIELDS
from backstay.systems.httpcache.service.shared import SharedCache
from backstay.systems.httpcache.service.status import Told
from backstay.systems.httpcache.service.urls import PORTS

_AUTHORITY: Final = re.compile(r"(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
_METHOD: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}")
_REFUSED: Final = frozenset({"CONNECT", "TRACE"})

_TOLD_BY_PROXIES: Final = re.compile(
    r"forwarded|via|expect|host|true-client-ip|client-ip|cf-connecting-ip|front-end-https"
    r"|x-(?:forwarded(?:-.*)?|real-ip|original-.*|rewrite-.*|client-ip|cluster-client-ip|host|url|wap-profile"
    r"|http-method(?:-override)?|method-override|http-host-override|scheme|proto)"
)
"""Fields in which proxies tell origins what the client's request was: from a client they are lies, which
no key knows of and by which an answer for all could be poisoned."""
_SLOWEST: Final = 30.0
"""Seconds between two pieces of a request's content, while which a connection to the origin is held."""


class Proxy:
    """Answers from the cache, or from the origin."""

    def __init__(self, cache: SharedCache, *, believes_proxies: bool = False) -> None:
        """`believes_proxies`: whether `X-Forwarded-Proto` of who connects says the client's scheme."""
        self._cache = cache
        self._believes = believes_proxies
        self._pseudonym = f"backstay-{token_hex(4)}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise TypeError(f"the proxy speaks HTTP alone, not {scope['type']!r}")
        try:
            asked = self._asked(scope, receive, send)
            given, told = await self._cache.answer(asked)
        except BackstayError as error:
            given, told = _problem(error), Told(detail=error.code)
        try:
            await _send(send, given, told)
        finally:
            await given.close()

    def _asked(self, scope: Any, receive: Any, send: Any) -> Asked:
        """The request without what belongs to its connection, and without what only a proxy may say.

        Raises:
            NotProxied: it is none that may be sent on.
            Looped: it has been here.
        """
        said: Fields = [
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        method: str = scope["method"]
        hosts = values(said, "host")
        if len(hosts) != 1 or _AUTHORITY.fullmatch(hosts[0].lower()) is None:
            raise NotProxied("Say in one Host field which host is asked")
        if method in _REFUSED or _METHOD.fullmatch(method) is None:
            raise NotProxied("This method is not sent on")
        target = scope["raw_path"].decode("latin-1")
        if not target.startswith("/") or "#" in target:
            raise NotProxied("Ask for a path")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        via = listed(said, "via")
        if any(member.split()[-1:] == [self._pseudonym] for member in via):
            raise Looped
        scheme = self._scheme(scope, said)
        authority = hosts[0].lower().removesuffix(PORTS[scheme])
        has_body = _has_content(said)
        client = scope.get("client") or ("unknown", 0)
        sent = [one for one in end_to_end(said) if _TOLD_BY_PROXIES.fullmatch(one[0]) is None]
        if not has_body:
            # Of a request without content some servers want to be told so.
            sent = without(sent, ("content-length",)) if method in {"GET", "HEAD"} else sent
        sent += [
            ("via", ", ".join([*via, f"{scope['http_version']} {self._pseudonym}"])),
            ("x-forwarded-for", client[0]),
            ("x-forwarded-proto", scheme),
            ("x-forwarded-host", authority),
        ]
        return Asked(
            method=method,
            scheme=scheme,
            authority=authority,
            target=target,
            fields=sent,
            body=_content(receive) if has_body else None,
            inform=_informing(scope, send),
        )

    def _scheme(self, scope: Any, said: Fields) -> str:
        if self._believes and (told := first(said, "x-forwarded-proto")) in PORTS:
            return str(told)
        return str(scope["scheme"])


def _has_content(said: Fields) -> bool:
    codings = [value.lower() for value in values(said, "transfer-encoding")]
    length = first(said, "content-length")
    if codings and (codings != ["chunked"] or length is not None):
        # Who reads this otherwise than the origin makes another request of its rest (RFC 9112, 6.1).
        raise NotProxied("Say in one way where the content ends")
    return bool(codings) or length not in {None, "0"}


async def _content(receive: Any) -> AsyncIterator[bytes]:
    while True:
        async with asyncio.timeout(_SLOWEST):
            message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionAbortedError("the client went away in the middle of its request")
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


async def _send(send: Any, given: Given, told: Told) -> None:
    fields = without(given.fields, TAG_FIELDS)
    if first(fields, "date") is None:
        fields.append(("date", dates.now()))
    if given.status in {204, 304}:
        fields = without(fields, ("content-length",))
    elif given.body and isinstance(given.body, bytes) and first(fields, "content-length") is None:
        fields.append(("content-length", str(len(given.body))))
    fields.append(("cache-status", told.written()))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
    await send({"type": "http.response.start", "status": given.status, "headers": headers})
    if isinstance(given.body, bytes):
        await send({"type": "http.response.body", "body": given.body})
        return
    connection = getattr(send, "__self__", None)
    async for piece in given.body:
        if getattr(connection, "disconnected", False):
            return  # nobody reads it, and it may have no end
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _problem(error: BackstayError) -> Given:
    members = {"type": "about:blank", "title": error.title, "status": error.status, "code": error.code}
    if error.detail is not None:
        members["detail"] = error.detail
    body = msgspec.json.encode(members)
    return Given(
        status=error.status,
        fields=[
            ("content-type", "application/problem+json"),
            ("content-length", str(len(body))),
            ("cache-control", "no-store"),
        ],
        body=body,
    )


def _informing(scope: Any, send: Any) -> Any:
    """How interim responses reach this client; None where they cannot (RFC 9110, 15.2).

    ASGI has no words for them, so they are written to uvicorn's own connection.
    """
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or scope["http_version"] != "1.1":
        return None

    def inform(status: int, fields: Fields) -> None:
        if cycle.response_started or cycle.disconnected:
            return
        lines = [b"HTTP/1.1 %d \r\n" % status]
        lines += [
            name.encode("latin-1") + b": " + value.encode("latin-1") + b"\r\n" for name, value in fields
        ]
        cycle.transport.write(b"".join([*lines, b"\r\n"]))

    return inform
