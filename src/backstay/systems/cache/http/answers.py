"""Kept answers: what a route that declares `Cached` has answered is given out without asking it again.

The answer stands behind the guard: whoever is given it has been authenticated and may call. The key
has the organization and the class of principals, the path, the query in one order, and the request
headers that the route says its answer depends on.
"""

from __future__ import annotations

import hashlib
import math
import string
from typing import Final

from msgspec import Struct
from typing_extensions import override

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.http import Answer, Endpoint, Proceed, Request, Streaming, Surround, Surrounds
from backstay.kernel.module import CompositionError
from backstay.systems.cache.contracts import Cached, Key, Kind, Sharing
from backstay.systems.cache.service import Cache, Unkept, is_tag

_NAME: Final = b"backstay"
"""How this cache is called in `Cache-Status` (RFC 9211, 2)."""
_NEVER: Final = frozenset({b"set-cookie", b"cache-status", b"age"})
_REFUSING: Final = (b"no-store", b"private")


class KeptAnswer(Struct, frozen=True, array_like=True):
    """An answer as it is kept."""

    status: int
    body: bytes
    content_type: bytes | None
    headers: list[tuple[bytes, bytes]]
    at: float
    """Seconds since 1970."""


class _NotToBeKept(Unkept):
    """The route has answered with what is for this one request alone."""

    def __init__(self, answer: Answer | Streaming) -> None:
        super().__init__()
        self.answer = answer


class Keeping(Surround):
    """Stands around one route that declares `Cached`."""

    def __init__(self, backend: Backend, endpoint: Endpoint, declared: Cached) -> None:
        """Refuse what cannot be kept.

        Raises:
            CompositionError: the answer is shared by fewer than the route knows apart.
        """
        if endpoint.permission is None and declared.sharing is not Sharing.EVERYONE:
            raise CompositionError(
                f"{_where(endpoint)}: is public, so its answer is shared by everyone: say so"
            )
        self._backend = backend
        self._declared = declared
        self._vary = tuple(name.lower().encode("ascii") for name in declared.vary)
        self._kind = Kind(
            f"answer.{endpoint.module}.{endpoint.handler_name}",
            KeptAnswer,
            declared.sharing,
            ttl=declared.ttl,
            stale=declared.stale,
            on_error=declared.on_error,
            early=declared.early,
        )
        self._template = endpoint.template

    @override
    def complete(self, endpoint: Endpoint) -> None:
        """Refuse a route that changes things, or whose tags name what its path does not have."""
        signature = endpoint.signature
        if endpoint.route.method != "GET" or "uow" in signature.given.values():
            raise CompositionError(
                f"{_where(endpoint)}: only the answer of a GET that takes no unit of work is kept"
            )
        tags = string.Formatter().parse(" ".join(self._declared.tags))
        in_path = {one.wire_name for one in signature.parameters if one.place == "path"}
        if unknown := {name for _, name, _, _ in tags if name} - in_path:
            raise CompositionError(
                f"{_where(endpoint)}: its tags name {sorted(unknown)}, which its path does not have"
            )

    @override
    async def admit(self, request: Request, proceed: Proceed) -> Answer | Streaming:
        """Give out what is kept, or go on and keep what comes of it."""
        tags = [tag.format(**request.path_params) for tag in self._declared.tags]
        if not all(map(is_tag, tags)):
            return await proceed()  # a name in the path that nobody can invalidate anything by
        mine: list[KeptAnswer | None] = []

        async def fill() -> KeptAnswer:
            mine.append(None)
            given = len(request.reply_headers)
            answer = await proceed()
            if isinstance(answer, Streaming) or not _fit(answer, request.reply_headers[given:]):
                raise _NotToBeKept(answer)
            kept = self._kept(answer)
            mine[0] = kept
            return kept

        try:
            kept = await self._backend.part(Cache).get_or_fill(self._key_of(request), fill, tags=tags)
        except _NotToBeKept as refused:
            # What the route has answered somebody else, who asked at the same time, is theirs alone.
            request.reply_headers.append((b"cache-status", _NAME + b"; fwd=miss; detail=not-kept"))
            return refused.answer if mine else await proceed()
        return self._answer(request, kept, fresh=bool(mine) and mine[0] is not None)

    def _key_of(self, request: Request) -> Key[KeptAnswer]:
        query = sorted(request.query.items())  # names in one order, the values of each in theirs
        varied = [request.raw_headers.get(name, b"").decode("latin-1") for name in self._vary]
        return self._kind.key_for(request.actor or ANONYMOUS, self._template, request.path, query, varied)

    def _kept(self, answer: Answer) -> KeptAnswer:
        headers = [one for one in answer.headers if one[0] not in _NEVER]
        names = {name for name, _ in headers}
        if b"etag" not in names:
            # A digest, unlike a version, tells any two answers apart: it may be asked with anywhere (ADR 18).
            digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
            headers.append((b"etag", b'"' + digest.encode() + b'"'))
            if b"cache-control" not in names:
                everyones = self._declared.sharing is Sharing.EVERYONE
                headers.append((b"cache-control", b"no-cache" if everyones else b"private, no-cache"))
        if self._vary:
            headers.append((b"vary", b", ".join(self._vary)))
        at = self._backend.clock.now().timestamp()
        return KeptAnswer(answer.status, answer.body, answer.content_type, headers, at)

    def _answer(self, request: Request, kept: KeptAnswer, *, fresh: bool) -> Answer:
        age = max(0, math.floor(self._backend.clock.now().timestamp() - kept.at))
        if fresh:
            status = _NAME + b"; fwd=miss; stored"
        else:
            status = _NAME + b"; hit; ttl=%d" % (math.floor(self._declared.ttl) - age)
            request.reply_headers.append((b"age", b"%d" % age))
        request.reply_headers.append((b"cache-status", status))
        return Answer(kept.status, kept.body, kept.content_type, list(kept.headers))


def _fit(answer: Answer, beside: list[tuple[bytes, bytes]]) -> bool:
    """Whether an answer is the same for all who share it."""
    if answer.status != 200:
        return False
    for name, value in (*answer.headers, *beside):
        if name == b"set-cookie":
            return False
        if name == b"cache-control" and any(word in value.lower() for word in _REFUSING):
            return False
    return True


def _where(endpoint: Endpoint) -> str:
    return f"{endpoint.route.method} {endpoint.template}"


def _make(backend: Backend, endpoint: Endpoint) -> Surround | None:
    declared = endpoint.declared(Cached)
    if len(declared) > 1:
        raise CompositionError(f"{_where(endpoint)}: declares Cached twice")
    return Keeping(backend, endpoint, declared[0]) if declared else None


ANSWERS: Final = Surrounds(make=_make, knows=[Cached])
