"""The request as a handler may see it, and everything that the façade learns about it on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs

from typing_extensions import override

from backstay.kernel.actor import Actor
from backstay.kernel.errors import BadRequest
from backstay.kernel.http.errors import BodyTooLarge, ClientGone
from backstay.kernel.observation import Record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]


MAX_QUERY_FIELDS: Final = 200


_WIRE: Final = {name: name.encode() for name in ("authorization", "cookie", "x-api-key", ":method")}
"""The names that every request is asked for, as they are on the wire."""


class Headers(Mapping[str, str]):
    """Request headers under lower-case names; a name that came twice keeps its last value."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Mapping[bytes, bytes]) -> None:
        self._raw = raw

    @override
    def __getitem__(self, name: str) -> str:
        return self._raw[name.encode("latin-1")].decode("latin-1")

    @override
    def get(self, name: str, default: Any = None) -> Any:
        # `Mapping` would raise and catch a KeyError for each header that is not there.
        # A codec that is named is looked up at every call, which takes four times as long as the work itself.
        value = self._raw.get(_WIRE.get(name) or name.encode("latin-1"))
        if value is None:
            return default
        return value.decode() if value.isascii() else value.decode("latin-1")

    @override
    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    @override
    def __len__(self) -> int:
        return len(self._raw)


def _parsed(query: str) -> dict[str, list[str]]:
    """As `parse_qs`, which this is where anything is written in another way than it is meant."""
    if "%" in query or "+" in query or query.count("&") >= MAX_QUERY_FIELDS:
        return parse_qs(query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    found: dict[str, list[str]] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            if name in found:
                found[name].append(value)
            else:
                found[name] = [value]
    return found


class Request:
    """One HTTP request.

    Handlers rarely need it: parameters, body and actor arrive by type. It is here for the
    few that look at something else.
    """

    # What every request begins with stands in the class: sixteen assignments were half a hundredth of one.
    actor: Actor | None = None
    path_params: Mapping[str, Any] = {}
    has_id = False
    """Whether the route's path holds an id, and so names one thing."""
    body_limit = 0
    expected_length = 0
    """The length that `Content-Length` announced; 0 when it did not."""
    _query: dict[str, list[str]] | None = None
    _body: bytes | None = None

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        record: Record,
        raw_headers: dict[bytes, bytes],
        scheme: str,
    ) -> None:
        """Made by the façade alone."""
        self.scope = scope
        self.receive = receive
        self.record = record
        self.method = record.method
        self.path = record.path
        self.raw_headers = raw_headers
        self.scheme = scheme
        self.reply_headers: list[tuple[bytes, bytes]] = []
        """Headers that go with the answer whatever it is."""

    @property
    def client(self) -> str | None:
        """The caller's address as the trusted proxies tell it."""
        return self.record.client

    @property
    def id(self) -> str:
        """The request id: in the answer's `X-Request-ID`, in every problem and every log line."""
        return self.record.request_id

    @property
    def headers(self) -> Headers:
        """The headers, names in lower case."""
        return Headers(self.raw_headers)

    @property
    def query(self) -> dict[str, list[str]]:
        """The query string's parameters; each name with its values in order."""
        if self._query is None:
            raw: bytes = self.scope["query_string"]
            try:
                self._query = _parsed(raw.decode() if raw.isascii() else raw.decode("ascii"))
            except ValueError as failure:
                raise BadRequest("The query string is malformed or has too many parameters.") from failure
        return self._query

    async def body(self) -> bytes:
        """The whole body.

        Raises:
            BodyTooLarge: it is larger than the route takes; judged by `Content-Length`
                before anything is read, else as soon as it is exceeded.
            ClientGone: the client closed the connection before the end.
        """
        if self._body is not None:
            return self._body
        if self.expected_length > self.body_limit:
            raise BodyTooLarge(limit=self.body_limit)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            self.record.request_bytes = size
            if size > self.body_limit:
                raise BodyTooLarge(limit=self.body_limit)
            chunks.append(chunk)
            if not message.get("more_body", False):
                break
        self._body = self.record.request_body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        return self._body
