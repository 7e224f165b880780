"""One request on a connection: uvicorn's, made without what only few requests need."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from backstay.kernel.http.serve.protocol import Protocol


_field: Final = b": ".join
"""A header field's name and value as its line."""
_STATUS: Final = {status: line.removesuffix(b"\r\n") for status, line in STATUS_LINE.items()}
_CLOSE: Final = (b"connection", b"close")


class Cycle(RequestResponseCycle):
    """What uvicorn keeps of a request until it is answered.

    Its event, with a queue for those who wait, is made when somebody waits: a body that came with its
    headers is there before anybody asks for it, and most requests have none.
    """

    # What each begins with, of uvicorn's names and of our own.
    disconnected = False
    more_body = True
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0
    task: asyncio.Task[None] | None = None
    """What answers it; set by who starts it, for asking the loop takes a hundredth of a request."""
    _event: asyncio.Event | None = None
    _told = False
    """Whether there was something to tell, until it is received; counts while there is no event."""

    def __init__(self, protocol: Protocol) -> None:
        # Not uvicorn's, which is given each of these by name, and an event.
        self.scope = protocol.scope
        self.transport = protocol.transport
        self.flow = protocol.flow
        self.logger = protocol.logger
        self.access_logger = protocol.access_logger
        self.access_log = protocol.access_log
        self.default_headers = protocol.server_state.default_headers
        self.on_response = protocol.on_response_complete
        self.keep_alive = protocol.parser.should_keep_alive()
        self.waiting_for_100_continue = protocol.expect_100_continue
        self.body = bytearray()
        self._tasks = protocol.tasks

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override]  # uvicorn's is an attribute
        """Set when the body has grown, or the request has ended."""
        event = self._event
        if event is None:
            event = self._event = asyncio.Event()
            if self._told:
                event.set()
        return event

    def tell(self) -> None:
        """Wake who waits for more of the body or for the end, if anybody does."""
        if self._event is None:
            self._told = True
        else:
            self._event.set()

    @override
    async def run_asgi(self, app: Any) -> None:
        # As uvicorn's, whose caller has the loop call back once more when the task has ended.
        try:
            await app(self.scope, self.receive, self.send)
        except BaseException:
            self.logger.exception("Exception in ASGI application")
        finally:
            if not self.response_complete and not self.disconnected:
                await self._give_up()
            self.on_response = _nothing
            self._tasks.discard(self.task)

    async def _give_up(self) -> None:
        if self.response_started:
            self.transport.close()
        else:
            await self.send_500_response()

    @override
    async def receive(self) -> Any:
        if self._event is not None or not self._told or self.waiting_for_100_continue:
            return await super().receive()
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        # As uvicorn's, where what came is already there.
        self._told = False
        self.flow.resume_reading()
        message = {"type": "http.request", "body": bytes(self.body), "more_body": self.more_body}
        self.body = bytearray()
        return message


def respond(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes, closing: bool) -> bool:
    """Send a whole answer in one piece; False, and nothing sent, when that is not possible here.

    `closing`: the headers say that the connection ends with this answer.

    What `RequestResponseCycle.send` does in two awaited calls, without judging every header
    by two regular expressions again: the façade has made them or judged them already.
    """
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or cycle.flow.write_paused or cycle.response_started:
        return False
    if cycle.disconnected:
        return True
    if closing:
        cycle.keep_alive = False
    elif not cycle.keep_alive:
        headers = [*headers, _CLOSE]
    lines = [_STATUS[status], *map(_field, cycle.default_headers), *map(_field, headers), b"", body]
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"\r\n".join(lines))
    if type(cycle) is Cycle:
        cycle.tell()
    else:
        cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def _nothing() -> None:
    """What there is to do when an answer that was given up is complete."""
