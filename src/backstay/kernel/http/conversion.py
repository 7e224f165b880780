"""What was sent, as the value that it means: a parameter's text, and JSON's one kind of number."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, Final

import msgspec

from backstay.kernel.errors import FieldError
from backstay.kernel.http.validation import check

_EXACT: Final = 2**53
WHOLE: Final = 2**63
"""Whole numbers in parameters are below it, and not below its negative: what a database's column holds."""


def from_text(kind: Any, text: str | list[str]) -> Any:
    """The value that a parameter's text means, or its several texts.

    Raises:
        msgspec.ValidationError: it means none. Seconds are no date and no duration: the description asks
            for RFC 3339 and ISO 8601, and msgspec, when lax, would take a bare number too. A whole number
            beyond 64 bits is none that a database could compare with.
    """
    if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(text, str):
        # msgspec takes 12 us to find out again what an enum's members are.
        member = _members(kind).get(text)
        if member is not None:
            return member
    value = msgspec.convert(text, kind, strict=False)
    if _is_beyond(value):
        raise msgspec.ValidationError("beyond 64 bits")
    return msgspec.convert(text, kind) if _is_time(value) else value


@lru_cache(1024)
def _members(kind: type[Enum]) -> Mapping[Any, Enum]:
    return {member.value: member for member in kind}


def check_text(kind: Any, text: str | list[str], pointer: str) -> list[FieldError]:
    """What is wrong with a text that `from_text` refuses."""
    found = check(kind, text, pointer, strict=False)
    if not found and _is_beyond(msgspec.convert(text, kind, strict=False)):
        return [FieldError(pointer=pointer, code="range", message="must fit into 64 bits")]
    return found or check(kind, text, pointer)


def whole_numbers(value: Any) -> Any:
    """Decoded JSON with `787.0` as 787: a number without a fraction is an integer (JSON Schema Core, 4.2.3).

    Not beyond 2**53, where a double no longer tells whole numbers apart (RFC 8259, 6).
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, dict):
        return {key: whole_numbers(element) for key, element in value.items()}
    return [whole_numbers(element) for element in value] if isinstance(value, list) else value


def _is_beyond(value: Any) -> bool:
    return isinstance(value, int) and not -WHOLE <= value < WHOLE


def _is_time(value: Any) -> bool:
    if isinstance(value, list | tuple | AbstractSet):
        return any(_is_time(element) for element in value)
    return isinstance(value, datetime | timedelta)
