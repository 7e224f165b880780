"""How a key is written: `bsk_live_<id>_<secret><check>`.

The id finds the row. The secret is 256 random bits. The check is CRC-32 of all that stands
before it, as GitHub's tokens have it: what was cut, mistyped or made up is refused without
asking the database, and a scanner for leaked secrets has hardly a false alarm.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from typing import Final
from uuid import UUID

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH: Final = 43
"""Base-62 digits of 256 bits."""
_CHECK_LENGTH: Final = 6
"""Base-62 digits of 32 bits."""
_FORM: Final = re.compile(
    rf"(?P<prefix>[a-z]{{2,10}}_(?:live|test|dev))_(?P<id>[0-9a-f]{{32}})_(?P<secret>[0-9A-Za-z]{{{_SECRET_LENGTH}}})"
    rf"(?P<check>[0-9A-Za-z]{{{_CHECK_LENGTH}}})",
    re.ASCII,
)
_STAGES: Final = {"production": "live", "test": "test", "development": "dev"}


class KeyForm:
    """Writes and reads keys of one deployment."""

    def __init__(self, prefix: str, environment: str) -> None:
        """`prefix` is the deployment's own; a key of another stage is not of its form."""
        self.start = f"{prefix}_{_STAGES[environment]}_"
        self._family = f"{prefix}_"

    def make(self, key_id: UUID) -> str:
        """A fresh key."""
        body = f"{self.start}{key_id.hex}_{_base62(secrets.randbits(256), _SECRET_LENGTH)}"
        return body + check(body)

    def claims(self, text: str) -> bool:
        """Whether somebody means it to be a key of ours, be it one or not."""
        return text.startswith(self._family)

    def id_of(self, text: str) -> UUID | None:
        """The id in a key whose check holds; None for anything else."""
        found = _FORM.fullmatch(text)
        if found is None or not text.startswith(self.start) or check(text[:-_CHECK_LENGTH]) != found["check"]:
            return None
        return UUID(hex=found["id"])

    def hint(self, text: str) -> str:
        """Enough of a key to tell it from others."""
        return f"{self.start}…{text[-4:]}"


def digest(text: str) -> bytes:
    """What is stored of a key."""
    # A key is random throughout, so one round of a fast hash keeps it; passwords would need more.
    return hashlib.sha256(text.encode("ascii")).digest()


def check(body: str) -> str:
    """What ends a key that begins like this."""
    return _base62(zlib.crc32(body.encode("ascii")), _CHECK_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
