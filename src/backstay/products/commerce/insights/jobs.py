"""What insights do in their own time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.backend import Backend
from backstay.products.commerce.insights.contracts.jobs import Tend
from backstay.products.commerce.insights.service import tend as tend_all
from backstay.systems.jobs import Schedule, handles

TENDING: Final = Schedule(name="insights.tend", job=Tend(), every=timedelta(seconds=15))


@handles(Tend)
async def tend(_job: Tend, backend: Backend) -> int:
    """Tell the catalogue how goods sell, and count shops again that moved; the result is how many parts."""
    return await tend_all(backend.database)
