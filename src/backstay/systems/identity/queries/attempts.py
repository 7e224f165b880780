"""Guesses, counted before they are judged."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, select, update

from backstay.kernel.database import NOW, Timestamp, param, statement, upsert
from backstay.systems.identity.tables import attempts


class Tally(Struct, frozen=True):
    """How often somebody guessed wrong, and when the next guess is looked at."""

    failures: int
    last_at: datetime
    next_at: datetime


BEGIN = statement(upsert(attempts, key=("key",)).insert(failures=0, last_at=NOW, next_at=NOW))
LOCK = statement(
    select(attempts.c.failures, attempts.c.last_at, attempts.c.next_at)
    .where(attempts.c.key == param("key"))
    .with_for_update(),
    Tally,
)
COUNT = statement(
    update(attempts)
    .where(attempts.c.key == param("key"))
    .values(failures=param("failures"), last_at=NOW, next_at=param("next_at", Timestamp))
)
GIVE_BACK = statement(
    update(attempts)
    .where(attempts.c.key == param("key"), attempts.c.failures > 0)
    .values(failures=attempts.c.failures - 1, next_at=NOW)
)
TAKE_BACK = statement(
    update(attempts)
    .where(attempts.c.key == param("key"), attempts.c.failures > 0)
    .values(failures=attempts.c.failures - 1)
)
FORGET = statement(delete(attempts).where(attempts.c.key == param("key")))
PRUNE = statement(delete(attempts).where(attempts.c.last_at < param("before", Timestamp)))
