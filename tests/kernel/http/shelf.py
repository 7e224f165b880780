"""The module that the façade's tests drive: books on a shelf."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, field

from backstay.kernel.actor import Permission
from backstay.kernel.database import (
    Database,
    LostRace,
    Page,
    Reader,
    UnitOfWork,
)
from backstay.kernel.errors import Conflict, FieldError, Invalid, PreconditionFailed
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    IfMatch,
    JSONBody,
    ListQuery,
    Payload,
    Response,
    delete,
    get,
    patch,
    post,
    put,
)
from backstay.kernel.ids import uuid7
from backstay.kernel.module import Module
from tests.kernel.http.odds import Odds
from tests.kernel.http.shelf_tables import (
    BOOKS,
    GET,
    INSERT,
    LEND,
    RETITLE,
    Book,
    Everything,
    Genre,
    metadata,
)
from tests.tables import create_tables

READ = Permission("shelf:read", "See books")
WRITE = Permission("shelf:write", "Change books")


class NewBook(Payload, frozen=True):
    """A book to be put on the shelf."""

    title: Annotated[str, Meta(min_length=1, max_length=40, examples=["Middlemarch"])]
    pages: Annotated[int, Meta(ge=1, le=100_000)]
    genre: Genre = Genre.OTHER
    tags: list[Annotated[str, Meta(min_length=1)]] = field(default_factory=list)


class Retitle(Payload, frozen=True):
    """A new title."""

    title: Annotated[str, Meta(min_length=1)]


class ShelfFull(Conflict):
    """No more books fit."""

    code = "shelf_full"
    title = "The shelf is full"


attempts: list[str] = []


class Books(Controller):
    """Books."""

    path: ClassVar[str] = "/books"

    @get(permission=READ, listing=BOOKS)
    async def list(self, reader: Reader, query: ListQuery) -> Page[Book]:
        """List books."""
        return await reader.page(BOOKS, query)

    @get("/{book_id:uuid}", permission=READ, version="2", operation="read")
    @get("/{book_id:uuid}", permission=READ, deprecated=date(2026, 1, 2), sunset=date(2027, 1, 2))
    async def one(self, reader: Reader, book_id: FromPath[UUID]) -> Book:
        """Read a book.

        By its id.
        """
        return await reader.one(GET, id=book_id)

    @post(permission=WRITE, problems=[ShelfFull])
    async def create(
        self, uow: UnitOfWork, data: JSONBody[NewBook], dry: FromQuery[bool] = False
    ) -> Response[Book]:
        """Put a book on the shelf."""
        if data.title == "full":
            raise ShelfFull("Take one off first.", capacity=3)
        if data.title == "taken":
            raise Invalid(FieldError(pointer="/title", code="taken", message="is on the shelf already"))
        book_id = uuid7()
        await uow.execute(INSERT, id=book_id, title=data.title, pages=data.pages)
        book = await uow.one(GET, id=book_id)
        if dry:
            raise RuntimeError("secret words of the inside")
        return Response(book, headers={"location": f"/v1/books/{book_id}"})

    @patch("/{book_id:uuid}", permission=WRITE)
    async def retitle(
        self, uow: UnitOfWork, book_id: FromPath[UUID], version: IfMatch, data: JSONBody[Retitle]
    ) -> Book:
        """Change the title, unless the book was changed since you read it."""
        if not await uow.execute(RETITLE, id=book_id, seen=version, title=data.title):
            raise PreconditionFailed
        return await uow.one(GET, id=book_id)

    @put("/{book_id:uuid}/maybe", permission=WRITE)
    async def maybe(self, book_id: FromPath[UUID], version: IfMatch | None) -> Everything:
        """Tell which version was named, if any."""
        return Everything({"id": book_id, "version": version})

    @delete("/{book_id:uuid}", permission=WRITE)
    async def remove(self, uow: UnitOfWork, book_id: FromPath[UUID]) -> None:
        """Answer with nothing."""
        attempts.append(str(uow.organization_id))

    @post("/{book_id:uuid}/loans", permission=WRITE, status=202)
    async def lend(self, uow: UnitOfWork, book_id: FromPath[UUID]) -> Everything:
        """Lend a book; that there is such a book is checked at COMMIT."""
        await uow.execute(LEND, id=uuid7(), book_id=book_id, days=7)
        return Everything({"lent": book_id})

    @post("/race/{losses:int}", permission=WRITE)
    async def race(self, uow: UnitOfWork, losses: FromPath[int]) -> Everything:
        """Lose this many races first."""
        attempts.append("attempt")
        book_id = uuid7()
        await uow.execute(INSERT, id=book_id, title=f"try {len(attempts)}", pages=1)
        if len(attempts) <= losses:
            raise LostRace
        return Everything({"attempts": len(attempts)})


module = Module(
    name="shelf",
    summary="Books on a shelf.",
    package=__package__ or "tests.kernel.http",
    tables=metadata,
    controllers=[Books, Odds],
    permissions=[READ, WRITE],
)


async def create(database: Database) -> None:
    """Make the tables."""
    attempts.clear()
    await create_tables(database, metadata)
