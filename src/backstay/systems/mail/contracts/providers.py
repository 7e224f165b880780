"""Where mails leave, and whether they do."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct


class ProviderHealth(StrEnum):
    """Whether mails are handed to a provider."""

    WORKING = "working"
    PAUSED = "paused"
    """It did not work at all, so nobody asks it before `paused_until`."""
    TRYING = "trying"
    """Its pause is over: the next mail tries whether it works again."""


class ProviderRate(Struct, frozen=True):
    """How many mails may be handed to a provider in a time, over all workers."""

    mails: int
    seconds: float


class ProviderState(Struct, frozen=True, kw_only=True):
    """Where mails leave, and whether they do."""

    name: str
    """As the ledger names it: `smtp.example.com:587`."""
    kind: Literal["console", "smtp"]
    tls: Literal["none", "starttls", "implicit"]
    connections: int
    """Open at once at most, in each process."""
    rate: ProviderRate | None
    state: ProviderHealth
    paused_at: datetime | None
    paused_until: datetime | None
    tries: int
    """Mails that tried it since it was paused, and found it as it was."""
    code: int | None
    """Its reply code that led to the pause, if it replied (RFC 5321, 4.2)."""
    why: str
    """Its words, or ours when it said none; empty while it works."""
