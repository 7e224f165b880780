"""What events publish themselves."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from backstay.kernel.event import Event


class Probed(Event, frozen=True, kw_only=True):
    """Somebody tried the system out."""

    type: ClassVar[str] = "events.probed"
    probe: str
    """The name of the probe."""

    @override
    def subject(self) -> str:
        """The probe: its events are counted in their order."""
        return self.probe
