"""Routes that show one thing each, for the façade's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import (
    UnitOfWork,
)
from backstay.kernel.http import (
    Broadcast,
    Controller,
    Event,
    EventStream,
    FromHeader,
    FromPath,
    FromQuery,
    JSONBody,
    Request,
    Response,
    TooManyRequests,
    get,
    post,
)
from backstay.kernel.ids import uuid7
from tests.kernel.http.shelf_tables import INSERT, Book, Everything, Genre

news = Broadcast(queue=4, history=4)


class Odds(Controller):
    """Routes that show one thing each."""

    path: ClassVar[str] = "/odds"
    version: ClassVar[str | None] = None

    @get("/everything/{name:str}", public=True)
    async def everything(
        self,
        backend: Backend,
        request: Request,
        actor: Actor | None,
        name: FromPath[Annotated[str, Meta(max_length=5)]],
        count: FromQuery[Annotated[int, Meta(ge=1)]],
        ratio: FromQuery[float] = 0.5,
        tags: FromQuery[list[str] | None] = None,
        genre: FromQuery[Genre | None] = None,
        x_mood: FromHeader[Annotated[str, Meta(min_length=2)] | None] = None,
    ) -> Everything:
        """Tell what was given."""
        return Everything(
            {
                "state": backend.state,
                "client": request.client,
                "scheme": request.scheme,
                "id": request.id,
                "actor": actor.name if actor else None,
                "name": name,
                "count": count,
                "ratio": ratio,
                "tags": tags,
                "genre": genre,
                "mood": x_mood,
            }
        )

    @get("/limited", public=True)
    async def limited(self) -> Everything:
        """Too much."""
        refusal = TooManyRequests("Come back later.", limit=100)
        refusal.headers["retry-after"] = "7"
        raise refusal

    @get("/broken", public=True)
    async def broken(self) -> Everything:
        """A bug."""
        raise RuntimeError("secret words of the inside")

    @get("/unsayable", public=True)
    async def unsayable(self, uow: UnitOfWork) -> Everything:
        """Answer with something that JSON cannot say, after a change."""
        await uow.execute(INSERT, id=uuid7(), title="ghost", pages=1)
        return Everything({"it": object()})

    @get("/long", public=True)
    async def long(self, size: FromQuery[int] = 5000) -> Everything:
        """A long answer."""
        return Everything({"text": "x" * size})

    @get("/text", public=True)
    async def text(self) -> Response[str]:
        """Plain text."""
        return Response("hello", headers={"Cache-Control": "max-age=5"})

    @get("/split", public=True)
    async def split(self) -> Response[None]:
        """A header that would start another."""
        return Response(None, headers={"x-a": "b\r\nx-c: d"})

    @get("/moved", public=True)
    async def moved(self) -> Response[None]:
        """Elsewhere."""
        return Response(None, status=302, headers={"location": "/elsewhere"})

    @get("/perhaps", public=True)
    async def perhaps(self, there: FromQuery[bool] = False) -> Book | None:
        """A book, or null."""
        return Book(UUID(int=7), "there", 1, 4) if there else None

    @post("/echo", public=True, status=200, body_limit=64)
    async def echo(self, data: JSONBody[dict[str, Any]]) -> Everything:
        """Give the body back."""
        return Everything(data)

    @post("/raw", public=True, status=200, body_limit=64)
    async def raw(self, request: Request) -> Everything:
        """The body as it came."""
        return Everything({"length": len(await request.body()), "again": len(await request.body())})

    @get("/news", public=True)
    async def news(self, last_event_id: FromHeader[str | None] = None) -> EventStream:
        """Follow the news."""
        return news.stream(last_event_id, heartbeat=0.05)

    @get("/cut", public=True)
    async def cut(self) -> EventStream:
        """A stream that breaks."""

        async def events() -> AsyncIterator[Event]:
            yield Event(1)
            raise RuntimeError("broken")

        return EventStream(events())

    @get("/files/{path:path}", public=True)
    async def files(self, path: FromPath[str]) -> Everything:
        """A path of any depth."""
        return Everything({"path": path})
