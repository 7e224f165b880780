"""What is asked of Redis before a unit of work keeps jobs for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backstay.systems.jobs.engines.redis.scripts import Scripts
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.errors import StoreUnavailable


class Asking:
    """Questions whose answers may be late by the relay's way; an outage answers them with nothing."""

    _scripts: Scripts

    async def _strangers(self, jobs: Sequence[NewJob]) -> list[tuple[UUID, UUID]]:
        """Parents (organization, id) that Redis does not know; none while it does not answer."""
        fresh = {(job.organization_id, job.id) for job in jobs}
        asked = [
            wanted
            for wanted in dict.fromkeys(
                (job.organization_id, parent) for job in jobs for parent in job.depends_on
            )
            if wanted not in fresh
        ]
        if not asked:
            return []
        try:
            known = await self._scripts.call(
                "known", [part.hex for organization, parent in asked for part in (organization, parent)]
            )
        except StoreUnavailable:
            return []
        return [wanted for wanted, found in zip(asked, known, strict=True) if not found]

    async def _holders(self, jobs: Sequence[NewJob]) -> dict[tuple[UUID, str], UUID]:
        """The live jobs in Redis that have these unique keys; none while Redis does not answer."""
        keys = [(job.organization_id, job.unique_key) for job in jobs if job.unique_key is not None]
        if not keys:
            return {}
        try:
            answers = await self._scripts.call("holders", [f"{org.hex}:{key}" for org, key in keys])
        except StoreUnavailable:
            return {}
        return {key: UUID(answer.decode()) for key, answer in zip(keys, answers, strict=True) if answer}
