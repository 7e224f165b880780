"""What people and time do to jobs: cancel, replay, promotion, rescue, pruning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.systems.jobs.contracts import LIVE, JobState
from backstay.systems.jobs.engines.sql_changes import Changes, ids_of
from backstay.systems.jobs.engines.sql_rows import SECOND
from backstay.systems.jobs.engines.store import Swept
from backstay.systems.jobs.queries import changing, upkeep

_MINUTES_KEPT: Final = 30 * 24 * 3600 * SECOND


async def sweep(changes: Changes, limit: int, since: int) -> Swept:
    """One bounded round, in which leases count that ended after `since`."""
    rescued = quarantined = 0
    for row in await changes.all(upkeep.LOCK_EXPIRED, limit=limit, since=since):
        if changes.crash(row):
            rescued += 1
        else:
            quarantined += 1
    await changes.finish()
    promoted = await changes.all(upkeep.PROMOTE, limit=limit)
    changes.ready.update(promoted)
    # While very many become due one round follows another: what is old waits for the last of them.
    pruned = await _prune(changes, limit) if len(promoted) < limit else 0
    due = (await changes.all(upkeep.NEXT_DUE))[0].micros
    return Swept(
        promoted=len(promoted),
        rescued=rescued,
        quarantined=quarantined,
        pruned=pruned,
        next_due=None if due is None else max(due, 0) / SECOND,
    )


async def _prune(changes: Changes, limit: int) -> int:
    gone = [str(one) for one in await changes.all(upkeep.PRUNE_DONE, limit=limit)]
    dead = await changes.all(upkeep.LOCK_OLD_DEAD, limit=limit)
    if dead:
        await changes.run(changing.REMOVE, ids=ids_of(dead))
        gone += ids_of(dead)
        for organization, key in {(r.organization_id, r.order_key) for r in dead if r.order_key is not None}:
            await changes.refresh_line(organization, key)
    if gone:
        await changes.run(upkeep.PRUNE_STEPS, ids=gone)
        await changes.run(upkeep.PRUNE_EDGES, ids=gone)
        await changes.run(upkeep.PRUNE_EFFECTS, ids=gone)
    await changes.run(upkeep.NOTE_QUEUES)
    await changes.run(upkeep.PRUNE_STARTS)
    await changes.run(upkeep.PRUNE_KEYS)
    await changes.run(upkeep.PRUNE_MINUTES, keep=_MINUTES_KEPT)
    return len(gone)


async def cancel(changes: Changes, organization_id: UUID, job_id: UUID) -> JobState | None:
    """End a live job, or ask its worker to; None when it is not among the live and dead ones."""
    rows = [row for row in await changes.lock([job_id]) if row.organization_id == organization_id]
    if not rows:
        return None
    row = rows[0]
    if row.state not in LIVE:
        return JobState(row.state)
    if row.state == JobState.RUNNING:
        row.stop = True
        changes.write(row)
        await changes.finish()
        return JobState.RUNNING
    changes.end_badly(row, JobState.CANCELLED, None, "cancelled", None)
    await changes.finish()
    return JobState.CANCELLED


async def replay(
    changes: Changes, organization_id: UUID, ids: Sequence[UUID], payload: str | None
) -> list[UUID]:
    """Make dead or cancelled jobs ready again, unless their unique key is another's by now."""
    wanted = [str(one) for one in ids]
    back = [
        row
        for row in await changes.all(changing.LOCK_DONE, ids=wanted)
        if row.organization_id == organization_id and row.state == JobState.CANCELLED
    ]
    if back:
        await changes.run(changing.MOVE_BACK, ids=ids_of(back))
        await changes.run(changing.REMOVE_DONE, ids=ids_of(back))
    replayed = []
    for row in await changes.lock(ids):
        if row.organization_id != organization_id or row.state not in (JobState.DEAD, JobState.CANCELLED):
            continue
        if row.unique_key is not None:
            key = {"organization": organization_id, "key": row.unique_key}
            seconds = round((row.unique_for or 0) * SECOND)
            taken = await changes.all(changing.TAKE_KEY, **key, job=row.id, seconds=seconds)
            if not taken:
                if row.state == JobState.CANCELLED:
                    # It goes back to where it was found.
                    await changes.run(changing.MOVE, ids=[str(row.id)])
                    await changes.run(changing.REMOVE, ids=[str(row.id)])
                continue
        if payload is not None and payload != row.payload:
            row.payload = payload
            changes.note(row, "edited")
        row.attempt = row.crashes = row.parents = 0
        row.ended_at = row.prune_at = row.started_at = None
        row.run_at = changes.now
        if row.order_key is None:
            changes.start(row)
        else:
            row.state = JobState.WAITING.value
            changes.write(row)
        changes.note(row, "replayed")
        replayed.append(row.id)
    await changes.finish()
    return replayed
