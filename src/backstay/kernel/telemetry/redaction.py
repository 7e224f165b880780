"""What must not be read in a log, an error report or a console page: secrets, and people's addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from backstay.kernel.settings import REDACTED, Secret, redact_url

_SECRET_WORDS: Final = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "cookie",
        "cookies",
        "credential",
        "credentials",
        "csrf",
        "cvc",
        "cvv",
        "dsn",
        "jwt",
        "otp",
        "passphrase",
        "passwd",
        "password",
        "passwords",
        "pin",
        "private",
        "pwd",
        "secret",
        "secrets",
        "session",
        "sid",
        "signature",
        "token",
        "tokens",
        "totp",
    }
)  # fmt: skip - one word a line would fill a page
_SECRET_PAIRS: Final = (("api", "key"), ("access", "key"), ("signing", "key"), ("encryption", "key"))
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_PARAMETER: Final = re.compile(r"\{([^}:]+)")
_DEEPEST: Final = 6

_IN_TEXT: Final = (
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [credentials]"),
    # From the start of a word alone: else a long word without an @ is read again from each of its letters.
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[email]"),
    # PostgreSQL tells the values of a key that clashes: DETAIL: Key (email)=(ann@example.com) already exists.
    (re.compile(r"(Key \([^)]*\))=\(.*?\)(?= )"), r"\1=([value])"),
    (re.compile(r"(://[^\s/?#:@]*:)[^\s/?#@]*@"), rf"\1{REDACTED}@"),
)


@lru_cache(maxsize=4096)
def looks_secret(key: str) -> bool:
    """Whether a value under this name is likely to be a secret: `password`, `apiKey`, `X-Auth-Token`."""
    words = [word.lower() for word in _WORDS.findall(key)]
    if not _SECRET_WORDS.isdisjoint(words):
        return True
    return any(pair in pairwise(words) for pair in _SECRET_PAIRS)


def redacted(value: Any, depth: int = 0) -> Any:
    """The value with everything in it that looks secret as stars; plain values come back as they are."""
    if isinstance(value, str):
        return redact_url(value) if "://" in value else value
    if isinstance(value, Secret):
        return REDACTED
    if depth >= _DEEPEST:
        return "[too deep]" if isinstance(value, (Mapping, list, tuple, set, frozenset)) else value
    if isinstance(value, Mapping):
        return {
            key: REDACTED if isinstance(key, str) and looks_secret(key) else redacted(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redacted(item, depth + 1) for item in value]
    return value


def scrubbed(text: str) -> str:
    """Text that somebody else wrote (an exception's message) without tokens, passwords and mail addresses."""
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=4096)
def carries_secret(route: str) -> bool:
    """Whether a route's path carries a secret, as `/v1/shared/{token:str}` does."""
    return any(looks_secret(name) for name in _PARAMETER.findall(route))
