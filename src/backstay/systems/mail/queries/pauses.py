"""Providers that are paused because they did not work; all organizations share them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import Integer, delete, select, update

from backstay.kernel.database import NOW, Timestamp, param, statement, upsert
from backstay.systems.mail.tables import pauses


class Pause(Struct, frozen=True):
    """Why nobody asks a provider, and until when."""

    provider: str
    paused_at: datetime
    until: datetime
    tries: int
    code: int | None
    why: str


_THIS: Final = pauses.c.provider == param("provider")
_UNTIL: Final = param("until", Timestamp)
_CODE: Final = param("code", Integer)

ALL = statement(select(*pauses.columns), Pause)
OPEN = statement(
    upsert(pauses, key=("provider",)).insert(
        paused_at=NOW, until=_UNTIL, tries=0, code=_CODE, why=param("why")
    )
)
"""Pauses a provider; one that is paused stays as it is."""
TAKE_TRIAL = statement(update(pauses).where(_THIS, pauses.c.until <= NOW).values(until=_UNTIL))
"""Be the one whose mail is tried; touches nothing when it is too early or another was first."""
FAIL_TRIAL = statement(
    update(pauses).where(_THIS).values(until=_UNTIL, tries=pauses.c.tries + 1, code=_CODE, why=param("why"))
)
CLOSE = statement(delete(pauses).where(_THIS).returning(*pauses.columns), Pause)
