"""One note: read, made, changed, deleted, restored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Text, func, insert, literal_column, null, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from backstay.kernel.database import ACTOR, NOW, Deleted, Dialect, Json, param, statement
from backstay.products.notes.contracts import Note
from backstay.products.notes.tables import note_tags, notes, tags

DIALECTS: Final[tuple[Dialect, ...]] = ("sqlite", "postgresql")
MINE: Final = notes.c.owner_id == ACTOR
SILENTLY: Final = {"updated_at": notes.c.updated_at, "updated_by": notes.c.updated_by}
"""What moves the version but is no edit: deleting, restoring, renaming a tag everywhere."""

# Outer, though every link has its tag, so that no planner without statistics starts from all tags.
_NAMES: Final = (
    select(tags.c.name)
    .select_from(note_tags.outerjoin(tags, tags.c.id == note_tags.c.tag_id))
    .where(note_tags.c.note_id == notes.c.id)
)


class Whereabouts(Struct, frozen=True):
    """Why a change did not find the note that it expected."""

    version: int
    deleted_at: datetime | None


def tag_names(dialect: Dialect) -> ColumnElement[Any]:
    """The names of a note's tags as a JSON list in alphabetical order: no query a note, no second trip."""
    if dialect == "sqlite":
        named = _NAMES.order_by(tags.c.key).correlate(notes).subquery("named")
        return select(func.json_group_array(named.c.name, type_=Json)).scalar_subquery().label("tags")
    names = func.jsonb_agg(aggregate_order_by(tags.c.name, tags.c.key), type_=Json)
    empty = literal_column("'[]'::jsonb", Json)
    joined = _NAMES.with_only_columns(func.coalesce(names, empty, type_=Json)).correlate(notes)
    return joined.scalar_subquery().label("tags")


GET = statement(
    {
        dialect: select(
            notes.c.id,
            notes.c.title,
            notes.c.body,
            tag_names(dialect),
            notes.c.created_at,
            notes.c.updated_at,
            notes.c.deleted_at,
            notes.c.version,
            null().label("html"),
        ).where(notes.c.id == param("id"), MINE)
        for dialect in DIALECTS
    },
    Note,
)
FIND = statement(
    select(notes.c.version, notes.c.deleted_at).where(notes.c.id == param("id"), MINE),
    Whereabouts,
    deleted=Deleted.ANY,
)
INSERT = statement(
    insert(notes).values(
        id=param("id"),
        owner_id=ACTOR,
        title=param("title"),
        title_key=param("title_key"),
        body=param("body"),
        excerpt=param("excerpt"),
    )
)
CHANGE = statement(
    update(notes)
    .where(notes.c.id == param("id"), MINE, notes.c.version == param("version"))
    .values(
        title=func.coalesce(param("title", Text), notes.c.title),
        title_key=func.coalesce(param("title_key", Text), notes.c.title_key),
        body=func.coalesce(param("body", Text), notes.c.body),
        excerpt=func.coalesce(param("excerpt", Text), notes.c.excerpt),
    )
)
"""None leaves a column as it is."""
DELETE = statement(
    update(notes)
    .where(notes.c.id == param("id"), MINE, notes.c.version == param("version"))
    .values(deleted_at=NOW, **SILENTLY)
)
RESTORE = statement(
    update(notes)
    .where(notes.c.id == param("id"), MINE, notes.c.deleted_at >= param("since"))
    .values(deleted_at=null(), **SILENTLY),
    deleted=Deleted.ONLY,
)
COUNT = statement(select(func.count().label("count")).select_from(notes), int)
