"""Answers as they are kept: whole, to the byte, and sealed with a key of the deployment's.

A table of answers is a table of what everybody was ever told, secrets shown once among it.
Sealed, the database alone tells nothing of that.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Final
from uuid import UUID

import msgspec

from backstay.kernel.http import Answer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE: Final = 12


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    status: int
    content_type: bytes | None
    headers: list[tuple[bytes, bytes]]
    body: bytes


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Packed).decode


class Envelope:
    """Seals answers (AES-256-GCM), each for the one row that it lies in."""

    def __init__(self, key: bytes, limit: int) -> None:
        """`key`: 32 bytes, used for nothing else. `limit`: the bytes that an answer may have."""
        self._key = key
        self._limit = limit

    @cached_property
    def _cipher(self) -> AESGCM:
        # Late: a second OpenSSL, seven megabytes, for the first answer that is kept.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)

    def seal(self, row: UUID, answer: Answer) -> bytes | None:
        """The answer as it is stored; None when it is too large to be kept."""
        packed = _encode(_Packed(answer.status, answer.content_type, answer.headers, answer.body))
        if len(packed) > self._limit:
            return None
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, packed, row.bytes)

    def open(self, row: UUID, sealed: bytes) -> Answer | None:
        """The answer again; None when it was sealed under another secret of the deployment's."""
        # Late, as above.
        from cryptography.exceptions import InvalidTag

        try:
            packed = _decode(self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], row.bytes))
        except InvalidTag:
            return None
        return Answer(packed.status, packed.body, packed.content_type, list(packed.headers))
