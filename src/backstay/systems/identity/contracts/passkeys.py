"""Passkeys (WebAuthn Level 3), as they cross the border.

The options and the credentials have the names and forms of the standard's JSON (sections 5.1.8 to
5.1.10), so that a page hands them to the browser as they are.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.http import Payload
from backstay.systems.identity.contracts.accounts import SignedIn

PasskeyName = Annotated[
    str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="What its owner calls it.")
]
CredentialJson = Annotated[
    dict[str, Any],
    Meta(description="What the browser's `credential.toJSON()` returns, as it is.", max_length=20),
]


class Passkey(Struct, frozen=True):
    """A passkey of one's account."""

    id: UUID
    name: str
    backed_up: bool
    """Whether it is kept elsewhere too, as those are that phones share among a person's devices."""
    verified: bool
    """Whether it was made by somebody who unlocked it; only then it is two factors by itself."""
    created_at: datetime
    used_at: datetime | None
    doubted_at: datetime | None
    """When it was last refused because its counter had not moved on, as that of a copy does not."""


class PasskeyParty(Struct, frozen=True, kw_only=True):
    """For whom a passkey is made."""

    id: str
    name: str


class PasskeyUser(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whose passkey it is to be; `id` is the account's, in base64url."""

    id: str
    name: str
    display_name: str


class PasskeyAlgorithm(Struct, frozen=True, kw_only=True):
    """A kind of signature that is understood here (COSE)."""

    alg: int
    type: Literal["public-key"] = "public-key"


class PasskeyDescriptor(Struct, frozen=True, kw_only=True):
    """A passkey that is there already."""

    id: str
    transports: list[str]
    type: Literal["public-key"] = "public-key"


class PasskeySelection(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the passkey should be able to do."""

    resident_key: Literal["preferred"] = "preferred"
    user_verification: Literal["preferred"] = "preferred"


class PasskeyCreation(Struct, frozen=True, kw_only=True, rename="camel"):
    """For `navigator.credentials.create`: `PublicKeyCredential.parseCreationOptionsFromJSON(…)`."""

    rp: PasskeyParty
    user: PasskeyUser
    challenge: str
    pub_key_cred_params: list[PasskeyAlgorithm]
    timeout: int
    """Milliseconds that the challenge holds."""
    exclude_credentials: list[PasskeyDescriptor]
    authenticator_selection: PasskeySelection
    attestation: Literal["none"] = "none"


class PasskeyRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """For `navigator.credentials.get`: `PublicKeyCredential.parseRequestOptionsFromJSON(…)`."""

    challenge: str
    timeout: int
    """Milliseconds that the challenge holds."""
    rp_id: str
    allow_credentials: list[PasskeyDescriptor]
    """Empty for whoever has yet to say who they are: then the browser offers what it has."""
    user_verification: Literal["required", "preferred", "discouraged"]


class NewPasskey(Payload, frozen=True, kw_only=True):
    """A passkey just made."""

    credential: CredentialJson
    name: PasskeyName = ""


class PasskeyChanges(Payload, frozen=True, kw_only=True):
    """Another name."""

    name: PasskeyName


class PasskeyAdded(Struct, frozen=True, kw_only=True):
    """The passkey, and the session after it was added."""

    passkey: Passkey
    session: SignedIn
    recovery_codes: list[str]
    """Shown this once; empty where there are some from an earlier factor."""


class PasskeySignIn(Payload, frozen=True, kw_only=True):
    """What a passkey answered to the challenge of a sign-in."""

    credential: CredentialJson
    cookie: Annotated[bool, Meta(description="Sign a browser in by a cookie instead of giving tokens.")] = (
        False
    )


class PasskeyProof(Payload, frozen=True, kw_only=True):
    """What a passkey answered to the challenge of a second factor."""

    credential: CredentialJson
