"""One route, compiled: who may call, what its handler takes, how its answer is encoded.

All reflection happens here, before a route's first request: when the application is built, or by
a server that is already asked for others (`Endpoint.complete`). A request then costs one loop over
small functions, the handler, and one call of the encoder.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import FieldError, Forbidden, NotInPerson, Unauthenticated
from backstay.kernel.http.conditional import tag
from backstay.kernel.http.lists import LIST_NAMES, ListReader, link_header
from backstay.kernel.http.parameters import Signature, signature_of
from backstay.kernel.http.reading import (
    Read,
    body_reader,
    if_match_reader,
    raise_for,
    reader_of,
    unknown_parameters,
)
from backstay.kernel.http.request import Request
from backstay.kernel.http.response import Answer, Response, Streaming, answer_of
from backstay.kernel.http.returns import contract_of, has_version, is_json, is_page
from backstay.kernel.http.routes import Controller, Route
from backstay.kernel.http.selection import life_headers
from backstay.kernel.http.surround import enclosed, surrounds_of
from backstay.kernel.module import CompositionError

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend

D = TypeVar("D")
_PATH_NAME: Final = re.compile(r"\{(\w+)")


class Endpoint:
    """A route; ready to answer once it is complete."""

    ready = False

    def __init__(
        self,
        backend: Backend,
        controller: Controller,
        route: Route,
        handler_name: str,
        *,
        module: str,
        version: str | None,
        template: str,
    ) -> None:
        """Take down who may call a route, and where it is; `complete` does the rest.

        Args:
            backend: what its handler may reach.
            controller: the instance whose method handles it.
            route: what the decorator said.
            handler_name: the method.
            module: the module that it belongs to.
            version: the API version, None outside the API.
            template: the whole path as declared, types included: `/v1/notes/{note_id:uuid}`.

        Raises:
            CompositionError: the route says not who may call it, or declares what nobody knows.
        """
        self.route = route
        self.module = module
        self.version = version
        self.template = template
        self.handler_name = handler_name
        self.controller_name = controller.name
        self._controller = controller
        self.handler: Callable[..., Awaitable[Any]] = getattr(controller, handler_name)
        self._where = where = f"{route.method} {template} ({type(controller).__name__}.{handler_name})"
        options = route.options
        self.permission = options.get("permission")
        self.public = options.get("public", False)
        if self.permission is None and not self.public:
            raise CompositionError(
                f"{where}: says not who may call it: give it a permission=, or public=True"
            )
        if self.permission is not None and self.public:
            raise CompositionError(
                f"{where}: is both public and guarded by {self.permission.name!r}; choose one"
            )
        self.in_person = options.get("in_person", self.permission is not None and self.permission.in_person)
        self.body_limit = options.get("body_limit", backend.settings.http.body_limit)
        self.has_id = ":uuid}" in template
        self._backend = backend
        self._database = backend.database
        self.deprecated = "deprecated" in options or "sunset" in options
        self.moments = surrounds_of(backend, self, where)
        self._surrounded = bool(self.moments.arrive or self.moments.admit or self.moments.execute)
        self._life = life_headers(options.get("deprecated"), options.get("sunset"))
        self.successor: str | None = None
        """The next live version of a deprecated route, for its `Link`; set when all routes are known."""

    @cached_property
    def signature(self) -> Signature:
        """What its handler takes.

        Raises:
            CompositionError: it cannot be served.
        """
        return signature_of(getattr(type(self._controller), self.handler_name), self.route, self._where)

    def complete(self) -> None:
        """Make of the handler's signature what a request needs; nothing where that is done.

        Raises:
            CompositionError: the signature cannot be served, or not with what surrounds the route.
        """
        if self.ready:
            return
        signature = self.signature
        contract = contract_of(signature.returns)
        self._check_path()
        self.moments.complete(self)
        self._given = tuple(signature.given.items())
        self._writes = "uow" in signature.given.values()
        self._authenticates = self.permission is not None or signature.wants_actor
        self._readers = self._make_readers()
        self._body = signature.body and (signature.body[0], body_reader(signature.body[1]))
        usual = 204 if signature.returns in {None, type(None)} else self.route.status
        self.status = self.route.options.get("status", usual)
        self._has_version = has_version(contract)
        self._is_page = is_page(contract)
        self.answers_json = is_json(contract)
        self.ready = True

    def _check_path(self) -> None:
        named = set(_PATH_NAME.findall(self.template))
        taken = {parameter.wire_name for parameter in self.signature.parameters if parameter.place == "path"}
        if named != taken:
            raise CompositionError(
                f"{self._where}: the path's parameters are {', '.join(sorted(named)) or 'none'}, "
                f"the handler takes {', '.join(sorted(taken)) or 'none'}"
            )

    def _make_readers(self) -> tuple[tuple[str, Read], ...]:
        signature, route = self.signature, self.route
        readers = [(parameter.name, reader_of(parameter)) for parameter in signature.parameters]
        known = {parameter.wire_name for parameter in signature.parameters if parameter.place == "query"}
        listing = route.options.get("listing")
        lists = listing is not None and signature.list_query is not None
        if listing is not None and lists:
            known |= {*LIST_NAMES, *listing.filters}
        refuse = None if route.options.get("any_query", False) else unknown_parameters(frozenset(known))
        if listing is not None and signature.list_query is not None:
            readers.append((signature.list_query, ListReader(listing, refuse)))
        if signature.if_match is not None:
            name, optional = signature.if_match
            readers.append((name, if_match_reader(optional=optional)))
        self._refuse_unknown = None if lists else refuse  # a list's reader does it
        return tuple(readers)

    def declared(self, kind: type[D]) -> list[D]:
        """What the route declares of this type, in order."""
        return [one for one in self.route.options.get("declares", ()) if isinstance(one, kind)]

    async def answer(self, request: Request) -> Answer | Streaming:
        """Everything between routing and sending: authenticate, guard, read, handle, commit, encode."""
        if self._surrounded:
            if self.moments.arrive:
                return await enclosed(self.moments.arrive, request, lambda: self._arrived(request))
            return await self._arrived(request)
        # The same steps where nobody stands around them: every function that is awaited costs a microsecond.
        if self._authenticates:
            await self._admit(request)
        arguments = self._parameters(request) if self._body is None else await self._read(request)
        return await self._execute(request, arguments)

    async def _arrived(self, request: Request) -> Answer | Streaming:
        if self._authenticates:
            await self._admit(request)
        if self.moments.admit:
            return await enclosed(self.moments.admit, request, lambda: self._admitted(request))
        return await self._admitted(request)

    async def _admitted(self, request: Request) -> Answer | Streaming:
        arguments = await self._read(request)
        if self.moments.execute:
            return await enclosed(self.moments.execute, request, lambda: self._execute(request, arguments))
        return await self._execute(request, arguments)

    def _execute(self, request: Request, arguments: dict[str, Any]) -> Awaitable[Answer | Streaming]:
        actor = request.actor
        for name, what in self._given:
            if what == "actor":
                arguments[name] = actor
            elif what == "reader":
                arguments[name] = self._database.reader(actor or ANONYMOUS)
            elif what == "backend":
                arguments[name] = self._backend
            elif what == "request":
                arguments[name] = request
        if not self._writes:
            return self._handle(request, arguments)
        slot = next(name for name, what in self._given if what == "uow")

        async def work(uow: UnitOfWork) -> Answer | Streaming:
            # The answer is encoded inside the unit, so that one which cannot be leaves nothing behind.
            answer = await self._handle(request, {**arguments, slot: uow})
            if isinstance(answer, Answer):
                for conclude in self.moments.conclude:
                    await conclude(request, uow, answer)
            return answer

        return self._database.run(actor or ANONYMOUS, work)

    async def _admit(self, request: Request) -> None:
        record = request.record
        # A cookie is only believed on safe methods, so the authenticator is told the method.
        request.raw_headers[b":method"] = request.method.encode()
        started = time.perf_counter_ns()
        actor = await self._backend.authenticator.authenticate(request.headers)
        authenticated = record.note("stage", "authenticate", started)
        request.actor = record.actor = actor
        permission = self.permission
        # The one gate: no handler has to remember that credentials are nobody else's to change.
        if self.in_person and actor is not None and actor.impersonator_id is not None:
            record.note("guard", "in person", started, "denied")
            raise NotInPerson
        if permission is None:
            # It holds nothing but the way to its second factor, and a public route would ask for nothing.
            if actor is not None and actor.pending:
                request.actor = None
            return
        if actor is None:
            record.note("guard", permission.name, authenticated, "denied")
            raise Unauthenticated("Send `Authorization: Bearer <token>`.")
        if not actor.may(permission):
            record.note("guard", permission.name, authenticated, "denied")
            raise Forbidden(f"This needs the permission {permission.name!r}.", permission=permission.name)
        record.note("guard", permission.name, authenticated, "allowed")

    async def _read(self, request: Request) -> dict[str, Any]:
        if self._body is None:
            return self._parameters(request)
        errors: list[FieldError] = []
        arguments = self._read_parameters(request, errors)
        name, read_body = self._body
        arguments[name] = await read_body(request, errors)
        raise_for(errors)
        return arguments

    def _parameters(self, request: Request) -> dict[str, Any]:
        """What a route without a body takes."""
        errors: list[FieldError] = []
        arguments = self._read_parameters(request, errors)
        if errors:
            raise_for(errors)
        return arguments

    def _read_parameters(self, request: Request, errors: list[FieldError]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, read in self._readers:
            arguments[name] = read(request, errors)
        for look in self.moments.read:
            look(request, errors)
        if self._refuse_unknown is not None and request.scope["query_string"]:
            self._refuse_unknown(request, errors)
        return arguments

    async def _handle(self, request: Request, arguments: Mapping[str, Any]) -> Answer | Streaming:
        record = request.record
        started = time.perf_counter_ns()
        value = await self.handler(**arguments)
        handled = record.note("stage", "handler", started)
        if isinstance(value, Streaming):
            return value
        answer = answer_of(value, self.status)
        content = value.content if isinstance(value, Response) else value
        # What nobody can change has none: a role that comes with the house.
        if self._has_version and content is not None and content.version is not None:
            answer.headers.append((b"etag", tag(content.version)))
        elif self._is_page:
            link = link_header(request.path, request.scope["query_string"], content)
            if link is not None:
                answer.headers.append((b"link", link))
        record.note("stage", "encode", handled)
        return answer

    def life_headers(self, path: str) -> list[tuple[bytes, bytes]]:
        """`Deprecation`, `Sunset` and the `Link` to the successor, for a path of this route."""
        headers = list(self._life)
        if self.successor is not None and self.version is not None:
            successor = quote(f"/v{self.successor}{path.removeprefix(f'/v{self.version}')}")
            headers.append((b"link", f'<{successor}>; rel="successor-version"'.encode("ascii")))
        return headers
