"""The tables, contracts and statements of the shelf."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, insert, select, update

from backstay.kernel.database import (
    Uuid,
    at_least,
    equals,
    id_column,
    listing,
    module_tables,
    organization_column,
    param,
    stamps,
    statement,
    version_column,
)

metadata = module_tables("shelf")
books = Table(
    "shelf_books",
    metadata,
    id_column(),
    organization_column(),
    Column("title", Text, nullable=False),
    Column("pages", Integer, nullable=False),
    *stamps(),
    version_column(),
)
loans = Table(
    "shelf_loans",
    metadata,
    id_column(),
    organization_column(),
    # Checked at COMMIT and not before: the way to make COMMIT itself fail.
    Column(
        "book_id", Uuid, ForeignKey("shelf_books.id", deferrable=True, initially="DEFERRED"), nullable=False
    ),
    Column("days", BigInteger, nullable=False),
)


class Book(Struct, frozen=True):
    """A book on the shelf."""

    id: UUID
    title: str
    """As on the cover."""
    pages: int
    version: int


class Everything(Struct, frozen=True):
    """What a handler was given."""

    given: dict[str, Any]


class Genre(StrEnum):
    """What sort of book."""

    FICTION = "fiction"
    OTHER = "other"


GET = statement(
    select(books.c.id, books.c.title, books.c.pages, books.c.version).where(books.c.id == param("id", Uuid)),
    Book,
)
INSERT = statement(insert(books).values(id=param("id", Uuid), title=param("title"), pages=param("pages")))
RETITLE = statement(
    update(books)
    .where(books.c.id == param("id", Uuid), books.c.version == param("seen"))
    .values(title=param("title"))
)
LEND = statement(
    insert(loans).values(id=param("id", Uuid), book_id=param("book_id", Uuid), days=param("days"))
)
BOOKS = listing(
    select(books.c.id, books.c.title, books.c.pages, books.c.version),
    Book,
    name="shelf.list",
    key=books.c.id,
    sorts={"title": books.c.title, "pages": books.c.pages},
    default=("title",),
    filters={
        "pages": equals(books.c.pages, int, "Exactly this long."),
        "min_pages": at_least(books.c.pages, int),
        "since": at_least(books.c.created_at, datetime),
    },
)
