"""What the doctor says."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    """Fine for now, good to know."""
    WARNING = "warning"
    """Works, and is weaker than it should be."""
    ERROR = "error"
    """Does not work, or will lose something."""


class Finding(Struct, frozen=True):
    """One thing that was looked at."""

    severity: Severity
    subject: str
    """The setting or part it is about."""
    message: str
    """What was found; never a secret."""
    advice: str = ""
    """What to do; empty when there is nothing to do."""
