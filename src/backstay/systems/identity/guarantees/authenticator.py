"""Somebody's passkeys, in software: answers as a browser with a security key does.

It shares nothing with what judges the answers but CBOR, and signs whatever it is told to; so it also
makes the answers that no honest authenticator gives.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_BACKUP_ELIGIBLE: Final = 0x08
_BACKED_UP: Final = 0x10
_ATTESTED: Final = 0x40
_ES256: Final = -7


class SoftAuthenticator:
    """An authenticator with one passkey at most."""

    def __init__(
        self, origin: str, *, unlocks: bool = True, counts: bool = True, synced: bool = False
    ) -> None:
        """Nothing is made yet.

        Args:
            origin: of the page that it thinks it is used on.
            unlocks: whether its owner unlocks it (user verification).
            counts: whether it has a counter; those that are synced have none.
            synced: whether its passkey is kept elsewhere too.
        """
        self.origin = origin
        self.unlocks = unlocks
        self.counts = counts
        self.synced = synced
        self.count = 0
        self.credential_id = secrets.token_bytes(32)
        self.handle = b""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` gives for these options, as JSON."""
        # Late, because a server imports every guarantee and uses none.
        from webauthn.helpers import base64url_to_bytes, encode_cbor

        self.handle = base64url_to_bytes(options["user"]["id"])
        numbers = self._key.public_key().public_numbers()
        point = {-2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        key = encode_cbor({1: 2, 3: _ES256, -1: 1, **point})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + key
        data = self._data(options["rp"]["id"], _ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            clientDataJSON=self._client_data("webauthn.create", options["challenge"]),
            attestationObject=attestation,
            transports=["internal"],
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.get` gives for these options, as JSON."""
        data = self._data(options["rpId"])
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(client_data).digest()
        return self._credential(
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=self._key.sign(signed, ec.ECDSA(hashes.SHA256())),
            userHandle=self.handle,
        )

    def _data(self, domain: str, flags: int = 0) -> bytes:
        self.count += self.counts
        flags |= _PRESENT | (_VERIFIED if self.unlocks else 0)
        flags |= _BACKUP_ELIGIBLE | _BACKED_UP if self.synced else 0
        return hashlib.sha256(domain.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _credential(self, **response: Any) -> dict[str, Any]:
        # Late, as above.
        from webauthn.helpers import bytes_to_base64url

        name = bytes_to_base64url(self.credential_id)
        shown = {
            key: bytes_to_base64url(value) if isinstance(value, bytes) else value
            for key, value in response.items()
        }
        kinds = {"type": "public-key", "authenticatorAttachment": "platform", "clientExtensionResults": {}}
        return {"id": name, "rawId": name, "response": shown, **kinds}
