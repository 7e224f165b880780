"""Small secrets in the database, sealed so that the database alone gives none of them away."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NAME_BYTES: Final = 4
_NONCE_BYTES: Final = 12


class Sealer:
    """AES-256-GCM under the first of some keys; what an older key of them sealed opens, too.

    The sealed form is the key's short name, the nonce, and the ciphertext with its tag.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        """`keys`: 32 bytes each, the present one first."""
        self._keys = {sha256(key).digest()[:_NAME_BYTES]: key for key in keys}
        self._ciphers: dict[bytes, AESGCM] = {}
        self._present = sha256(keys[0]).digest()[:_NAME_BYTES]

    def seal(self, secret: bytes, bound_to: bytes) -> bytes:
        """The secret, sealed; it opens only with the same `bound_to` (such as its owner's id)."""
        nonce = os.urandom(_NONCE_BYTES)
        return self._present + nonce + self._cipher(self._present).encrypt(nonce, secret, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        """The secret.

        Raises:
            LookupError: it was sealed under a key that this deployment no longer has, for
                somebody else, or was changed.
        """
        # Late, as below.
        from cryptography.exceptions import InvalidTag

        name, rest = sealed[:_NAME_BYTES], sealed[_NAME_BYTES:]
        if name not in self._keys:
            raise LookupError("sealed under a key that is not among those of the settings")
        try:
            return self._cipher(name).decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], bound_to)
        except InvalidTag:
            raise LookupError("sealed for something else, or changed") from None

    def is_present(self, sealed: bytes) -> bool:
        """Whether the present key sealed it, so that it need not be sealed anew."""
        return sealed[:_NAME_BYTES] == self._present

    def _cipher(self, name: bytes) -> AESGCM:
        cipher = self._ciphers.get(name)
        if cipher is None:
            # Late: a second OpenSSL, seven megabytes, for the first secret.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            cipher = self._ciphers[name] = AESGCM(self._keys[name])
        return cipher
