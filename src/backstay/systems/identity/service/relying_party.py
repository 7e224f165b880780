"""What passkeys answer, judged by the `webauthn` library (WebAuthn Level 3, sections 7.1 and 7.2).

Nothing here asks a database or a clock. Where people reach us comes from the settings, never from a
request's `Host`, which its sender chooses.

The library is imported with the first passkey: it brings three ASN.1 libraries and a second OpenSSL, seven
megabytes that a server without passkeys does not carry.
"""

from __future__ import annotations

from enum import IntEnum
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct

from backstay.kernel.module import CompositionError


class Algorithm(IntEnum):
    """How a passkey signs, by its number (IANA's COSE Algorithms; RFC 9053, 2 and RFC 8812, 2)."""

    EDDSA = -8
    ES256 = -7
    RS256 = -257


ALGORITHMS: Final = tuple(Algorithm)
"""What every authenticator has one of (section 5.4)."""
FORMATS: Final = frozenset({"none", "packed"})
"""What a browser gives that was asked for no attestation: none, or the passkey's word for itself."""
TRANSPORTS: Final = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})
_LONGEST_ID: Final = 1023
"""Bytes of a credential's id (section 4)."""
_LONGEST_KEY: Final = 4096


class Registered(Struct, frozen=True, kw_only=True):
    """A new credential that holds."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    verified: bool
    """Whether its owner unlocked it."""
    backup_eligible: bool
    backed_up: bool


class Asserted(Struct, frozen=True, kw_only=True):
    """An answer that holds."""

    sign_count: int
    verified: bool
    backup_eligible: bool
    backed_up: bool


class RelyingParty:
    """Us, as passkeys know us."""

    def __init__(
        self, name: str, public_url: str, domain: str | None = None, origins: tuple[str, ...] = ()
    ) -> None:
        """As the settings have it.

        Args:
            name: what people call the deployment.
            public_url: where they reach it.
            domain: that of the passkeys; the URL's when not given.
            origins: where passkeys may be used besides the URL.

        Raises:
            CompositionError: the domain is neither the URL's nor one above it, or an origin is none.
        """
        for origin in origins:
            if not _is_origin(origin):
                raise CompositionError(
                    f"identity.passkey_origins has {origin!r}, and no browser names its page so: write an "
                    "origin such as https://app.example.com, without path, or an app's android:apk-key-hash:…"
                )
        url = urlsplit(public_url)
        host = "localhost" if _is_loopback(url.hostname or "") else url.hostname or ""
        if domain is not None and host != domain and not host.endswith(f".{domain}"):
            raise CompositionError(
                f"identity.passkey_domain is {domain!r}, and browsers take no such passkeys at {public_url}: "
                f"it must be {host!r} or a domain above it"
            )
        self.name = name
        self.domain = domain or ("" if _is_address(host) else host)
        """The RP ID; empty where there is no domain, and so no passkeys."""
        port = "" if url.port is None else f":{url.port}"
        self.origins = [f"{url.scheme}://{host}{port}", *origins]

    def registered(self, credential: dict[str, Any], challenge: bytes) -> Registered | None:
        """The new credential, or None when it does not hold.

        What made it is not asked for (attestation), so that nobody's is refused or told apart.
        """
        # Late, as the module says.
        from webauthn import verify_registration_response
        from webauthn.helpers import (
            parse_attestation_object,
            parse_client_data_json,
            parse_registration_credential_json,
        )
        from webauthn.helpers.cose import COSEAlgorithmIdentifier
        from webauthn.helpers.structs import CredentialDeviceType

        try:
            parsed = parse_registration_credential_json(credential)
            if parse_client_data_json(parsed.response.client_data_json).cross_origin:
                return None
            if parse_attestation_object(parsed.response.attestation_object).fmt not in FORMATS:
                return None
            made = verify_registration_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origins,
                supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in ALGORITHMS],
            )
        except Exception:  # noqa: BLE001 - what strangers send makes its parsers raise all kinds
            return None
        if len(made.credential_id) > _LONGEST_ID or len(made.credential_public_key) > _LONGEST_KEY:
            return None
        return Registered(
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=sorted({one.value for one in parsed.response.transports or ()} & TRANSPORTS),
            verified=made.user_verified,
            backup_eligible=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            backed_up=made.credential_backed_up,
        )

    def asserted(
        self, credential: dict[str, Any], challenge: bytes, public_key: bytes, owner: bytes | None
    ) -> Asserted | None:
        """What the answer says, or None when it does not hold; its counter is the caller's to judge.

        Args:
            credential: the answer.
            challenge: what it must answer.
            public_key: the credential's.
            owner: whose handle it must name, where nobody has said yet who they are; otherwise it may.
        """
        # Late, as the module says.
        from webauthn import verify_authentication_response
        from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json
        from webauthn.helpers.structs import CredentialDeviceType

        try:
            parsed = parse_authentication_credential_json(credential)
            if parse_client_data_json(parsed.response.client_data_json).cross_origin:
                return None
            if owner is not None and parsed.response.user_handle != owner:
                return None
            said = verify_authentication_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=self.domain,
                expected_origin=self.origins,
                credential_public_key=public_key,
                credential_current_sign_count=0,
            )
        except Exception:  # noqa: BLE001 - as above
            return None
        return Asserted(
            sign_count=said.new_sign_count,
            verified=said.user_verified,
            backup_eligible=said.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
            backed_up=said.credential_backed_up,
        )


def challenge_in(credential: dict[str, Any]) -> bytes | None:
    """The challenge that an answer says it answers; None when it says none."""
    # Late, as the module says.
    from webauthn.helpers import base64url_to_bytes, parse_client_data_json

    try:
        return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    except Exception:  # noqa: BLE001 - as above
        return None


def credential_id_in(credential: dict[str, Any]) -> bytes | None:
    """The id of the credential that answers; None when it says none."""
    # Late, as the module says.
    from webauthn.helpers import base64url_to_bytes

    try:
        return base64url_to_bytes(credential["rawId"])
    except Exception:  # noqa: BLE001 - as above
        return None


def _is_origin(text: str) -> bool:
    url = urlsplit(text)
    if url.scheme in {"http", "https"}:
        return bool(url.hostname) and text == f"{url.scheme}://{url.netloc}".lower()
    return bool(url.scheme and url.path) and not url.netloc


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return _is_address(host) and ip_address(host).is_loopback
