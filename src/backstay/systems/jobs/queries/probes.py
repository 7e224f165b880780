"""The marks that probes leave."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, insert, select, update

from backstay.kernel.database import NOW, listing, param, statement
from backstay.systems.jobs.contracts import ProbeMark
from backstay.systems.jobs.tables import probes

_SHOWN: Final = tuple(probes.c[name] for name in ProbeMark.__struct_fields__)

ADD: Final = statement(
    insert(probes).values(
        id=param("id"),
        name=param("name"),
        effects=0,
        attempt=None,
        began_at=None,
        ended_at=None,
        created_at=NOW,
    )
)
MARK: Final = statement(
    update(probes)
    .where(probes.c.name == param("name"))
    .values(
        effects=probes.c.effects + 1,
        attempt=param("attempt"),
        began_at=param("began_at"),
        ended_at=param("ended_at"),
    )
)
LIST: Final = listing(
    select(*_SHOWN),
    ProbeMark,
    name="jobs.probes",
    key=probes.c.id,
    sorts={"created_at": probes.c.created_at},
    default=("-created_at",),
)
PRUNE = statement(delete(probes).where(probes.c.created_at < param("before")), unscoped=True)
