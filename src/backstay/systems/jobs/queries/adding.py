"""Statements that add jobs: one, and very many in one trip."""

from __future__ import annotations

from typing import Final

from sqlalchemy import insert, text

from backstay.kernel.database import Json, Uuid, param, statement
from backstay.systems.jobs.queries.rows import COLUMNS, NEWEST_EPOCH, JobRow, sql
from backstay.systems.jobs.tables import jobs

_INSERT: Final = insert(jobs).values(
    {name: param(name, jobs.c[name].type) for name in JobRow.__struct_fields__}
)
INSERT = statement(
    {"sqlite": _INSERT, "postgresql": _INSERT.values(epoch=text(NEWEST_EPOCH))},
    unscoped=True,
)
"""One job; the rows of many on SQLite."""
_TYPES: Final[dict[str, str]] = {
    c.name: ("uuid" if isinstance(c.type, Uuid) else str(c.type).lower().replace("float", "double precision"))
    for c in (jobs.c[name] for name in JobRow.__struct_fields__)
}
_TYPED: Final = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
_MOMENTS: Final = ("run_at", "due_at", "created_at")


def _kept(source: str, name: str) -> str:
    return f"@now + {source}.{name}" if name in _MOMENTS else f"{source}.{name}"


_RECORDED: Final = ", ".join(_kept("r", name) for name in _TYPES)
INSERT_ROWS = statement(
    {
        "sqlite": sql("sqlite", "SELECT :rows, :at", rows=Json),
        "postgresql": sql(
            "postgresql",
            f"INSERT INTO jobs_jobs ({COLUMNS}, epoch) SELECT {_RECORDED}, {NEWEST_EPOCH} "  # noqa: S608 - ours
            f"FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({_TYPED})",
            rows=Json,
        ),
    },
    unscoped=True,
    touches=[jobs],
)
"""Jobs in one trip; PostgreSQL only. Their moments are counted from the store's present, or from `at`: 0
where they are the moments themselves."""

_OWN: Final = ("id", "payload")
_ALIKE: Final = ", ".join(f"r.{name}" if name in _OWN else _kept("c", name) for name in _TYPES)
INSERT_ALIKE = statement(
    {
        "sqlite": sql("sqlite", "SELECT :common, :ids, :payloads, :at", common=Json, ids=Json, payloads=Json),
        "postgresql": sql(
            "postgresql",
            f"INSERT INTO jobs_jobs ({COLUMNS}, epoch) SELECT {_ALIKE}, {NEWEST_EPOCH} "  # noqa: S608 - ours
            f"FROM jsonb_to_record(CAST(:common AS jsonb)) AS c({_TYPED}), "
            "unnest(CAST(:ids AS uuid[]), CAST(:payloads AS text[])) AS r(id, payload)",
            common=Json,
        ),
    },
    unscoped=True,
)
"""Many jobs that differ in their arguments only, in one trip; PostgreSQL only. Moments as in INSERT_ROWS."""
