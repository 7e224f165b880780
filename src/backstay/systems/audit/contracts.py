"""What the audit system shows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.patterns import NOT_BLANK

ACTION_PATTERN: Final = r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*"
"""`<module>.<what_happened>`."""


class AuditNote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note to be added to the trail."""

    text: Annotated[
        str, Meta(min_length=1, max_length=4000, pattern=NOT_BLANK, examples=["The board agreed, by phone."])
    ]
    person_id: UUID | None = None
    """Whose data the text is; it is sealed then, and erased with the person."""


class AuditRecord(Struct, frozen=True):
    """One thing that happened."""

    seq: int
    """1, 2, 3... within the organization, without a gap."""
    at: datetime
    action: str
    actor_id: UUID
    actor_kind: str
    session_id: UUID | None
    """The session or key that acted."""
    impersonator_id: UUID | None
    """Who acted in the actor's place, if somebody did."""
    subject_type: str
    subject_id: str
    """What it happened to."""
    person_id: UUID | None
    """Whose data `before` and `after` are; sealed with that person's key."""
    request_id: str | None
    before: Any
    after: Any
    erased: bool
    """The person was erased: what was sealed can be opened by nobody, and still proves the chain."""
    hash: str
    """SHA-256 of the hash before it and this record (RFC 8785), in hex."""


class Checkpoint(Struct, frozen=True):
    """A signature over how far the chain had come."""

    seq: int
    hash: str
    at: datetime
    key_id: str
    public_key: str
    """Ed25519, in hex."""
    signature: str
    """Over the checkpoint as canonical JSON, in hex."""


class Verification(Struct, frozen=True):
    """What became of going through the chain."""

    valid: bool
    problem: str | None
    """What is wrong, in one sentence; null when nothing is."""
    at_seq: int | None
    """The first record that is wrong."""
    records: int
    """How many are there."""
    first_seq: int | None
    last_seq: int | None
    checkpoints: int
    """How many signatures were checked."""


class AuditKey(Struct, frozen=True):
    """What checkpoints are signed with now."""

    key_id: str
    public_key: str
    """Ed25519, in hex. Keep it somewhere else than the records."""


class ErasureReceipt(Struct, frozen=True):
    """That a person's key is gone."""

    person_id: UUID
    organizations: int
    """In how many organizations the person had a key."""
    at: datetime
