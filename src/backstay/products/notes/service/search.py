"""What a person types into a search box, as each database wants it, and where it met a text.

The language is that of PostgreSQL's `websearch_to_tsquery`, which never refuses anything:

    bread slow       both words
    "slow bread"     the words in this order, nothing between
    bread or cake    either; `and` binds tighter
    -cake            without it
    bre              the last word may go on: bread, breakfast

Words are compared without case and accents. Whatever is not a letter or a digit only
separates words, so nothing that is typed can mean anything to a database: match
expressions are put together from letters, digits and signs of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final
from unicodedata import normalize
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import Dialect
from backstay.products.notes.contracts import Highlight
from backstay.products.notes.queries.lists import Found
from backstay.products.notes.service.text import fold, one_line, shorten

SNIPPET_LENGTH: Final = 240
"""Characters of a snippet, about; marks and escapes not counted."""
_LEAD: Final = 60
"""Characters of a snippet before the first match, at most."""

_TERM: Final = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_WORD: Final = re.compile(r"[^\W_]+")
_NOT_A_LETTER: Final = r"[\W_]+"


class Term(Struct, frozen=True):
    """Words that must stand side by side."""

    words: tuple[str, ...]
    """Folded; at least one."""
    prefix: bool = False
    """Whether the last word may go on."""


class Group(Struct, frozen=True):
    """Terms that must all be there, and terms that must not."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]


Query = tuple[Group, ...]
"""One of the groups must match; none at all when the text had no word in it."""


def parse(text: str) -> Query:
    """What the text asks for."""
    groups: list[Group] = []
    wanted: list[Term] = []
    unwanted: list[Term] = []
    terms = list(_TERM.finditer(text))
    for place, found in enumerate(terms):
        word = found["word"]
        if word is not None and not found["minus"] and word.lower() == "or":
            groups.append(Group(tuple(wanted), tuple(unwanted)))
            wanted, unwanted = [], []
            continue
        words = tuple(_WORD.findall(fold(word or found["phrase"] or "")))
        if not words:
            continue
        if found["minus"]:
            unwanted.append(Term(words))
        else:
            wanted.append(Term(words, prefix=word is not None and place == len(terms) - 1))
    groups.append(Group(tuple(wanted), tuple(unwanted)))
    return tuple(group for group in groups if group.wanted or group.unwanted)


def match_of(query: Query, owner: UUID, dialect: Dialect) -> str:
    """The match expression for a database.

    On SQLite it names the owner, whose id is part of the index: what is common in everybody's
    notes costs nothing in one's own.
    """
    if dialect == "postgresql":
        return " | ".join(f"({' & '.join(_ts_terms(group))})" for group in query)
    return " OR ".join(f"({_fts5_group(group, owner)})" for group in query)


def _ts_terms(group: Group) -> Iterator[str]:
    for term in group.wanted:
        yield _ts_term(term)
    for term in group.unwanted:
        yield f"!({_ts_term(term)})"


def _ts_term(term: Term) -> str:
    return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.prefix else "")


def _fts5_group(group: Group, owner: UUID) -> str:
    text = f'owner:"{owner.hex}"'
    if group.wanted:
        text += f" AND {{title body}}:({' AND '.join(map(_fts5_term, group.wanted))})"
    if group.unwanted:
        text = f"({text}) NOT {{title body}}:({' OR '.join(map(_fts5_term, group.unwanted))})"
    return text


def _fts5_term(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


class Marker:
    """Finds in texts what a query asks for."""

    def __init__(self, query: Query) -> None:
        wanted = [term for group in query for term in group.wanted]
        self._pattern = re.compile("|".join(map(_pattern, wanted))) if wanted else None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the matches are, from left to right."""
        if self._pattern is not None:
            for match in self._pattern.finditer(_fold_in_place(text)):
                yield match.span()

    def highlight(self, row: Found) -> Highlight:
        """The row's title and the best part of its body as HTML."""
        title = normalize("NFC", row.title)
        text = normalize("NFC", row.text)
        first = next(self.spans(text), None)
        if first is None:
            snippet = escape(row.excerpt)
        else:
            part = _around(text, first[0])
            snippet = self._marked(part)
        return Highlight(title=self._marked(title), snippet=snippet)

    def _marked(self, text: str) -> str:
        pieces: list[str] = []
        end = 0
        for start, stop in self.spans(text):
            pieces += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
            end = stop
        return "".join([*pieces, escape(text[end:])])


def _pattern(term: Term) -> str:
    # Words hold letters and digits alone, so nothing needs escaping.
    return rf"(?<![^\W_]){_NOT_A_LETTER.join(term.words)}" + (r"[^\W_]*" if term.prefix else r"(?![^\W_])")


def _fold_in_place(text: str) -> str:
    """The text folded character by character, so that places in it are places in the text."""
    lower = text.lower()
    if lower.isascii() and len(lower) == len(text):
        return lower
    return text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """Folds a character at a time; one whose folding is longer stays as it is."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        result = folded if len(folded) == 1 else chr(code)
        if code < _ALPHABETS_END:
            self[code] = result
        return result


_ALPHABETS_END: Final = 0x2E80
"""Before it lie the alphabets, after it the many ideographs, which have no case and are not kept."""


_FOLDED: Final = _Folded()


def _around(text: str, place: int) -> str:
    """The part of a text around a place, from one word's beginning to another's end, on one line."""
    start = max(0, place - _LEAD)
    if start:
        gap = text.find(" ", start, place)
        start = gap + 1 if gap != -1 else place
    part = shorten(one_line(text[start : start + 2 * SNIPPET_LENGTH]), SNIPPET_LENGTH)
    return f"…{part}" if start else part
