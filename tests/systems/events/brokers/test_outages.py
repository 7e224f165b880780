"""Brokers that go away, and readers that are killed: nothing is lost, and each key's order is kept."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from backstay.systems.events.engines.broker import Broker, BrokerUnavailable, Message, MessageRefused
from tests.systems.events.brokers.conftest import CUT_OFF, some
from tests.systems.events.brokers.heard import PLACED, Heard, first_seen, message
from tests.systems.events.brokers.servers import HURRIED, Place

REPOSITORY = Path(__file__).parents[4]
cut_off = pytest.mark.parametrize("kind", CUT_OFF, indirect=True)


async def publish_all(broker: Broker, messages: list[Message]) -> int:
    """Publish as a relay does: again until it is confirmed; how often that failed."""
    failures = 0
    for start in range(0, len(messages), 20):
        while True:
            try:
                await broker.publish(messages[start : start + 20])
            except BrokerUnavailable:
                failures += 1
            else:
                break
    return failures


@asynccontextmanager
async def reader(place: Place, *, crashes: int = 20) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that reads for the group `shop`; ready when entered, killed in the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.systems.events.brokers.reader"),
        *(place.url, place.prefix, "shop", str(crashes)),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert await said(process) == "ready"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return (await process.stdout.readline()).decode().strip()


@pytest.mark.parametrize("deliver", [True, False], ids=["answer-lost", "never-arrived"])
@cut_off
async def test_a_connection_cut_while_publishing_loses_nothing(
    place: Place, kind: str, deliver: bool
) -> None:
    heard, broker = Heard(), place.open()
    messages = [message(n, key=f"o-{n % 5}") for n in range(100)]
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([message(-1, key="warm")])
        assert place.proxy is not None
        place.proxy.cut_at(b'"number":57', deliver=deliver, times=2)
        failures = await publish_all(broker, messages)
        await heard.until(lambda seen: len({one.id for one in seen}) == 101)
    # Kafka's client sends again by itself; the others tell the relay, which does.
    assert (failures > 0) == (kind != "tansu")
    lines = first_seen(heard)
    del lines["warm"]
    assert lines == {f"o-{k}": list(range(k, 100, 5)) for k in range(5)}


@cut_off
async def test_while_the_broker_is_away_publishing_fails_and_afterwards_both_sides_go_on(
    place: Place,
) -> None:
    heard, broker = Heard(), place.open()
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([message(0)])
        await heard.count(1)
        await place.away()
        with pytest.raises(BrokerUnavailable):
            await broker.publish([message(1)])
        with pytest.raises(BrokerUnavailable):
            await broker.ping()
        await place.back()
        await publish_all(broker, [message(1), message(2)])
        await heard.until(lambda seen: seen[-1].extensions["streamversion"] == 2)
    # What `publish` raised for may have left all the same; nothing else comes twice but what was in hand.
    assert sorted(set(heard.numbers)) == [0, 1, 2]
    assert heard.numbers[-1] == 2


@cut_off
async def test_receiving_from_a_broker_that_is_away_fails_at_once(place: Place) -> None:
    await place.away()
    with pytest.raises(BrokerUnavailable):
        async with place.open().receive("shop", [PLACED], Heard()):
            pass
    await place.back()


@cut_off
async def test_what_was_handled_when_the_connection_was_cut_comes_again(place: Place) -> None:
    """The acknowledgement is lost with the connection: removing that duplicate is the inbox's task."""
    heard, broker = Heard(), place.open()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(one: Message) -> None:
        await heard(one)
        begun.set()
        await go_on.wait()

    async with broker.receive("shop", [PLACED], handle):
        await broker.publish([message(1), message(2)])
        await begun.wait()
        await place.away()
        go_on.set()
        await place.back()
        await heard.until(lambda seen: seen[-1].extensions["streamversion"] == 2)
    assert first_seen(heard) == {"o-1": [1, 2]}


async def test_a_reader_killed_before_it_acknowledges_loses_nothing(place: Place) -> None:
    async with reader(place) as process:
        await place.open().publish([message(1), message(2), message(3, key=None)])
        assert await said(process) in {"got 1", "got 3"}
        process.send_signal(signal.SIGKILL)
        await process.wait()
    heard = Heard()
    async with place.open().receive("shop", [PLACED], heard):
        await heard.count(3)
    assert first_seen(heard) == {"o-1": [1, 2], None: [3]}


@pytest.mark.parametrize("kind", some("rabbitmq", "nats"), indirect=True)
async def test_a_message_that_its_readers_die_over_goes_to_the_dead_letters(place: Place) -> None:
    async with reader(place, crashes=0) as process:
        await place.open().publish([bad := message(1)])
        assert await said(process) == "got 1"
        process.send_signal(signal.SIGKILL)
        await process.wait()
    heard, broker = Heard(), place.open(replace(HURRIED, crashes=0))
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([message(2)])
        await heard.count(1)
        [(body, _)] = await place.dead("shop", 1)
    assert heard.numbers == [2]
    assert bad.id.encode() in body


@pytest.mark.parametrize("kind", some("nats"), indirect=True)
async def test_nats_hands_over_again_after_its_wait_and_honours_the_late_acknowledgement(
    place: Place,
) -> None:
    """nats-server#4786: so one message is done twice, both times with success; only an inbox can tell."""
    heard, broker = Heard(), place.open()
    async with reader(place) as process:
        await broker.publish([message(1)])
        assert await said(process) == "got 1"
        process.send_signal(signal.SIGSTOP)
        async with broker.receive("shop", [PLACED], heard):
            await heard.count(1)
            process.send_signal(signal.SIGCONT)
            assert process.stdin is not None
            process.stdin.write(b"\n")
            assert await said(process) == "done 1"
        process.send_signal(signal.SIGKILL)
        await process.wait()
        async with broker.receive("shop", [PLACED], heard):
            await broker.publish([message(2)])
            await heard.count(2)
    assert heard.numbers == [1, 2]


@pytest.mark.parametrize("kind", some("nats"), indirect=True)
async def test_nats_stores_a_message_once_that_is_published_twice(broker: Broker) -> None:
    heard = Heard()
    async with broker.receive("shop", [PLACED], heard):
        await broker.publish([one := message(1)])
        await broker.publish([one, message(2)])
        await heard.count(2)
    assert heard.numbers == [1, 2]


@pytest.mark.parametrize("kind", some("nats"), indirect=True)
async def test_a_handler_slower_than_the_brokers_patience_keeps_its_message(place: Place) -> None:
    tuning = replace(HURRIED, redeliver_after=0.3)
    first, second = place.open(tuning), place.open(tuning)
    heard, go_on = Heard(), asyncio.Event()

    async def handle(one: Message) -> None:
        await heard(one)
        await go_on.wait()

    async with first.receive("shop", [PLACED], handle), second.receive("shop", [PLACED], heard):
        await first.publish([message(1)])
        await heard.count(1)
        with pytest.raises(TimeoutError):
            await heard.until(lambda seen: len(seen) > 1, seconds=1.0)
        go_on.set()


LIMITS = {"rabbitmq": 128 * 2**20, "nats": 2**20, "tansu": 2**20, "librdkafka": 2**20}
"""Bytes that each takes at most, unless it is configured otherwise."""


async def test_a_message_that_is_too_large_is_refused_by_name(place: Place, kind: str) -> None:
    broker = place.open(replace(HURRIED, timeout=30))
    huge = replace(message(1), data=b'"' + b"x" * LIMITS[kind] + b'"')
    with pytest.raises(MessageRefused) as refused:
        await broker.publish([message(0, key="another"), huge])
    assert refused.value.message == huge
    await broker.publish([message(2)])
