"""Who comes before whom: plain functions."""

from __future__ import annotations

from secrets import token_bytes
from typing import Final
from uuid import UUID

from backstay.kernel.signing import Mac
from backstay.products.commerce.drops.contracts import AFTERWARDS

_SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    """What a drop draws the order with: nobody sees it, so nobody picks an id that is drawn well."""
    return token_bytes(_SECRET_BYTES)


def drawn(secret: bytes, place_id: UUID) -> int:
    """The position of somebody who was there before it opened: as good as any, whenever they came."""
    return int.from_bytes(Mac(secret).of(place_id.bytes)[:8]) % AFTERWARDS


def counted(number: int) -> int:
    """The position of whoever joined as the `number`th since it opened: behind all who were drawn."""
    return AFTERWARDS + number
