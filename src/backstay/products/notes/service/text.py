"""Titles, tags and bodies: how they are tidied, compared and cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from unicodedata import combining, normalize

from msgspec import Struct, UnsetType

from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.patterns import PATH_NAME
from backstay.products.notes.contracts import (
    BODY_BYTES,
    TAG_LENGTH,
    TAGS_PER_NOTE,
    TITLE_LENGTH,
    NewNote,
    NoteChanges,
)

_NAMEABLE: Final = re.compile(PATH_NAME)
EXCERPT_LENGTH: Final = 200
"""Characters of an excerpt, at most."""
_EXCERPT_SOURCE: Final = 1_000
"""Characters of the body that an excerpt is made from."""

# Markdown's marks, and what stays of them; in this order. Each begins with what `re` can skip to.
_MARKS: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    (re.compile(r"^ {0,3}(?:```|~~~).*$", re.MULTILINE), " "),
    (re.compile(r"!\["), "["),
    (re.compile(r"\[([^\[\]]*)\]\([^()]*\)"), r"\1"),
    (re.compile(r"^ {0,3}\[[^\[\]]+\]:.*$", re.MULTILINE), " "),
    (re.compile(r"^ {0,3}(?:[-*_] *){3,}$", re.MULTILINE), " "),
    (
        re.compile(
            r"^[ \t]*(?:>[ \t]?)*(?:#{1,6}[ \t]+|[-*+][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,9}[.)][ \t]+)?",
            re.MULTILINE,
        ),
        "",
    ),
    (re.compile(r"^[|:\- ]+$", re.MULTILINE), " "),
    (re.compile(r"\\([!-/:-@\[-`{-~])|\*|~~|`|\||_(?<![^\W_]_)|_(?![^\W_])"), r"\1"),
)


class Content(Struct, frozen=True):
    """What a note's columns get, tidied; None for what stays as it is."""

    title: str | None
    title_key: str | None
    body: str | None
    excerpt: str | None
    tags: dict[str, str] | None
    """Names by key, in the order given."""


def fold(text: str) -> str:
    """The text without case and accents, in composed form: how words are compared in a search."""
    lower = text.lower()
    if lower.isascii():
        return lower
    bare = "".join(character for character in normalize("NFD", lower) if not combining(character))
    return normalize("NFC", bare)


def one_line(text: str) -> str:
    """The text in composed form (NFC), spaces and line breaks in a row made one space, none at the ends."""
    return " ".join(normalize("NFC", text).split())


def tag_key(name: str) -> str:
    """How a tag's name is compared: tidied, and without regard to case (Unicode's full case folding)."""
    return normalize("NFC", one_line(name).casefold())


def excerpt_of(body: str) -> str:
    """The beginning of a body as plain text, its Markdown marks taken out."""
    text = body[:_EXCERPT_SOURCE]
    for mark, rest in _MARKS:
        text = mark.sub(rest, text)
    return shorten(" ".join(text.split()), EXCERPT_LENGTH)


def shorten(text: str, length: int) -> str:
    """The text, cut between two words where it is longer, with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    at = cut.rfind(" ")
    return (cut[:at] if at > length // 2 else cut).rstrip(" ,;:-") + "…"


def content_of(given: NewNote | NoteChanges) -> Content:
    """What a client sent, tidied.

    Raises:
        Invalid: names every field that cannot be accepted.
    """
    errors: list[FieldError] = []
    title = None if isinstance(given.title, UnsetType) else _title(given.title, errors)
    body = None if isinstance(given.body, UnsetType) else _body(given.body, errors)
    tags = None if isinstance(given.tags, UnsetType) else _tags(given.tags, errors)
    if errors:
        raise Invalid(*errors)
    return Content(
        title=title,
        title_key=None if title is None else fold(title),
        body=body,
        excerpt=None if body is None else excerpt_of(body),
        tags=tags,
    )


def tag_name(name: str, pointer: str, errors: list[FieldError]) -> str:
    """A tag's name, tidied; what is wrong with it is added to `errors`."""
    tidy = _line(name, TAG_LENGTH, pointer, errors)
    if tidy and not _NAMEABLE.search(tidy):
        message = "must not contain a slash, nor consist of dots alone"
        errors.append(FieldError(pointer=pointer, code="format", message=message))
    return tidy


def _title(title: str, errors: list[FieldError]) -> str:
    return _line(title, TITLE_LENGTH, "/title", errors)


def _line(text: str, longest: int, pointer: str, errors: list[FieldError]) -> str:
    tidy = one_line(text)
    if not 1 <= len(tidy) <= longest:
        message = f"must have 1 to {longest} characters, space around it not counted; has {len(tidy)}"
        errors.append(FieldError(pointer=pointer, code="length", message=message))
    _refuse_nul(tidy, pointer, errors)
    return tidy


def _body(body: str, errors: list[FieldError]) -> str:
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > BODY_BYTES:
        message = f"must have at most {BODY_BYTES} bytes in UTF-8; has {size}"
        errors.append(FieldError(pointer="/body", code="length", message=message))
    _refuse_nul(body, "/body", errors)
    return body


def _tags(tags: Sequence[str], errors: list[FieldError]) -> dict[str, str]:
    if len(tags) > TAGS_PER_NOTE:
        message = f"must have at most {TAGS_PER_NOTE} items; has {len(tags)}"
        errors.append(FieldError(pointer="/tags", code="length", message=message))
    named: dict[str, str] = {}
    for place, name in enumerate(tags):
        tidy = tag_name(name, f"/tags/{place}", errors)
        named.setdefault(tag_key(tidy), tidy)
    return named


def _refuse_nul(text: str, pointer: str, errors: list[FieldError]) -> None:
    # PostgreSQL cannot store it, and nobody types it.
    if "\0" in text:
        errors.append(
            FieldError(pointer=pointer, code="format", message="must not contain the character NUL")
        )
