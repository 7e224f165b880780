"""What a password must not be: short, well known, or made of what everybody knows (SP 800-63B-4, 3.1.1.2).

The usual lists hold hardly any password of 15 characters. So ours has the commonest of every
length (`tools/build_common_passwords.py`), and being on it is not all that is asked: a password is
taken apart first: case, the usual letters in disguise, digits and marks around a word, repetition.
What is left must not be one well-known password or two of them in a row. There are no rules of
composition, and passwords do not expire.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from backstay.systems.identity.errors import WeakPassword
from backstay.systems.identity.service.hashing import normalised

DIGEST_BYTES: Final = 5
_SHORTEST_WORD: Final = 4
_SHORTEST_CONTEXT: Final = 3
_FEWEST_DIFFERENT: Final = 5
_LEFT_OVER: Final = 8
"""Characters that must be left of a password when what everybody knows is taken out."""
_DISGUISE: Final = str.maketrans("013457@$!", "oleastasi")
_EDGES: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_MARKS: Final = re.compile(r"^[\W_]+|[\W_]+$")
_YEARS: Final = (re.compile(r"^(19|20)\d\d"), re.compile(r"(19|20)\d\d$"))
_NO_LETTERS: Final = re.compile(r"[\W\d_]+")
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "01234567890",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_RUN: Final = 4


def judge(password: str, *, minimum: int, context: Iterable[str], pointer: str = "/password") -> None:
    """Let a password pass.

    Args:
        password: as it was typed.
        minimum: characters, at least.
        context: what everybody knows: the address, the name, the deployment's name.
        pointer: the field, for the problem.

    Raises:
        WeakPassword: it says why in words for its owner.
    """
    text = normalised(password)
    if len(text) < minimum:
        raise WeakPassword(f"must have at least {minimum} characters", pointer=pointer)
    lowered = text.casefold()
    if len(set(lowered)) < _FEWEST_DIFFERENT:
        raise WeakPassword("has too few different characters", pointer=pointer)
    if _repeats(lowered):
        raise WeakPassword("repeats itself", pointer=pointer)
    if _left_without_runs(lowered) < _LEFT_OVER:
        raise WeakPassword("is mostly a row of keys or of the alphabet", pointer=pointer)
    words = _words(context)
    if any(len(_without(words, form)) < _LEFT_OVER for form in (lowered, lowered.translate(_DISGUISE))):
        raise WeakPassword("is mostly your name, your address or ours", pointer=pointer)
    if any(_well_known(form) for form in _forms(lowered)):
        raise WeakPassword("is made of passwords that everybody tries first", pointer=pointer)


def is_listed(word: str) -> bool:
    """Whether the list holds it, in lower case."""
    digests = _digests()
    digest = sha256(word.encode()).digest()[:DIGEST_BYTES]
    place = bisect_left(
        range(len(digests) // DIGEST_BYTES),
        digest,
        key=lambda n: digests[n * DIGEST_BYTES : (n + 1) * DIGEST_BYTES],
    )
    return digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES] == digest


@cache
def _digests() -> bytes:
    return (files("backstay.systems.identity") / "static" / "common-passwords.bin").read_bytes()


def _forms(lowered: str) -> Iterator[str]:
    yield lowered
    bare = _MARKS.sub("", lowered)
    yield bare
    yield from (year.sub("", bare) for year in _YEARS)
    for form in (lowered, lowered.translate(_DISGUISE)):
        yield _EDGES.sub("", form)
        yield _NO_LETTERS.sub("", form)
    yield _EDGES.sub("", lowered).translate(_DISGUISE)


def _well_known(word: str) -> bool:
    if len(word) < _SHORTEST_WORD:
        return True
    if is_listed(word):
        return True
    return any(
        is_listed(word[:cut]) and is_listed(word[cut:])
        for cut in range(_SHORTEST_WORD, len(word) - _SHORTEST_WORD + 1)
    )


def _without(words: Iterable[str], text: str) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "")
    return text


def _repeats(text: str) -> bool:
    # A text that is found in itself twice over, before its end, is some unit again and again.
    return (text + text).find(text, 1) < len(text)


def _left_without_runs(text: str) -> int:
    """Characters outside of runs along a row of the keyboard, the alphabet or the digits, either way."""
    covered = [False] * len(text)
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    for start in range(len(text) - _RUN + 1):
        piece = text[start : start + _RUN]
        if any(piece in row for row in rows):
            covered[start : start + _RUN] = [True] * _RUN
    return covered.count(False)


def _words(context: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in context:
        found |= {word for word in re.split(r"[\W_]+", text.casefold()) if len(word) >= _SHORTEST_CONTEXT}
    return found
