"""Lists of notes, with and without a search.

The two databases search differently. Both get the match expression that `service.search`
made, as the parameter `match`. The rank that they give a note depends on that note and the
search alone, never on other notes (as BM25's would), so that a walk by rank is as steady
under changes as every other. Best is least: `sort=rank` begins with the best.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    column,
    func,
    literal_column,
    null,
    select,
    table,
    true,
)

from backstay.kernel.database import (
    Deleted,
    Dialect,
    Filter,
    Listing,
    Uuid,
    at_least,
    below,
    listing,
    param,
)
from backstay.products.notes.contracts import NoteSummary
from backstay.products.notes.queries.notes import DIALECTS, MINE, tag_names
from backstay.products.notes.queries.sharing import IS_SHARED
from backstay.products.notes.queries.tags import MY_TAG
from backstay.products.notes.tables import note_tags, notes, tags

SEARCHED_TEXT: Final = 32_768
"""Characters of a body, at most, in which matches are highlighted; found they are anywhere."""

_FILTERS: Final[dict[str, Filter]] = {
    "updated_since": at_least(notes.c.updated_at, datetime, "Changed at this moment or later."),
    "updated_before": below(notes.c.updated_at, datetime, "Changed before this moment."),
}
SORTS: Final[dict[str, ColumnElement[Any]]] = {
    "updated_at": notes.c.updated_at,
    "created_at": notes.c.created_at,
    "title": notes.c.title_key,
}

# FTS5. `highlight` marks each match with one character, so the growth of a text counts its matches.
# The score is BM25's for one document, title and body apart, without the part about other documents.
_number = column("number", BigInteger)
_search = table("notes_search")
_search_rows = table("notes_search_rows", _number, column("note_id", Uuid))
_FTS5_RANK: Final = literal_column(
    "CAST(-1000000 * (5"
    " - 4.0 / (1 + length(highlight(notes_search, 1, '', '|')) - length(notes_search.title))"
    " - (0.3 + length(notes_search.body) / 1667.0)"
    " / (0.3 + length(notes_search.body) / 1667.0"
    " + length(highlight(notes_search, 2, '', '|')) - length(notes_search.body))"
    ") AS INTEGER)",
    BigInteger,
)

# PostgreSQL. The weights are those of the labels D, C, B (the body) and A (the title); 1 divides by
# the logarithm of the length.
_TSVECTOR: Final[ColumnElement[Any]] = literal_column("notes_notes.search")
_TSQUERY: Final = func.to_tsquery(literal_column("'simple'::regconfig"), param("match", Text))
_TS_RANK: Final = func.ts_rank(literal_column("'{0, 0, 0.25, 1}'::float4[]"), _TSVECTOR, _TSQUERY, 1)
RANK: Final = "rank"
"""The sort that only a search has."""
_RANK: Final = literal_column("hits.rank", BigInteger)


class Found(Struct, frozen=True):
    """A row of a search; `text` is where the service looks for what to highlight."""

    id: UUID
    title: str
    excerpt: str
    tags: list[str]
    shared: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    text: str


def _summary(dialect: Dialect) -> list[ColumnElement[Any]]:
    return [
        notes.c.id,
        notes.c.title,
        notes.c.excerpt,
        tag_names(dialect),
        IS_SHARED,
        notes.c.created_at,
        notes.c.updated_at,
        notes.c.deleted_at,
        notes.c.version,
    ]


def _bearing(count: int) -> list[ColumnElement[bool]]:
    """Conditions for notes that bear every tag of the parameters `tag_0`, `tag_1`..."""
    linked = note_tags.join(tags, tags.c.id == note_tags.c.tag_id)
    return [
        notes.c.id.in_(
            select(note_tags.c.note_id).select_from(linked).where(MY_TAG, tags.c.key == param(f"tag_{n}"))
        )
        for n in range(count)
    ]


def _matching(dialect: Dialect, *, ranked: bool) -> tuple[FromClause, list[ColumnElement[bool]]]:
    """The notes that match; with `hits.rank`, which costs a look at the whole of each, where it is wanted."""
    if dialect == "sqlite":
        rank = [_FTS5_RANK.label("rank")] if ranked else []
        hits = (
            select(literal_column("notes_search.rowid", BigInteger).label("number"), *rank)
            .select_from(_search)
            .where(literal_column("notes_search").op("MATCH")(param("match", Text)))
            .cte("hits")
            # Folded into the outer query, the index might be asked once for every note.
            .prefix_with("MATERIALIZED")
        )
        rows = notes.join(_search_rows, _search_rows.c.note_id == notes.c.id)
        return rows.join(hits, hits.c.number == _search_rows.c.number), []
    conditions: list[ColumnElement[bool]] = [_TSVECTOR.op("@@")(_TSQUERY)]
    if not ranked:
        return notes, conditions
    hits_of = select(func.cast(func.round(_TS_RANK * -1000000), BigInteger).label("rank")).lateral("hits")
    return notes.join(hits_of, true()), conditions


@cache
def notes_list(*, deleted: bool, tags: int) -> Listing[NoteSummary]:
    """The list of notes, or of deleted notes, that bear so many tags."""

    def rows(dialect: Dialect) -> Select[Any]:
        return select(*_summary(dialect), null().label("highlight")).where(MINE, *_bearing(tags))

    return listing(
        {dialect: rows(dialect) for dialect in DIALECTS},
        NoteSummary,
        name=f"notes.{'trash' if deleted else 'list'}_{tags}",
        key=notes.c.id,
        sorts=SORTS,
        default=("-updated_at",),
        filters=_FILTERS,
        deleted=Deleted.ONLY if deleted else Deleted.HIDDEN,
    )


@cache
def notes_search(*, deleted: bool, tags: int, ranked: bool = True) -> Listing[Found]:
    """The same among notes that match the parameter `match`; `ranked` where it can be sorted by rank."""

    def rows(dialect: Dialect) -> Select[Any]:
        source, conditions = _matching(dialect, ranked=ranked)
        text = func.substr(notes.c.body, 1, SEARCHED_TEXT, type_=Text).label("text")
        return select(*_summary(dialect), text).select_from(source).where(MINE, *_bearing(tags), *conditions)

    return listing(
        {dialect: rows(dialect) for dialect in DIALECTS},
        Found,
        name=f"notes.{'trash_' if deleted else ''}{'ranked' if ranked else 'search'}_{tags}",
        key=notes.c.id,
        sorts=SORTS | ({RANK: _RANK} if ranked else {}),
        default=(RANK, "-updated_at") if ranked else ("-updated_at",),
        filters=_FILTERS,
        deleted=Deleted.ONLY if deleted else Deleted.HIDDEN,
    )
