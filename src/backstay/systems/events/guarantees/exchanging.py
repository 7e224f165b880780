"""Exchanging events with another deployment over a broker, while that is cut off and both are killed."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from backstay.kernel.guarantees import Client, Lab, Patch, Server, Verdict, guarantee, not_applicable
from backstay.kernel.ids import uuid7
from backstay.systems.events.engines.broker import BrokerUnavailable, Message, MessageRefused, broker_of
from backstay.systems.events.guarantees.probes import (
    LINES,
    QUICK,
    Counts,
    Patience,
    applied,
    ask,
    counted,
    judged,
    settled,
)
from backstay.systems.events.service import receiving, relaying
from backstay.systems.events.service.receiving import Receiver
from backstay.systems.events.service.relaying import Relay

_LAG: Final = "/v1/events/lag"
_PORTS: Final = {"rabbitmq": 5672, "nats": 4222, "kafka": 9092}
_PAUSE: Final = 0.03
"""Seconds between two events of a client: while a broker waits for its dead reader, few enough are published
that their effects are soon counted."""
_PATIENCE: Final = 90.0
"""NATS and Kafka hand a dead reader's messages over again after half a minute."""


@guarantee(
    "events-survive-the-broker",
    promise="An event is in another deployment's log exactly once and in its subject's order, however often "
    "the broker is cut off and the processes that exchange it are killed.",
    safety="break",
    faults=["kill", "cut"],
    trials=2,
    core=False,  # the core set has a minute for all systems
    timeout=300.0,
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
        **QUICK,
        "BROKER_URL": urlunsplit(parts._replace(netloc=f"{account}{at}127.0.0.1:{proxy.port}")),
        # Not the seed's, which every planted bug of a run has: what one left at the broker came to the next.
        "BACKSTAY_EVENTS_BROKER_PREFIX": f"lab{uuid7().hex[-12:]}",
        "BACKSTAY_EVENTS_BROKER_RECEIVES": "events.probed",
    }
    there = await lab.server(env={**env, "BACKSTAY_APP_NAME": "lab-there"})
    while True:
        if (await there.get(_LAG)).json["broker"]["receiving"]:
            break
        await asyncio.sleep(0.1)
    here = await lab.server(env={**env, "BACKSTAY_APP_NAME": "lab-here"})
    for _ in lab.trials():
        async with lab.clients(4, here).running(_ask_steadily):
            # Each fault meets both at work: who is still cut off has nothing to lose by a kill.
            await lab.acknowledged(lab.random.randint(20, 40))
            await _more_arrives(there)
            proxy.cut()
            await lab.acknowledged(lab.random.randint(20, 40))
            await _more_arrives(there)
            await here.kill()
            await there.kill()
        await here.restart()
        await there.restart()
    lines = iter(LINES)
    await lab.clients(1, here).each(len(LINES), lambda client: ask(client, line=next(lines)))
    return judged(lab, *await _arrived(lab, here, there))


async def _ask_steadily(client: Client) -> None:
    await ask(client)
    await asyncio.sleep(_PAUSE)


async def _more_arrives(there: Server) -> None:
    """Until its log has grown, or for long enough; then the judgement tells what is missing."""
    before = (await there.get(_LAG)).json["position"]
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while (await there.get(_LAG)).json["position"] <= before:
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(0.05)


async def _arrived(lab: Lab, here: Server, there: Server) -> tuple[Counter[str], Counts]:
    """What one deployment's log holds, and what the other counted, once each line's last event is there.

    What comes before it in a line will not come after it, so that nobody need wait for what is lost.
    """
    logged, ours = await settled(lab, here)
    patience = Patience(_PATIENCE)
    while True:
        theirs = await counted(there)
        if all(_ended(ours.get(name), theirs.get(name)) for name in logged):
            # What comes twice comes late: once more, when nothing is on its way any longer.
            await asyncio.sleep(1)
            return logged, await counted(there)
        if patience.ends(applied(theirs)):
            return logged, theirs
        await asyncio.sleep(0.2)


def _ended(ours: dict[str, Any] | None, theirs: dict[str, Any] | None) -> bool:
    if ours is None or theirs is None:
        return False
    # Without an order there are no numbers: then all must be there.
    return bool(theirs["last"] == ours["last"] or theirs["applied"] >= ours["applied"])


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
        await asyncio.sleep(0.05)  # most of the time of a message, so that a death meets it

    patch(receiving, "id_of", lambda _message: uuid7())
    patch(Receiver, "take", slowly)


@events_survive_the_broker.sabotage("publish without an ordering key")
def publish_without_key(patch: Patch) -> None:
    """Whoever reads it may be handed any event first."""
    message_of = relaying.message_of
    patch(relaying, "message_of", lambda row: replace(message_of(row), key=None))
