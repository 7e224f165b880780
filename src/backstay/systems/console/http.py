"""The console over HTTP: sessions, systems, guarantees, and the page itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar, Final

from msgspec import Meta

from backstay.kernel.actor import Actor
from backstay.kernel.auth import METHOD_HEADER, clear_cookie, set_cookie
from backstay.kernel.backend import Backend
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import (
    Controller,
    Event,
    EventStream,
    FromPath,
    JSONBody,
    Request,
    Response,
    delete,
    get,
    post,
)
from backstay.kernel.settings import Finding, SettingView, describe
from backstay.systems.console import service
from backstay.systems.console.contracts import (
    PROVE,
    READ,
    Doors,
    GuaranteeList,
    House,
    ProofDetail,
    RunningProof,
    Session,
    SignIn,
    StartProof,
    SystemDetail,
)
from backstay.systems.console.errors import (
    AlreadyProving,
    NoSuchFile,
    NoSuchGuarantee,
    NoSuchProof,
    NoSuchSystem,
    ProvingNotAllowed,
)

Name = Annotated[str, Meta(min_length=1, max_length=100)]
_PULSE: Final = 2.0
"""Seconds between two looks at what changed."""
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class SessionController(Controller):
    """Who is signed in with this browser."""

    path: ClassVar[str] = "/session"
    name: ClassVar[str] = "session"

    @post(public=True, status=200, problems=[Unauthenticated])
    async def create(self, backend: Backend, request: Request, data: JSONBody[SignIn]) -> Response[Session]:
        """Sign a browser in: keeps the token in a cookie that no script can read."""
        session = await service.sign_in(backend, data.token)
        cookie = set_cookie(data.token, secure=_secure(backend, request))
        return Response(session, headers={"set-cookie": cookie})

    @get("/doors", public=True)
    async def doors(self, backend: Backend) -> Doors:
        """Tell how one may sign in here."""
        return service.doors(backend)

    @get(public=True, problems=[Unauthenticated])
    async def read(self, backend: Backend, request: Request) -> Session:
        """Tell who is signed in, and what this server is."""
        # By hand: whose second factor is missing is nobody to other public routes, and must be told here.
        headers = {**request.headers, METHOD_HEADER: request.method}
        request.actor = request.record.actor = await backend.authenticator.authenticate(headers)
        return service.session(backend, request.actor)

    @delete(public=True)
    async def end(self, backend: Backend, request: Request) -> Response[None]:
        """Sign the browser out."""
        return Response(None, headers={"set-cookie": clear_cookie(secure=_secure(backend, request))})


class SystemsController(Controller):
    """The modules of this server."""

    path: ClassVar[str] = "/console/systems"
    name: ClassVar[str] = "systems"

    @get(permission=READ)
    async def list(self, backend: Backend, actor: Actor) -> House:
        """Show every module with its health, its live number and how its promises stand."""
        return await service.house(backend, actor)

    @get("/stream", permission=READ)
    async def stream(self, backend: Backend, actor: Actor) -> EventStream:
        """Follow what changes, as server-sent events named `pulse`: modules whose health or number moved."""

        async def events() -> AsyncIterator[Event]:
            seen: dict[str, object] = {}
            while True:
                pulses = await service.pulses(backend, actor)
                changed = [pulse for pulse in pulses if seen.get(pulse.name) != pulse]
                if changed:
                    yield Event(changed, name="pulse")
                    seen.update({pulse.name: pulse for pulse in changed})
                await asyncio.sleep(_PULSE)

        return EventStream(events())

    @get("/{name:str}", permission=READ, problems=[NoSuchSystem])
    async def read(self, backend: Backend, name: FromPath[Name]) -> SystemDetail:
        """Show one module: permissions, routes, settings with their provenance, README."""
        return await asyncio.to_thread(service.system, backend, name)


class ControlController(Controller):
    """What is set, where it comes from, and what is missing or weak."""

    path: ClassVar[str] = "/console"
    name: ClassVar[str] = "control"

    @get("/settings", permission=READ)
    async def settings(self, backend: Backend) -> list[SettingView]:
        """Show every effective setting with where it comes from; secrets are stars."""
        return describe(backend.settings)

    @get("/findings", permission=READ)
    async def findings(self, backend: Backend) -> list[Finding]:
        """Show what `backstay doctor` finds: looks at the parts now, which may take some seconds."""
        return await backend.part(service.Doctor).findings()


class GuaranteesController(Controller):
    """Promises and the runs that tried them."""

    path: ClassVar[str] = "/console"
    name: ClassVar[str] = "proofs"

    @get("/guarantees", permission=READ)
    async def list(self, backend: Backend, actor: Actor) -> GuaranteeList:
        """Show every guarantee with its newest runs."""
        return await service.guarantees(backend, actor)

    @get("/proofs/{proof_id:str}", permission=READ, problems=[NoSuchProof])
    async def read(self, backend: Backend, proof_id: FromPath[Name]) -> ProofDetail:
        """Show one finished run with its history."""
        return await asyncio.to_thread(backend.part(service.Proofs).one, proof_id)

    @post(
        "/proofs", permission=PROVE, status=202, problems=[ProvingNotAllowed, NoSuchGuarantee, AlreadyProving]
    )
    async def start(self, backend: Backend, actor: Actor, data: JSONBody[StartProof]) -> RunningProof:
        """Start a run, in development."""
        refused = service.refusal(backend, actor)
        if refused is not None:
            raise refused
        return await backend.part(service.Running).start(data)

    @delete("/proofs/{proof_id:str}", permission=PROVE, problems=[NoSuchProof])
    async def stop(self, backend: Backend, proof_id: FromPath[Name]) -> None:
        """Ask a run that is under way to clear up and end."""
        backend.part(service.Running).run(proof_id).stop()

    @get("/proofs/{proof_id:str}/stream", permission=READ, problems=[NoSuchProof])
    async def stream(self, backend: Backend, request: Request, proof_id: FromPath[Name]) -> EventStream:
        """Follow a run from its beginning, as server-sent events named `proof`; the last one is `ended`."""
        run = backend.part(service.Running).run(proof_id)
        last = request.headers.get("last-event-id", "")
        seen = int(last) if last.isdecimal() and len(last) < 9 else 0

        async def events() -> AsyncIterator[Event]:
            async for place, event in run.follow(seen):
                yield Event(event, name="proof", id=str(place))

        return EventStream(events())


class PageController(Controller):
    """The console's own files."""

    path: ClassVar[str] = "/console"
    version: ClassVar[str | None] = None

    @get(public=True, hidden=True, any_query=True)
    async def page(self, backend: Backend) -> Response[bytes | str]:
        """The page."""
        return await _file(backend, "index.html")

    @get("/{file:path}", public=True, hidden=True, any_query=True, problems=[NoSuchFile])
    async def file(self, backend: Backend, file: FromPath[str]) -> Response[bytes | str]:
        """A file of the console; the page, where the address is one that the page draws."""
        return await _file(backend, str(file).lstrip("/"))


async def _file(backend: Backend, path: str) -> Response[bytes | str]:
    found = await asyncio.to_thread(backend.part(service.Files).find, path)
    if found is None:
        return Response(service.NOT_BUILT, status=404, media_type="text/html; charset=utf-8")
    if found.page:
        headers = {"cache-control": "no-store"}
    elif found.immutable:
        headers = {"cache-control": _FOR_EVER}
    else:
        headers = {"cache-control": "no-cache", "etag": found.tag}
    return Response(found.content, headers=headers, media_type=found.media_type)


def _secure(backend: Backend, request: Request) -> bool:
    """Whether the browser reaches this server over TLS."""
    return request.scheme == "https" or (backend.settings.http.public_url or "").startswith("https://")
