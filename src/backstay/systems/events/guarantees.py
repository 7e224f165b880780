"""What events promise, proven with probes: events whose effect is wrong as soon as it happens twice."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Ended,
    Finding,
    Lab,
    Patch,
    Server,
    Verdict,
    guarantee,
    judge,
    not_applicable,
    sum_is_possible,
)
from backstay.kernel.ids import uuid7
from backstay.systems.events.engines.broker import BrokerUnavailable, Message, MessageRefused, broker_of
from backstay.systems.events.queries import bugs, log
from backstay.systems.events.service import dispatching, receiving, relaying
from backstay.systems.events.service.dispatching import Dispatcher
from backstay.systems.events.service.receiving import Receiver
from backstay.systems.events.service.relaying import Relay
from backstay.systems.events.service.subscribing import Delivery, Subscription
from backstay.systems.jobs import Given, JobContext

_PROBES: Final = "/v1/events/probes"
_ASKED: Final = f"POST {_PROBES}"
_EVENTS: Final = "/v1/events?type=events.probed&limit=100"
_LINES: Final = 4
_PORTS: Final = {"rabbitmq": 5672, "nats": 4222, "kafka": 9092}
_QUICK: Final = {"BACKSTAY_JOBS_LEASE": "1", "BACKSTAY_JOBS_POLL": "0.2"}
"""A lease as short as it may be, so that a check need not wait half a minute for a dead worker's jobs."""
_PATIENCE: Final = 20.0
_BROKERS_PATIENCE: Final = 60.0
"""NATS and Kafka hand a dead reader's messages over again after half a minute."""


async def _ask(client: Client, *, hold: float = 0.0) -> None:
    name = f"line {client.random.randrange(_LINES)}"
    await client.request("POST", _PROBES, json={"name": name, "hold": hold}, about=name, name=_ASKED)


async def _settled(lab: Lab, app: Server) -> tuple[Counter[str], dict[str, dict[str, Any]]]:
    """What the log holds of each line, and what was counted, once they agree or nothing moves for long."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    acknowledged = sum(op.name == _ASKED and op.ended is Ended.OK for op in lab.history)
    while True:
        logged = Counter([event["subject"] async for event in app.walk(_EVENTS)])
        counts = {probe["name"]: probe async for probe in app.walk(f"{_PROBES}?limit=100")}
        agree = all(counts.get(name, {}).get("applied", 0) >= many for name, many in logged.items())
        if (agree and logged.total() >= acknowledged) or asyncio.get_running_loop().time() > deadline:
            return logged, counts
        await asyncio.sleep(0.2)


async def _arrived(lab: Lab, here: Server, there: Server) -> tuple[Counter[str], dict[str, dict[str, Any]]]:
    """What one deployment's log holds, and what the other counted, once they agree or for long enough."""
    deadline = asyncio.get_running_loop().time() + _BROKERS_PATIENCE
    while True:
        logged, _ = await _settled(lab, here)
        counts = {probe["name"]: probe async for probe in there.walk(f"{_PROBES}?limit=100")}
        agree = all(counts.get(name, {}).get("applied", 0) >= many for name, many in logged.items())
        if agree or asyncio.get_running_loop().time() > deadline:
            # What comes twice comes late: once more, when nothing is on its way any longer.
            await asyncio.sleep(1)
            return logged, {probe["name"]: probe async for probe in there.walk(f"{_PROBES}?limit=100")}
        await asyncio.sleep(0.2)


def _judged(lab: Lab, logged: Counter[str], counts: dict[str, dict[str, Any]]) -> Verdict:
    findings: list[Finding | None] = []
    for line in range(_LINES):
        name = f"line {line}"
        asked = [op for op in lab.history if op.name == _ASKED and op.about == name]
        findings.append(sum_is_possible(logged[name], asked))
        applied, disorders = (counts.get(name, {}).get(key, 0) for key in ("applied", "disorders"))
        if applied != logged[name]:
            findings.append(Finding(f"{logged[name]} events of {name!r} took effect {applied} times"))
        if disorders:
            findings.append(Finding(f"{disorders} events of {name!r} came out of their order"))
    return judge(*findings, events=logged.total())


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
    app = await lab.server(env=_QUICK)
    for _ in lab.trials():
        async with lab.clients(4).running(_ask):
            await lab.acknowledged(lab.random.randint(40, 80))
            await app.kill()
        await app.restart()
    return _judged(lab, *await _settled(lab, app))


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
    app = await lab.server(env=_QUICK)
    if lab.engine == "sqlite":
        return not_applicable("SQLite has one writer: transactions commit in the order in which they write")

    async def ask(client: Client) -> None:
        await _ask(client, hold=0.3 if client.random.random() < 0.2 else 0.0)

    for _ in lab.trials():
        async with lab.clients(6).running(ask):
            await lab.acknowledged(120)
            await app.kill()
        await app.restart()
    return _judged(lab, *await _settled(lab, app))


@late_commits_are_not_passed_by.sabotage("read the log by the order in which it was written")
def naive_cursor(patch: Patch) -> None:
    """`WHERE id > last`: the outbox of most articles."""
    patch(log, "GIVE_POSITIONS", bugs.GIVE_POSITIONS_BY_CURSOR)


@guarantee(
    "events-survive-the-broker",
    promise="An event is in another deployment's log exactly once and in its subject's order, however often "
    "the broker is cut off and the processes that exchange it are killed.",
    safety="break",
    faults=["kill", "cut"],
    trials=2,
    core=False,  # the core set has a minute for all systems
)
async def events_survive_the_broker(lab: Lab) -> Verdict:
    """Publish here, over `BROKER_URL` of the lab's own environment, and compare what was counted there."""
    url = os.environ.get("BROKER_URL", "")
    if not url:
        return not_applicable("there is no broker: set BROKER_URL to one where the lab may make things")
    parts = urlsplit(url)
    # Kafka's clients go where the brokers say that they are: there the proxy must stand.
    listen = int(os.environ.get("BACKSTAY_LAB_BROKER_PORT", "0"))
    port = parts.port or _PORTS[broker_of(url)]
    proxy = await lab.proxy(parts.hostname or "127.0.0.1", port, "broker", listen=listen)
    account, at, _ = parts.netloc.rpartition("@")
    env = {
        **_QUICK,
        "BROKER_URL": urlunsplit(parts._replace(netloc=f"{account}{at}127.0.0.1:{proxy.port}")),
        # Not the seed's, which every planted bug of a run has: what one left at the broker came to the next.
        "BACKSTAY_EVENTS_BROKER_PREFIX": f"lab{uuid7().hex[-12:]}",
        "BACKSTAY_EVENTS_BROKER_RECEIVES": "events.probed",
    }
    there = await lab.server(env={**env, "BACKSTAY_APP_NAME": "lab-there"})
    while True:
        if (await there.get("/v1/events/lag")).json["broker"]["receiving"]:
            break
        await asyncio.sleep(0.1)
    here = await lab.server(env={**env, "BACKSTAY_APP_NAME": "lab-here"})
    for _ in lab.trials():
        async with lab.clients(4, here).running(_ask):
            await lab.acknowledged(lab.random.randint(20, 40))
            proxy.cut()
            await lab.acknowledged(lab.random.randint(20, 40))
            await here.kill()
            await there.kill()
        await here.restart()
        await there.restart()
    return _judged(lab, *await _arrived(lab, here, there))


@events_survive_the_broker.sabotage("move the cursor, and publish then")
def publish_later(patch: Patch) -> None:
    """What is not confirmed when the broker goes away, or the relay dies, is passed by."""
    publish = Relay._publish

    async def later(relay: Relay, waiting: list[Message]) -> list[MessageRefused]:
        async def work() -> None:
            await asyncio.sleep(0.2)
            with suppress(BrokerUnavailable):
                await publish(relay, waiting)

        under_way.add(task := asyncio.create_task(work()))
        task.add_done_callback(under_way.discard)
        return []

    under_way = set[asyncio.Task[None]]()
    patch(Relay, "_publish", later)


@events_survive_the_broker.sabotage("believe that what comes has not come before")
def keep_no_inbox(patch: Patch) -> None:
    """What most consumers do: they acknowledge after the commit, so that a death in between tells twice."""
    take = Receiver.take

    async def slowly(receiver: Receiver, message: Message) -> None:
        await take(receiver, message)
        await asyncio.sleep(0.2)

    patch(receiving, "id_of", lambda _message: uuid7())
    patch(Receiver, "take", slowly)


@events_survive_the_broker.sabotage("publish without an ordering key")
def publish_without_key(patch: Patch) -> None:
    """Whoever reads it may be handed any event first."""
    message_of = relaying.message_of
    patch(relaying, "message_of", lambda row: replace(message_of(row), key=None))
