"""An organization's own words of templates."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import delete, select, update

from backstay.kernel.database import NOW, param, statement, upsert
from backstay.systems.mail.tables import words


class OwnWords(Struct, frozen=True):
    """What is kept of them."""

    template: str
    subject: str
    text: str
    mjml: str
    changed_at: datetime
    version: int


_KEPT: Final = [
    words.c.template,
    words.c.subject,
    words.c.text,
    words.c.mjml,
    words.c.changed_at,
    words.c.version,
]
_THESE: Final = words.c.template == param("template")

OF = statement(select(*_KEPT).where(_THESE), OwnWords)
NAMES = statement(select(words.c.template), str)
FIRST = statement(
    upsert(words, key=("organization_id", "template"))
    .insert(subject=param("subject"), text=param("text"), mjml=param("mjml"), changed_at=NOW)
    .returning(*_KEPT),
    OwnWords,
)
"""Keeps the first ones; returns nothing when there are some."""
CHANGE = statement(
    update(words)
    .where(_THESE, words.c.version == param("expected"))
    .values(subject=param("subject"), text=param("text"), mjml=param("mjml"), changed_at=NOW)
    .returning(*_KEPT),
    OwnWords,
)
REMOVE = statement(delete(words).where(_THESE))
