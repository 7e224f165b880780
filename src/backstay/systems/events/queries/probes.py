"""What the events' probes have counted."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, case, delete, literal_column, select

from backstay.kernel.database import NOW, listing, param, statement, upsert
from backstay.systems.events.contracts import ProbeCount
from backstay.systems.events.tables import probes

_SHOWN: Final = tuple(probes.c[name] for name in ProbeCount.__struct_fields__)
_version = param("version", BigInteger)

COUNT: Final = statement(
    upsert(probes, key=("organization_id", "name"))
    .insert(
        id=param("id"),
        applied=literal_column("1"),
        disorders=case((_version == 1, 0), else_=1),
        last=_version,
        created_at=NOW,
    )
    .update(
        applied=probes.c.applied + 1,
        disorders=probes.c.disorders + case((_version == probes.c.last + 1, 0), else_=1),
        last=_version,
    )
)
"""Count one event of a probe, and whether it came after the one before it."""
LIST: Final = listing(
    select(*_SHOWN),
    ProbeCount,
    name="events.probes",
    key=probes.c.id,
    sorts={"created_at": probes.c.created_at},
    default=("-created_at",),
)
PRUNE = statement(delete(probes).where(probes.c.created_at < param("before")), unscoped=True)
