"""What happens to organizations."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from backstay.kernel.event import Event


class GuessingNoticed(Event, frozen=True, kw_only=True):
    """So many wrong passwords and codes came for members that it looks like an attack. Told once an hour."""

    type: ClassVar[str] = "tenancy.guessing_noticed"
    organization_id: UUID
    guesses: int
    """Of the hour, when they were noticed; there may be more by now."""
    started_at: datetime
    """When the hour began."""

    @override
    def subject(self) -> str:
        """The organization."""
        return str(self.organization_id)
