"""Answers: what a handler may return when a contract alone is not enough, and what goes out in the end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct
from typing_extensions import override

from backstay.kernel.observation import Record

if TYPE_CHECKING:
    from backstay.kernel.http.request import Receive, Send

T_co = TypeVar("T_co", covariant=True)

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
JSON: Final = b"application/json"
_encoder: Final = msgspec.json.Encoder()
encode_json: Final = _encoder.encode


class Response(Generic[T_co]):
    """An answer with its own status, headers or media type; `Response[Note]` tells OpenAPI what is in it.

    `content` is encoded as JSON unless it is `bytes` or `str`, which go out as they are.
    """

    def __init__(
        self,
        content: T_co,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        """`status`: the route's own when None. `headers`: added to the façade's; names as on the wire."""
        self.content = content
        self.status = status
        self.headers = headers or {}
        self.media_type = media_type


class Answer(Struct, eq=False):
    """An answer ready to be sent: status, headers as bytes, the whole body."""

    status: int
    body: bytes
    content_type: bytes | None
    headers: list[tuple[bytes, bytes]]

    @override
    def __repr__(self) -> str:
        """Without headers and body, which may hold secrets."""
        return f"<Answer {self.status}>"


class Streaming:
    """An answer whose body comes piece by piece; event streams derive from it."""

    content_type: bytes = b"application/octet-stream"
    status: int = 200

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Headers beyond the content type."""
        return []

    async def send_body(self, send: Send, receive: Receive, record: Record, ending: asyncio.Event) -> None:
        """Send the body's messages, the last with `more_body` false; finish promptly once `ending` is set."""
        raise NotImplementedError


def encode_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Names in lower case and values as the wire takes them.

    Raises:
        ValueError: a name is no token, or a value holds a line break or another control
            character, which could start a header of its own (RFC 9110, 5.1 and 5.5).
    """
    encoded = []
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            raise ValueError(f"the header {name!r} must be a token, and its value without control characters")
        encoded.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    return encoded


def answer_of(value: Any, status: int) -> Answer:
    """What a handler returned, encoded. Raises TypeError when it is not something JSON can say."""
    if not isinstance(value, Response):
        if status == 204:
            return Answer(status, b"", None, [])
        return Answer(status, _encoder.encode(value), JSON, [])
    content = value.content
    headers = encode_headers(value.headers)
    if isinstance(content, bytes):
        body, media_type = content, value.media_type or "application/octet-stream"
    elif isinstance(content, str):
        body, media_type = content.encode(), value.media_type or "text/plain; charset=utf-8"
    elif content is None:
        return Answer(value.status or status, b"", None, headers)
    else:
        body, media_type = _encoder.encode(content), value.media_type or "application/json"
    return Answer(value.status or status, body, media_type.encode("latin-1"), headers)
