"""How the statements are written: one text, a few words in each database's own, and the row of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BindParameter, Column, ColumnElement, Executable, column, text
from typing_extensions import override

from backstay.kernel.database import DIALECTS, Dialect, Json, param
from backstay.systems.jobs.tables import jobs


class JobRow(Struct, kw_only=False):
    """A job as it is stored; services change it and write it back."""

    id: UUID
    organization_id: UUID
    actor_id: UUID
    kind: str
    queue: str
    priority: int
    state: str
    payload: str
    run_at: int
    due_at: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    prune_at: int | None
    attempt: int
    max_attempts: int
    crashes: int
    max_crashes: int
    lease: int
    lease_until: int | None
    worker: str | None
    stop: bool
    unique_key: str | None
    unique_for: float | None
    order_key: str | None
    order_failure: str
    place: int | None
    concurrency_key: str | None
    concurrency: int | None
    rate_key: str | None
    rate_count: int | None
    rate_seconds: float | None
    retain: float
    parents: int
    on_parent_failure: str
    flow_id: UUID | None
    schedule: str | None
    traceparent: str | None
    request_id: str | None
    progress: float | None
    result: str | None
    error: str | None
    gated: bool
    linked: bool


class TakenRow(Struct, frozen=True):
    """A job that was claimed, as far as its worker must know it."""

    id: UUID
    lease: int
    organization_id: UUID
    actor_id: UUID
    kind: str
    queue: str
    priority: int
    payload: str
    attempt: int
    max_attempts: int
    crashes: int
    order_key: str | None
    flow_id: UUID | None
    on_parent_failure: str
    traceparent: str | None
    created_at: int
    due_at: int


COLUMNS: Final = ", ".join(JobRow.__struct_fields__)
J_COLUMNS: Final = ", ".join(f"j.{name}" for name in JobRow.__struct_fields__)
TAKEN_COLUMNS: Final = ", ".join(f"j.{name}" for name in TakenRow.__struct_fields__)

NEWEST_EPOCH: Final = "(SELECT coalesce(pg_sequence_last_value('jobs_newest_epoch'::regclass), 0))"
"""PostgreSQL's, read outside of every snapshot (see `engines/sql_epochs.py`); SQLite has the first alone."""

_WORDS: Final[dict[Dialect, dict[str, str]]] = {
    "sqlite": {
        # The machine's clock, the same in every process; PostgreSQL's is its server's.
        "@now": ":at",
        "@skip_locked": "",
        "@newest_epoch": "",
        "@for_update": "",
        "@texts": "SELECT value FROM json_each(:{})",
        "@uuids": "SELECT value FROM json_each(:{})",
    },
    "postgresql": {
        "@now": "coalesce(CAST(:at AS bigint), "
        "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint))",
        "@skip_locked": "FOR UPDATE SKIP LOCKED",
        "@newest_epoch": f", epoch = {NEWEST_EPOCH}",
        "@for_update": "FOR UPDATE",
        "@texts": "SELECT value FROM jsonb_array_elements_text(CAST(:{} AS jsonb)) AS value",
        "@uuids": "SELECT CAST(value AS uuid) FROM jsonb_array_elements_text(CAST(:{} AS jsonb)) AS value",
    },
}


_PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_]+)")


def sql(dialect: Dialect, words: str, row: Any = None, /, **types: Any) -> Executable:
    """The text in a dialect, with the columns of `row`.

    `@now` is the store's present in microseconds, `@texts(name)` and `@uuids(name)` a list
    parameter as rows. Parameters are `:name`; their types are named where a driver must know.
    """
    for word, meaning in _WORDS[dialect].items():
        if "{}" in meaning:
            while (start := words.find(word + "(")) >= 0:
                end = words.index(")", start)
                name = words[start + len(word) + 1 : end]
                types[name] = Json
                words = f"{words[:start]}({meaning.format(name)}){words[end + 1 :]}"
        else:
            words = words.replace(word, meaning)
    given: dict[str, BindParameter[Any]] = {}

    def parameter(found: re.Match[str]) -> str:
        made = cast("BindParameter[Any]", param(found[1], types.get(found[1])))
        given[made.key] = made
        return f":{made.key}"

    made = text(_PARAMETER.sub(parameter, words)).bindparams(*given.values())
    if row is None:
        return made
    names = row.__struct_fields__ if isinstance(row, type) and issubclass(row, Struct) else ("value",)
    return made.columns(*(_column(name) for name in names))


@cache
def _column(name: str) -> ColumnElement[Any]:
    # Held once for all statements: four thousand equal ones were 4 MB of every process.
    # A job's own columns arrive as what they are; of others the statement layer must make sure.
    return Column(name, jobs.c[name].type) if name in jobs.c else column(name)


class Texts(Mapping[Dialect, Executable]):
    """A text for each database, made of its words when it is asked for: most are in few processes."""

    def __init__(self, words: Mapping[Dialect, str], row: Any = None, /, **types: Any) -> None:
        """As `sql`, of which it is the arguments."""
        self._words = words
        self._row = row
        self._types = types

    @override
    def __getitem__(self, dialect: Dialect) -> Executable:
        return sql(dialect, self._words[dialect], self._row, **self._types)

    @override
    def __iter__(self) -> Iterator[Dialect]:
        return iter(self._words)

    @override
    def __len__(self) -> int:
        return len(self._words)


def both(words: str, row: Any = None, /, **types: Any) -> Texts:
    """The same words for both databases."""
    return Texts(dict.fromkeys(DIALECTS, words), row, **types)


# A job's epoch is the store's own affair.
assert tuple(c.name for c in jobs.columns if c.name != "epoch") == JobRow.__struct_fields__
