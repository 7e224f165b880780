"""Running guarantees on the engines asked for, one engine after the other."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from backstay.kernel.guarantees import Engine, Guarantee, LabError, Sabotage
from backstay.proving.conditions import backstay_version, commit
from backstay.proving.databases import Databases
from backstay.proving.ledger import Ledger, reap
from backstay.proving.plan import Emit, Plan
from backstay.proving.results import Proof, Result
from backstay.proving.run import Run


async def prove(plan: Plan, emit: Emit = lambda _event: None) -> list[Proof]:
    """Run the plan and return one proof for each engine.

    Raises:
        LabError: bugs were to be planted in a server that is not the lab's own.
    """
    if plan.sabotage and plan.target is not None:
        raise LabError("bugs are planted only in servers that the lab itself started: leave --target out")
    return [await _prove_on(engine, plan, emit) for engine in plan.engines]


async def _prove_on(engine: Engine, plan: Plan, emit: Emit) -> Proof:
    started_at = datetime.now(UTC)
    began = time.perf_counter()
    engine_version, absent = await _prepare(engine, plan)
    emit(
        {
            "event": "run",
            "engine": engine,
            "engine_version": engine_version,
            "seed": plan.seed,
            "commit": commit(),
            "sabotage": plan.sabotage,
            "guarantees": [guarantee.name for guarantee in plan.guarantees],
            "started_at": started_at.isoformat(),
        }
    )
    turn = asyncio.Semaphore(plan.jobs)

    async def take(guarantee: Guarantee, sabotage: Sabotage | None) -> Result:
        async with turn:
            run = Run(guarantee, sabotage, engine=engine, engine_version=engine_version, plan=plan, emit=emit)
            return await run.result(absent)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(take(*each)) for each in _turns(plan)]
    proof = Proof(
        started_at=started_at,
        engine=engine,
        engine_version=engine_version,
        commit=commit(),
        seed=plan.seed,
        duration=round(time.perf_counter() - began, 3),
        sabotage=plan.sabotage,
        target=None if plan.target is None else plan.target.endpoint.lane,
        version=backstay_version(),
        results=tuple(task.result() for task in tasks),
    )
    emit({"event": "finished", "engine": engine, "duration": proof.duration})
    return proof


async def _prepare(engine: Engine, plan: Plan) -> tuple[str, str | None]:
    """Clear away what dead runs left, and name the engine; or say why there is none."""
    ledger = Ledger.open()
    databases = Databases(engine, ledger, plan.postgres_url)
    try:
        await reap(databases.drop)
        return await databases.version(), None
    except LabError as error:
        return engine, str(error)
    finally:
        await ledger.settle(databases.drop)


def _turns(plan: Plan) -> list[tuple[Guarantee, Sabotage | None]]:
    if not plan.sabotage:
        return [(guarantee, None) for guarantee in plan.guarantees]
    return [(guarantee, sabotage) for guarantee in plan.guarantees for sabotage in guarantee.sabotages]
