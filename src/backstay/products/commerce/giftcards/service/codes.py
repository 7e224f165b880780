"""How a card's code is made, read and known again: whoever has it has the money."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

from backstay.kernel.signing import Keys, Mac

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for a digit when a code is read out or copied by hand."""
_SYMBOLS: Final = 16
"""80 random bits, of which the last 20 are shown to the merchant's people."""
_GROUP: Final = 4
_READ: Final = str.maketrans("ILO", "110", "- \t\u2010\u2011\u2012\u2013")


class CardCodes:
    """Knows codes by their MAC; held among the backend's parts."""

    def __init__(self, keys: Keys) -> None:
        """`keys`: the deployment's."""
        self._mac = Mac(keys.derive("giftcards.codes"))

    def digest(self, shop_id: UUID, code: str) -> bytes:
        """What a code is found by in a shop. Nobody without the key can tell a code from it, or the time."""
        return self._mac.of(shop_id.bytes + read(code).encode("utf-8", "surrogatepass"))


def made() -> str:
    """A new code, in groups."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_SYMBOLS))
    return "-".join(code[start : start + _GROUP] for start in range(0, _SYMBOLS, _GROUP))


def read(code: str) -> str:
    """A code as it is compared: in capitals, without what only helps to read it, and slips put right."""
    return code.upper().translate(_READ)


def last_four(code: str) -> str:
    """What of a code may be shown."""
    return read(code)[-_GROUP:]
