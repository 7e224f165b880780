"""A text that must not be seen."""

from __future__ import annotations

import hmac
import re
from typing import Any, Final

from typing_extensions import override

REDACTED: Final = "********"
_URL_PASSWORD: Final = re.compile(r"^([A-Za-z][\w+.-]*://[^/?#]*?:)[^/?#]*@")


class Secret:
    """Holds a secret so that printing, logging or encoding it by mistake shows stars or fails.

    It is not a `str` on purpose: passed where a text is expected, it fails at once instead
    of quietly becoming a key that everyone knows.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself; called only where it is used."""
        return self._value

    @override
    def __repr__(self) -> str:
        return f"Secret({REDACTED!r})"

    @override
    def __str__(self) -> str:
        return REDACTED

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    @override
    def __hash__(self) -> int:
        return hash((Secret, self._value))


def redact_url(text: str) -> str:
    """The text with the password of a URL, if it is one that has one, as stars."""
    return _URL_PASSWORD.sub(rf"\1{REDACTED}@", text)


def redact(value: Any) -> str:
    """An `enc_hook` for msgspec encoders that may meet a secret: it becomes stars.

    Raises:
        NotImplementedError: the value is no secret; msgspec then reports the type.
    """
    if isinstance(value, Secret):
        return REDACTED
    raise NotImplementedError
