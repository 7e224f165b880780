"""What a transport is: it takes an envelope and says how that ended. It never raises for a mail's sake."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class Verdict(StrEnum):
    """How a hand-over ended."""

    SENT = "sent"
    """The provider said that it has the mail."""
    TEMPORARY = "temporary"
    """The provider surely does not have it, and may take it later; so may another."""
    UNFIT = "unfit"
    """This provider cannot take such a mail, and surely does not have it; another may."""
    PERMANENT = "permanent"
    """The provider refused this mail for good."""
    UNKNOWN = "unknown"
    """The provider was given all of it, or nearly, and never answered."""


class Handover(Struct, frozen=True):
    """The end of a hand-over."""

    verdict: Verdict
    code: int | None
    """The provider's reply code, if it replied."""
    reply: str
    """Its words, or ours when it said none."""
    down: bool = False
    """Whether it is the provider that does not work, whatever the mail."""


class Envelope(Struct, frozen=True):
    """A mail ready to leave."""

    sender: str
    recipient: str
    message: bytes
    """With CRLF line ends."""
    international: bool
    """Whether the addresses need SMTPUTF8 (RFC 6531)."""


class Transport(Protocol):
    """One provider."""

    async def hand_over(self, envelope: Envelope) -> Handover:
        """Give the mail to the provider."""
        ...

    async def close(self) -> None:
        """Say good-bye on every idle connection."""
        ...


class ConsoleTransport:
    """Takes every mail and keeps it where it is: in the database, for the console and the API."""

    async def hand_over(self, envelope: Envelope) -> Handover:
        """Nothing leaves the machine."""
        return Handover(Verdict.SENT, None, f"kept for the console, {len(envelope.message)} bytes")

    async def close(self) -> None:
        """Nothing is open."""
