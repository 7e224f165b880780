"""Inventory's work in the background: holds whose time is over are given back."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final

from backstay.kernel.backend import Backend
from backstay.products.commerce.inventory.service import sweep
from backstay.products.commerce.inventory.settings import InventorySettings
from backstay.systems.jobs import Job, JobOptions, Schedule, handles


class SweepHolds(Job, frozen=True, kw_only=True):
    """Give back what lapsed holds still have. No sale waits for it; lists and numbers do."""

    options: ClassVar[JobOptions] = JobOptions(queue="inventory")


@handles(SweepHolds)
async def sweep_holds(job: SweepHolds, backend: Backend) -> None:
    """Do it."""
    del job
    await sweep(backend.database, batch=backend.settings.module(InventorySettings).sweep_batch)


SWEEPING: Final = Schedule(
    name="inventory.sweep", cron="* * * * *", job=SweepHolds(), jitter=timedelta(seconds=10)
)
