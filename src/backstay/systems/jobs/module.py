"""The jobs system's manifest."""

from __future__ import annotations

from backstay.kernel.module import Module
from backstay.systems.jobs import tables

module = Module(
    name="jobs",
    summary="Work that survives anything: typed jobs, schedules and flows, in the same commit as your data.",
    package=__package__,
    tables=tables.metadata,
)
