"""What several tests of migrations need: queries, and two states of one module's tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backstay.kernel import migrations
from backstay.kernel.database import Json, Timestamp, Uuid, id_column, module_tables, stamps, version_column
from backstay.kernel.migrations.schema import describe
from backstay.kernel.migrations.transaction import exclusively
from backstay.kernel.module import Module

MakeModule = Callable[..., Module]


async def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows."""

    def work(connection: Connection) -> list[tuple[Any, ...]]:
        result = connection.exec_driver_sql(sql)
        return [tuple(row) for row in result] if result.returns_rows else []

    return await exclusively(url, work)


async def tables(url: str) -> set[str]:
    """Names of all tables but our own."""
    schema = await exclusively(url, describe, scratch=True)
    return {part.table for part in schema if part.kind == "table"}


def revisions(applied: Sequence[migrations.Applied]) -> list[str]:
    return [one.revision for one in applied]


def first() -> MetaData:
    metadata = module_tables("blog")
    Table(
        "blog_posts",
        metadata,
        id_column(),
        Column("parent_id", Uuid, ForeignKey("blog_posts.id", ondelete="CASCADE")),
        Column("title", Text, nullable=False),
        Column("likes", BigInteger, nullable=False, server_default=text("0")),
        Column("extra", Json),
        Column("published_at", Timestamp),
        *stamps(),
        version_column(),
        CheckConstraint("likes >= 0", name="likes"),
        UniqueConstraint("title", "parent_id"),
        Index(None, "published_at"),
    )
    Table(
        "blog_tags",
        metadata,
        Column("post_id", Uuid, ForeignKey("blog_posts.id", ondelete="CASCADE"), primary_key=True),
        Column("tag", Text, primary_key=True),
    )
    return metadata


def second() -> MetaData:
    """A column more, one less, one no longer nullable, one of another type, an index less, a table less."""
    metadata = module_tables("blog")
    Table(
        "blog_posts",
        metadata,
        id_column(),
        Column("parent_id", Uuid, ForeignKey("blog_posts.id", ondelete="CASCADE")),
        Column("title", Text, nullable=False),
        Column("likes", Integer, nullable=False, server_default=text("0")),
        Column("extra", Json, nullable=False),
        Column("subtitle", Text, nullable=False, server_default="none, isn't it"),
        *stamps(),
        version_column(),
        CheckConstraint("likes >= 0", name="likes"),
        UniqueConstraint("title", "parent_id"),
    )
    return metadata
