"""Brokers to test against, each behind a proxy that can cut it off, and what lies in their dead letters."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import aio_pika
import nats
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Producer

from backstay.proving.proxy import TcpProxy
from backstay.systems.events.engines.broker import Broker, Tuning, open_broker
from tests.plugins.servers import RABBITMQ
from tests.tools_env import executable

HURRIED = Tuning(
    attempts=3, first_delay=0.01, longest_delay=0.1, timeout=3, redeliver_after=2, partitions=4, grace=2
)


class Letter(Protocol):
    """What the test needs of a dead letter."""

    body: bytes
    error: str


class Place:
    """A broker of one test's own, or names of its own on a shared one."""

    counts_crashes = True
    """Whether deliveries to readers that die are counted."""

    def __init__(self, url: str, proxy: TcpProxy | None) -> None:
        self.url = url
        self.proxy = proxy
        self.prefix = f"t{uuid4().hex[:10]}"
        self._opened: list[Broker] = []

    def open(self, tuning: Tuning = HURRIED) -> Broker:
        """A broker as a deployment has it."""
        broker = open_broker(self.url, prefix=self.prefix, tuning=tuning)
        self._opened.append(broker)
        return broker

    async def close(self) -> None:
        for broker in self._opened:
            await broker.close()

    async def away(self) -> None:
        """Cut every connection, and let no new one do anything."""
        assert self.proxy is not None
        self.proxy.black_hole()
        self.proxy.cut()

    async def back(self) -> None:
        """Let it be reached again."""
        assert self.proxy is not None
        self.proxy.heal()

    async def dead(self, group: str, count: int) -> list[tuple[bytes, str]]:
        """The first dead letters of a group, with what was said of each."""
        raise NotImplementedError

    async def raw(self, type_: str, body: bytes) -> None:
        """Publish something that backstay did not write."""
        raise NotImplementedError


class RabbitPlace(Place):
    """Names of a test's own on the shared RabbitMQ, behind a proxy of the test's own."""

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[Any]:
        async with await aio_pika.connect(RABBITMQ) as connection, connection.channel() as channel:
            yield channel

    async def dead(self, group: str, count: int) -> list[tuple[bytes, str]]:
        async with self._channel() as channel:
            queue = await channel.get_queue(f"{self.prefix}.dead.{group}")
            found = []
            async with queue.iterator(timeout=10) as letters:
                async for letter in letters:
                    await letter.ack()
                    found.append(
                        (letter.body, str(letter.headers.get("error", letter.headers.get("x-death"))))
                    )
                    if len(found) == count:
                        break
            return found

    async def raw(self, type_: str, body: bytes) -> None:
        async with self._channel() as channel:
            exchange = await channel.get_exchange(f"{self.prefix}.events")
            await exchange.publish(aio_pika.Message(body), type_)

    async def remove(self, *groups: str) -> None:
        """Delete everything with this prefix."""
        async with self._channel() as channel:
            for name in ["unrouted", *groups, *(f"dead.{group}" for group in groups)]:
                await channel.queue_delete(f"{self.prefix}.{name}")
            for name in ["unrouted", "events", "dead"]:
                await channel.exchange_delete(f"{self.prefix}.{name}")


class NatsPlace(Place):
    """A nats-server of a test's own, whose files outlive it."""

    direct = ""

    async def dead(self, group: str, count: int) -> list[tuple[bytes, str]]:
        client = await nats.connect(self.direct)
        try:
            reader = await client.jetstream().subscribe(
                f"{self.prefix}.dead.{group}", stream=f"{self.prefix}-dead", ordered_consumer=True
            )
            letters = [await reader.next_msg(timeout=10) for _ in range(count)]
            return [(letter.data, (letter.headers or {})["error"]) for letter in letters]
        finally:
            await client.close()

    async def raw(self, type_: str, body: bytes) -> None:
        client = await nats.connect(self.direct)
        await client.jetstream().publish(f"{self.prefix}.events.0.{type_}", body)
        await client.close()


class KafkaPlace(Place):
    """A broker of a test's own that speaks Kafka."""

    counts_crashes = False
    direct = ""

    async def dead(self, group: str, count: int) -> list[tuple[bytes, str]]:
        topic = f"{self.prefix}.dead.{group}"
        async with (
            asyncio.timeout(10),
            AIOKafkaConsumer(topic, bootstrap_servers=self.direct, auto_offset_reset="earliest") as reader,
        ):
            letters = [await reader.getone() for _ in range(count)]
            return [(letter.value or b"", dict(letter.headers)["error"].decode()) for letter in letters]

    async def raw(self, type_: str, body: bytes) -> None:
        producer = Producer({"bootstrap.servers": self.direct})
        producer.produce(f"{self.prefix}.events", body)
        # Not in this thread: its loop runs the proxy.
        assert await asyncio.to_thread(producer.flush, 10) == 0


class Process:
    """A server process that can be killed and started again on the same port and files."""

    def __init__(self, *command: str, port: int) -> None:
        self._command = command
        self.port = port
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(20):
            while True:
                try:
                    _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.01)
                else:
                    writer.close()
                    return

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def rabbitmq(_folder: Path) -> AsyncIterator[Place]:
    parts = urlsplit(RABBITMQ)
    async with TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5672, Random(1)) as proxy:
        account, _, _ = parts.netloc.rpartition("@")
        url = urlunsplit(parts._replace(netloc=f"{account}@127.0.0.1:{proxy.port}"))
        place = RabbitPlace(url, proxy)
        try:
            yield place
        finally:
            await place.close()
            await place.remove("shop", "bank", "seller")


@asynccontextmanager
async def nats_server(folder: Path) -> AsyncIterator[Place]:
    port = free_port()
    server = Process(
        str(executable("nats-server")),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-js",
        "-sd",
        str(folder),
        port=port,
    )
    await server.start()
    try:
        async with TcpProxy("127.0.0.1", port, Random(1)) as proxy:
            place = NatsPlace(f"nats://127.0.0.1:{proxy.port}", proxy)
            place.direct = f"nats://127.0.0.1:{port}"
            # Killed, not cut off: it has files to come back with.
            place.away, place.back = server.kill, server.start  # type: ignore[method-assign]  # this one's own
            try:
                yield place
            finally:
                await place.close()
    finally:
        await server.kill()


@asynccontextmanager
async def tansu(_folder: Path) -> AsyncIterator[Place]:
    port = free_port()
    async with TcpProxy("127.0.0.1", port, Random(1)) as proxy:
        server = Process(
            *(str(executable("tansu")), "broker", "--storage-engine", "memory://tansu/"),
            *("--listener-url", f"tcp://127.0.0.1:{port}"),
            *("--advertised-listener-url", f"tcp://127.0.0.1:{proxy.port}"),
            port=port,
        )
        await server.start()
        place = KafkaPlace(f"kafka://127.0.0.1:{proxy.port}", proxy)
        place.direct = f"127.0.0.1:{proxy.port}"
        try:
            yield place
        finally:
            await place.close()
            await server.kill()


@asynccontextmanager
async def librdkafka(_folder: Path) -> AsyncIterator[Place]:
    # librdkafka's own test cluster: it lives in this process and listens on real ports.
    cluster = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 3})
    brokers = cluster.list_topics(timeout=10).brokers.values()
    addresses = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
    place = KafkaPlace(f"kafka://{addresses}", None)
    place.direct = addresses
    try:
        yield place
    finally:
        await place.close()
        del cluster


PLACES: dict[str, Callable[[Path], Any]] = {
    "rabbitmq": rabbitmq,
    "nats": nats_server,
    "tansu": tansu,
    "librdkafka": librdkafka,
}
