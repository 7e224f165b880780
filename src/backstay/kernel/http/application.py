"""The application: one ASGI callable around every route.

A request passes through one function instead of a stack of middlewares: record and ids,
routing, the endpoint, and the headers that every answer carries. Whatever fails inside
becomes a problem document; whatever happens, the record is finished and observed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from backstay.kernel.errors import BadRequest
from backstay.kernel.http.endpoint import Endpoint
from backstay.kernel.http.errors import BodyTooLarge, ClientGone, NoSuchRoute, NotAcceptable
from backstay.kernel.http.finishing import COMPRESS_APART, Finishing, gzip
from backstay.kernel.http.openapi import description_controllers
from backstay.kernel.http.origin import Cors, Peer, peers, request_id_of, trace_of
from backstay.kernel.http.problems import note_unexpected, problem_answer
from backstay.kernel.http.request import Request
from backstay.kernel.http.response import Answer, Streaming
from backstay.kernel.http.router import Router
from backstay.kernel.http.routes import Controller, routes_of
from backstay.kernel.http.selection import accepts_json, wanted_version
from backstay.kernel.module import CompositionError
from backstay.kernel.observation import Record, current_record

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend
    from backstay.kernel.http.request import Receive, Scope, Send

_log = logging.getLogger("backstay.http")
_OPTIONS: Final = "OPTIONS"

Respond: TypeAlias = Callable[[Any, int, list[tuple[bytes, bytes]], bytes, bool], bool]
"""Takes ASGI's `send`, status, headers, body, and whether those headers end the connection; False when the
answer must go through `send`."""


class Application:
    """The backend's ASGI application; make it with `create_app`."""

    def __init__(self, backend: Backend, endpoints: Sequence[Endpoint]) -> None:
        self.backend = backend
        self.router = Router(endpoints)
        self._peer = peers(backend.settings.http.trusted_proxies)
        self._cors = Cors(backend.settings.http.cors_origins)
        self._finishing = Finishing(hsts=backend.settings.http.hsts)
        self.closing = False
        """Whether answers ask the client to close its connection, because this process is about to."""
        self.respond: Respond | None = None
        """The server's way to send a whole answer at once, where it has one."""
        self._ended = False
        self.streams: set[asyncio.Event] = set()
        """One event for each open stream; set it and the stream ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection as ASGI 3 asks."""
        if scope["type"] != "http":
            await _other_protocol(scope, receive, send)
            return
        raw_headers: dict[bytes, bytes] = dict(scope["headers"])
        peer = self._peer(scope)
        record = self._record(scope, raw_headers, peer)
        request = Request(scope, receive, record, raw_headers, peer.scheme)
        token = current_record.set(record)
        try:
            try:
                endpoint = self._endpoint(request)
                answer = self._options(request) if endpoint is None else await endpoint.answer(request)
            except ClientGone:
                record.abandoned = True
                return
            except Exception as failure:  # noqa: BLE001 - the one place that turns every failure into a problem
                answer = problem_answer(failure, record)
            await self._send(request, answer, send)
            if _left(send):
                record.abandoned = True
        except BaseException:
            record.abandoned = True
            raise
        finally:
            current_record.reset(token)
            record.end()
            self._observe(record)

    async def complete(self) -> None:
        """Complete every route and run the modules' checks, one after another; let requests in between.

        Raises:
            CompositionError: a route cannot be served, or a check failed.
        """
        for step in self.completion():
            step()
            await asyncio.sleep(0)

    def completion(self) -> list[Callable[[], None]]:
        """The steps of `complete`."""
        return [*(endpoint.complete for endpoint in self.router.endpoints), *self.backend.checks]

    def end_streams(self) -> None:
        """Ask every event stream, open or still to come, to end; called when the server stops accepting."""
        self._ended = True
        for ending in self.streams:
            ending.set()

    def _record(self, scope: Scope, headers: dict[bytes, bytes], peer: Peer) -> Record:
        trace = trace_of(headers.get(b"traceparent"))
        path: str = scope["path"]
        root: str = scope.get("root_path", "")
        if root and path.startswith(root):  # mounted under another application
            path = path[len(root) :] or "/"
        return Record(
            method=scope["method"],
            path=path,
            request_id=request_id_of(headers.get(b"x-request-id"), trusted=peer.trusted),
            trace_id=trace.trace_id,
            span_id=trace.span_id,
            parent_span_id=trace.parent_span_id,
            sampled=trace.sampled,
            client=peer.client,
            query=scope["query_string"],
            request_headers=scope["headers"],
        )

    def _endpoint(self, request: Request) -> Endpoint | None:
        """What answers the request, once nothing about its head stands against that; None for OPTIONS."""
        if request.method == _OPTIONS:
            return None
        headers = request.raw_headers
        path = request.path
        wanted = wanted_version(headers)
        if wanted is not None:
            path = self.router.check_version(wanted, path)
            request.reply_headers.append((b"vary", b"Accept, Accept-Version"))
        match = self.router.match(request.method, path)
        endpoint = match.endpoint
        if not endpoint.ready:
            endpoint.complete()
        request.record.route = match.template
        request.path_params = match.path_params
        request.body_limit = endpoint.body_limit
        request.has_id = endpoint.has_id
        if endpoint.deprecated:
            request.reply_headers += endpoint.life_headers(path)
        accept = headers.get(b"accept")
        if accept is not None and endpoint.answers_json and not accepts_json(accept):
            raise NotAcceptable("The answer is `application/json`.")
        length = headers.get(b"content-length")
        if length is not None:
            request.expected_length = request.record.request_bytes = _length(length)
            if request.expected_length > request.body_limit:
                raise BodyTooLarge(limit=request.body_limit)
        return endpoint

    def _options(self, request: Request) -> Answer:
        allowed = self.router.allowed(request.path)
        if not allowed:
            raise NoSuchRoute
        if b"access-control-request-method" in request.raw_headers:
            return Answer(204, b"", None, self._cors.preflight(request.raw_headers))
        return Answer(204, b"", None, [(b"allow", allowed.encode("ascii"))])

    async def _send(self, request: Request, answer: Answer | Streaming, send: Send) -> None:
        record = request.record
        shared = request.reply_headers
        if self._cors.asked and request.method != _OPTIONS:
            shared += self._cors.headers(request.raw_headers.get(b"origin"))
        closing = self.closing
        if closing:
            shared.append((b"connection", b"close"))
        if isinstance(answer, Streaming):
            await self._stream(request, answer, shared, send)
            return
        head = request.method == "HEAD"
        packed = None
        if len(answer.body) >= COMPRESS_APART and self._finishing.packs(request, answer):
            packed = await asyncio.to_thread(gzip, answer.body)
        status, headers, body = self._finishing.finish(request, answer, shared, packed)
        record.status = status
        record.response_bytes = len(body)
        record.response_headers = headers
        record.response_body = answer.body
        if self.respond is not None and self.respond(send, status, headers, b"" if head else body, closing):
            return
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head else body})

    async def _stream(
        self, request: Request, answer: Streaming, shared: list[tuple[bytes, bytes]], send: Send
    ) -> None:
        record = request.record
        record.status = answer.status
        headers = self._finishing.stream_headers(request, answer, shared)
        record.response_headers = headers
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        ending = asyncio.Event()
        if self._ended:
            ending.set()
        self.streams.add(ending)
        try:
            await answer.send_body(send, request.receive, record, ending)
        except Exception as failure:
            # Too late for a problem: the server cuts the connection, so that nobody takes it for the end.
            note_unexpected(failure, record)
            raise
        finally:
            self.streams.discard(ending)

    def _observe(self, record: Record) -> None:
        for observe in self.backend.observers:
            try:
                observe(record)
            except Exception:  # noqa: BLE001 - an observer's bug must not cost anybody an answer
                _log.exception("an observer of requests failed")


def create_app(
    backend: Backend, *, controllers: Sequence[type[Controller]] = (), complete: bool = True
) -> Application:
    """The ASGI application of a backend: the routes of its modules, and the API's description.

    Args:
        backend: already started; the application neither starts nor stops it.
        controllers: further routes that belong to no module.
        complete: whether to do at once what `Application.complete` does; if not, each route is complete with
            its first request at the latest.

    Raises:
        CompositionError: a route says not who may call it, cannot be served, or clashes with another; or a
            module's check failed.
    """
    endpoints: list[Endpoint] = []
    for module in backend.modules:
        for controller in module.controllers:
            endpoints += compile_controller(backend, controller, module.name)
    for controller in controllers:
        endpoints += compile_controller(backend, controller, "")
    for controller in description_controllers(backend, tuple(endpoints)):
        endpoints += compile_controller(backend, controller, "")
    app = Application(backend, endpoints)
    for step in app.completion() if complete else ():
        step()
    return app


def compile_controller(backend: Backend, controller: type[Controller], module: str) -> list[Endpoint]:
    """The endpoints of one controller."""
    instance = controller()
    endpoints = []
    for route, handler_name in routes_of(controller):
        version = route.options.get("version", controller.version)
        if version is not None and not version.isdigit():
            raise CompositionError(
                f"{controller.__name__}: a version is a number such as '2', not {version!r}"
            )
        prefix = "" if version is None else f"/v{version}"
        template = f"{prefix}{controller.path}{route.path}" or "/"
        endpoints.append(
            Endpoint(
                backend, instance, route, handler_name, module=module, version=version, template=template
            )
        )
    return endpoints


def _length(header: bytes) -> int:
    if not header.isdigit() or len(header) > 18:
        raise BadRequest("`Content-Length` is not a number of bytes.")
    return int(header)


def _left(send: Send) -> bool:
    """Whether the client closed before the answer was complete.

    uvicorn keeps silent about it: a send after the end of the connection does nothing. Its
    cycle knows, and `send` is a method of the cycle; another server's `send` tells nothing.
    """
    cycle: Any = getattr(send, "__self__", None)
    return getattr(cycle, "disconnected", False) is True


async def _other_protocol(scope: Scope, receive: Receive, send: Send) -> None:
    """Lifespan is the server's business and needs no answer of ours; sockets have no routes yet."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "websocket.close", "code": 1000})
