"""Tags, and which note bears which.

Whoever links a tag holds it by FOR KEY SHARE, whoever renames, merges or removes it by
FOR UPDATE, so that no link is made to a tag that is just going away. That is PostgreSQL;
on SQLite, where both are left out, one writer at a time has the same effect.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Text, delete, exists, func, insert, select, update

from backstay.kernel.database import (
    ACTOR,
    Deleted,
    Filter,
    Uuid,
    any_of,
    listing,
    param,
    statement,
)
from backstay.products.notes.contracts import Tag
from backstay.products.notes.queries.notes import SILENTLY
from backstay.products.notes.tables import note_tags, notes, tags

MY_TAG: Final = tags.c.owner_id == ACTOR
_TAG: Final = select(tags.c.id, tags.c.name, tags.c.key).where(MY_TAG).order_by(tags.c.key)
_LIVING_BEARERS: Final = (
    select(func.count())
    .select_from(note_tags.join(notes, notes.c.id == note_tags.c.note_id))
    .where(note_tags.c.tag_id == tags.c.id)
    .correlate(tags)
)
_BEARERS: Final = _LIVING_BEARERS.scalar_subquery().label("notes")


class TagRow(Struct, frozen=True):
    """A tag as it stands in its table."""

    id: UUID
    name: str
    key: str


TAGS_TO_LINK = statement(
    _TAG.where(any_of(tags.c.key, "keys")).with_for_update(read=True, key_share=True), TagRow
)
ADD_TAG = statement(insert(tags).values(id=param("id"), owner_id=ACTOR, name=param("name"), key=param("key")))
_LINKED = exists().where(note_tags.c.note_id == param("note_id", Uuid), note_tags.c.tag_id == tags.c.id)
LINK = statement(
    insert(note_tags).from_select(
        ["organization_id", "note_id", "tag_id"],
        select(tags.c.organization_id, param("note_id", Uuid), tags.c.id).where(
            any_of(tags.c.id, "tag_ids"), MY_TAG, ~_LINKED
        ),
    )
)
UNLINK_OTHERS = statement(
    delete(note_tags).where(note_tags.c.note_id == param("note_id"), ~any_of(note_tags.c.tag_id, "tag_ids"))
)

TAGS_TO_CHANGE = statement(_TAG.where(any_of(tags.c.key, "keys")).with_for_update(), TagRow)
"""In one order, whatever they are wanted for: two who merge two tags into each other would
otherwise hold one each, and PostgreSQL looks for such a knot only once a second."""
NAME_TAG = statement(
    update(tags).where(tags.c.id == param("id")).values(name=param("name"), key=param("key"))
)
_already = note_tags.alias("already")
MOVE_LINKS = statement(
    insert(note_tags).from_select(
        ["organization_id", "note_id", "tag_id"],
        select(note_tags.c.organization_id, note_tags.c.note_id, param("target", Uuid)).where(
            note_tags.c.tag_id == param("source"),
            ~exists().where(_already.c.note_id == note_tags.c.note_id, _already.c.tag_id == param("target")),
        ),
    )
)
"""Before the merged tag is dropped, which takes its own links with it."""
DROP_TAG = statement(delete(tags).where(tags.c.id == param("id")))
TOUCH_BEARERS = statement(
    update(notes)
    .where(notes.c.id.in_(select(note_tags.c.note_id).where(note_tags.c.tag_id == param("tag_id"))))
    .values(**SILENTLY),
    deleted=Deleted.ANY,
)
"""A note's entity tag must change with its tags' names (RFC 9110, 8.8.1)."""
GET_TAG = statement(select(tags.c.name, _BEARERS).where(tags.c.id == param("id")), Tag)


def _begins_with(prefix: ColumnElement[Any]) -> ColumnElement[bool]:
    # Not LIKE: the prefix may hold its wildcards.
    return func.substr(tags.c.key, 1, func.length(prefix)) == prefix


TAGS = listing(
    select(tags.c.name, _BEARERS).where(
        MY_TAG,
        exists(
            select(note_tags.c.note_id)
            .select_from(note_tags.join(notes, notes.c.id == note_tags.c.note_id))
            .where(note_tags.c.tag_id == tags.c.id)
            .correlate(tags)
        ),
    ),
    Tag,
    name="notes.tags",
    key=tags.c.id,
    sorts={"name": tags.c.key},
    default=("name",),
    filters={
        "prefix": Filter(str, _begins_with, "Tags whose name begins with this, whatever the case.", Text)
    },
)
