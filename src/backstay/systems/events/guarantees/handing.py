"""Handing events over: once, in their order, also those whose transactions commit late."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Client, Lab, Patch, Verdict, guarantee, not_applicable
from backstay.systems.events.guarantees.probes import QUICK, ask, judged, settled
from backstay.systems.events.queries import bugs, log
from backstay.systems.events.service import dispatching
from backstay.systems.events.service.dispatching import Dispatcher
from backstay.systems.events.service.subscribing import Delivery, Subscription
from backstay.systems.jobs import Given, JobContext


@guarantee(
    "events-take-effect-once",
    promise="A committed event takes effect in each subscriber exactly once, those of one subject in their "
    "order, however often the processes that hand it over are killed.",
    safety="break",
    faults=["kill"],
    trials=2,
)
async def events_take_effect_once(lab: Lab) -> Verdict:
    """Kill the server while events are published and handed over; compare what was counted with the log."""
    app = await lab.server(env=QUICK)
    for _ in lab.trials():
        async with lab.clients(4).running(ask):
            await lab.acknowledged(lab.random.randint(40, 80))
            await app.kill()
        await app.restart()
    return judged(lab, *await settled(lab, app))


@events_take_effect_once.sabotage("give positions first, and hand over in a commit of its own")
def hand_over_later(patch: Patch) -> None:
    """What a relay does that moves its cursor before it has published."""
    deliver, under_way = dispatching.deliver, set[asyncio.Task[None]]()
    databases: list[Any] = []
    start = Dispatcher.__init__

    def remember(dispatcher: Dispatcher, database: Any, *rest: Any, **more: Any) -> None:
        databases.append(database)
        start(dispatcher, database, *rest, **more)

    async def later(_: UnitOfWork, deliveries: Sequence[Any], *, run: int = 0) -> int:
        async def work() -> None:
            await asyncio.sleep(0.1)
            await databases[-1].run(SYSTEM, lambda uow: deliver(uow, deliveries, run=run))

        under_way.add(task := asyncio.create_task(work()))
        task.add_done_callback(under_way.discard)
        return len(deliveries)

    patch(Dispatcher, "__init__", remember)
    patch(dispatching, "deliver", later)


@events_take_effect_once.sabotage("hand over first, give positions in a commit of its own, and keep no inbox")
def hand_over_again(patch: Patch) -> None:
    """What a relay does that publishes and then marks, to consumers that believe it."""
    hand_over = Dispatcher._hand_over

    async def twice(dispatcher: Dispatcher, uow: UnitOfWork) -> int:
        rows = await uow.all(bugs.PENDING)
        subscribed = dispatcher._events.subscriptions_to
        await deliver(uow, [(row, to) for row in rows for to in subscribed(row.type)])
        return len(rows)

    async def round_(dispatcher: Dispatcher) -> int:
        if not await dispatcher._database.run(SYSTEM, lambda uow: twice(dispatcher, uow)):
            return 0
        await asyncio.sleep(0.1)
        return await dispatcher._database.run(SYSTEM, lambda uow: hand_over(dispatcher, uow))

    async def nothing(*_: Any, **__: Any) -> int:
        return 0

    async def believe(
        subscription: Subscription, job: Delivery, uow: UnitOfWork, context: JobContext, backend: Backend
    ) -> None:
        await subscription._call(**subscription._arguments(job, uow, context, backend))

    deliver = dispatching.deliver
    patch(dispatching, "deliver", nothing)
    patch(Dispatcher, "round", round_)
    patch(Subscription, "_deliver_in_unit", believe)


@events_take_effect_once.sabotage("hand the events of a subject over side by side")
def side_by_side(patch: Patch) -> None:
    """What most queues do with several workers: whoever is quicker is first."""
    given = Given

    def without_order(**more: Any) -> Any:
        pace = timedelta(seconds=random.uniform(0, 6))  # noqa: S311 - how quick a worker is, not a secret
        return given(**{**more, "order_key": None, "delay": pace})

    patch(dispatching, "Given", without_order)


@guarantee(
    "late-commits-are-not-passed-by",
    promise="An event whose transaction wrote first and committed last is handed over like any other.",
    safety="break",
    faults=["kill"],
    core=False,  # the core set has a minute for all systems
)
async def late_commits_are_not_passed_by(lab: Lab) -> Verdict:
    """Publish in transactions that stay open for a while, among others that do not."""
    app = await lab.server(env=QUICK)
    if lab.engine == "sqlite":
        return not_applicable("SQLite has one writer: transactions commit in the order in which they write")

    async def held(client: Client) -> None:
        await ask(client, hold=0.3 if client.random.random() < 0.2 else 0.0)

    for _ in lab.trials():
        async with lab.clients(6).running(held):
            await lab.acknowledged(120)
            await app.kill()
        await app.restart()
    return judged(lab, *await settled(lab, app))


@late_commits_are_not_passed_by.sabotage("read the log by the order in which it was written")
def naive_cursor(patch: Patch) -> None:
    """`WHERE id > last`: the outbox of most articles."""
    patch(log, "GIVE_POSITIONS", bugs.GIVE_POSITIONS_BY_CURSOR)
