"""The jobs of insights."""

from __future__ import annotations

from typing import ClassVar

from backstay.systems.jobs import Job


class Tend(Job, frozen=True):
    """Do what follows from the sums."""

    kind: ClassVar[str] = "insights.tend"
