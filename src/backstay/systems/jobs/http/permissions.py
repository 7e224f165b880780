"""Who may do what with jobs."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from backstay.kernel.actor import Permission

READ: Final = Permission("jobs:read", "See the organization's jobs", presets=("manager",))
STEER: Final = Permission("jobs:steer", "Cancel and replay the organization's jobs", presets=("manager",))
OPERATE: Final = Permission(
    "jobs:operate",
    "See and steer the queues and schedules, which all organizations share, and every organization's jobs",
    house=True,
)

Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
