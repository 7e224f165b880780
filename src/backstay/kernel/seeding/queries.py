"""The statements of the seeding's own table."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, insert, select, update

from backstay.kernel.database import NOW, param, statement
from backstay.kernel.migrations import seeds


class Seeded(Struct, frozen=True):
    """What a module was seeded with."""

    module: str
    size: str
    seed: int
    finished_at: datetime | None


GET = statement(select(seeds).where(seeds.c.module == param("module")), Seeded)
BEGIN = statement(insert(seeds))
FINISH = statement(update(seeds).where(seeds.c.module == param("module")).values(finished_at=NOW))
FORGET = statement(delete(seeds).where(seeds.c.module == param("module")))
