"""People's data in records: sealed with a key of each person's, so that erasing the key erases the data."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE: Final = 12


class Sealer:
    """Encrypts people's keys with the deployment's, and their data with theirs (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes, used for nothing else."""
        self._key = key

    @cached_property
    def _cipher(self) -> AESGCM:
        return _cipher_of(self._key)

    def new_key(self, organization: UUID, person: UUID) -> bytes:
        """A fresh key of a person's, encrypted, as it is stored."""
        return _encrypt(self._cipher, os.urandom(32), organization.bytes + person.bytes)

    def seal(self, stored: bytes, organization: UUID, person: UUID, data: Any) -> str:
        """The data as base64 text that only the person's key opens."""
        aad = organization.bytes + person.bytes
        own = _cipher_of(_decrypt(self._cipher, stored, aad))
        return b64encode(_encrypt(own, msgspec.json.encode(data), aad)).decode("ascii")

    def open(self, stored: bytes, organization: UUID, person: UUID, sealed: str) -> Any:
        """The data again; None when it was sealed with a key that is no more."""
        # Late, as below.
        from cryptography.exceptions import InvalidTag

        aad = organization.bytes + person.bytes
        own = _cipher_of(_decrypt(self._cipher, stored, aad))
        try:
            return msgspec.json.decode(_decrypt(own, b64decode(sealed), aad))
        except InvalidTag:
            return None


def _cipher_of(key: bytes) -> AESGCM:
    # Late: a second OpenSSL, seven megabytes, for the first record of a person.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _encrypt(cipher: AESGCM, data: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + cipher.encrypt(nonce, data, aad)


def _decrypt(cipher: AESGCM, data: bytes, aad: bytes) -> bytes:
    return cipher.decrypt(data[:_NONCE], data[_NONCE:], aad)
