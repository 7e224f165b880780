"""Words, as they are compared, and slugs, as they are made."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import combining, normalize
from uuid import UUID

_WORD: Final = re.compile(r"[^\W_]+")
_LONGEST: Final = 40
_SLUG: Final = 80
_NOT_ASCII: Final = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Without case and accents."""
    spread = normalize("NFKD", text.casefold())
    return spread if spread.isascii() else "".join(one for one in spread if not combining(one))


def words_of(text: str, *, most: int = 400) -> tuple[str, ...]:
    """The words of a text, each once, in the order in which they come; at most so many."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(fold(text)):
        found.setdefault(match.group()[:_LONGEST])
        if len(found) == most:
            break
    return tuple(found)


def slug_of(text: str, id_: UUID) -> str:
    """A slug made of a title; of the id where the title has no letter that a slug may have."""
    made = _NOT_ASCII.sub("-", fold(text)).strip("-")[:_SLUG].strip("-")
    return made or f"p-{id_.hex[-12:]}"
