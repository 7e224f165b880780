"""Who may do what with events."""

from __future__ import annotations

from typing import Final

from backstay.kernel.actor import Permission

READ: Final = Permission(
    "events:read", "See the organization's events, with what they say", presets=("manager",)
)
REPLAY: Final = Permission("events:replay", "Hand the organization's events to a subscription again")
OPERATE: Final = Permission(
    "events:operate",
    "See how far the log's readers are, and rebuild projections, which all organizations share",
    house=True,
)
