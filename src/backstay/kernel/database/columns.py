"""Types and columns that tables share, and the metadata each module keeps its tables in.

A column can carry a role (`info["role"]`) that statements act on: the organization scope,
the stamps of who and when, soft deletion, the version for optimistic concurrency. The
role is stated once, in the table; no query has to remember it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Column, Dialect, MetaData, Text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

ROLE: Final = "role"
ORGANIZATION: Final = "organization"
CREATED_AT: Final = "created_at"
CREATED_BY: Final = "created_by"
UPDATED_AT: Final = "updated_at"
UPDATED_BY: Final = "updated_by"
DELETED_AT: Final = "deleted_at"
VERSION: Final = "version"
ACROSS: Final = "across_organizations"
"""In a table's `info`: keys, as their columns with commas, that cross organizations, each with the reason."""
KEPT: Final = "kept"
"""In a table's `info`, with the reason: its rows are added, and neither changed nor deleted by the role that
the application takes on PostgreSQL, which may not."""
PRUNED_BY: Final = "pruned by"
"""In the `info` of such a table: the function, as `name(types)`, that removes what may go, with its owner's
rights. It judges that itself; the role may call it, and nobody else."""
DERIVED: Final = "derived"
"""In the `info` of a table or a column, with the reason: it says nothing of anybody's, and is made again.
Taking a migration back may drop it, whatever it holds."""


class Uuid(TypeDecorator[UUID]):
    """A UUID: `uuid` on PostgreSQL, its 36-character text on SQLite (readable, and sorts by birth)."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[UUID]:
        """What its values are in Python."""
        return UUID

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of each database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """For migrations and other use through SQLAlchemy itself."""
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """The inverse of `process_bind_param`."""
        return value if value is None or dialect.name == "postgresql" else UUID(value)


class Timestamp(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond: `timestamptz`; ISO 8601 text that sorts on SQLite."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What its values are in Python."""
        return datetime

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of each database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """For migrations and other use through SQLAlchemy itself."""
        return value if value is None or dialect.name == "postgresql" else timestamp_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The inverse of `process_bind_param`."""
        return value if value is None or dialect.name == "postgresql" else datetime.fromisoformat(value)


class Json(TypeDecorator[Any]):
    """Anything msgspec can encode: `jsonb`, or JSON text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The column type of each database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.JSONB())
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """For migrations and other use through SQLAlchemy itself."""
        return value if value is None or dialect.name == "postgresql" else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The inverse of `process_bind_param`."""
        return value if value is None or dialect.name == "postgresql" else msgspec.json.decode(value)


def timestamp_text(value: datetime) -> str:
    """`2026-11-21T03:26:00.000000Z`: 27 characters always, so that text order is time order.

    Raises:
        ValueError: the datetime has no time zone.
    """
    if value.tzinfo is None:
        raise ValueError("a timestamp needs a time zone: use the unit's clock, or datetime(..., tzinfo=UTC)")
    # Not strftime, whose %Y does not pad a year before 1000.
    return value.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def module_tables(module: str) -> MetaData:
    """The metadata that holds one module's tables; constraint names follow the house's convention."""
    return MetaData(naming_convention=_NAMING, info={"module": module})


def id_column() -> Column[UUID]:
    """The primary key `id`; the service makes it with `uuid7()`, so that it is known before the commit."""
    return Column("id", Uuid, primary_key=True)


def organization_column() -> Column[UUID]:
    """The organization a row belongs to; every statement is scoped to the unit's organization by it."""
    return Column("organization_id", Uuid, nullable=False, info={ROLE: ORGANIZATION})


def owner_column() -> Column[UUID]:
    """The person a row belongs to; services scope by it, because sharing differs from module to module."""
    return Column("owner_id", Uuid, nullable=False)


def stamps() -> tuple[Column[Any], ...]:
    """When and by whom a row was made and last changed; filled from the unit's clock and actor."""
    return (
        Column("created_at", Timestamp, nullable=False, info={ROLE: CREATED_AT}),
        Column("created_by", Uuid, nullable=False, info={ROLE: CREATED_BY}),
        Column("updated_at", Timestamp, nullable=False, info={ROLE: UPDATED_AT}),
        Column("updated_by", Uuid, nullable=False, info={ROLE: UPDATED_BY}),
    )


def soft_deletion() -> Column[datetime]:
    """When a row was deleted, NULL while it lives; statements hide deleted rows unless told otherwise."""
    return Column("deleted_at", Timestamp, nullable=True, info={ROLE: DELETED_AT})


def version_column() -> Column[int]:
    """1 at birth, one more with every update; send it back as `If-Match`."""
    return Column("version", BigInteger, nullable=False, info={ROLE: VERSION})
