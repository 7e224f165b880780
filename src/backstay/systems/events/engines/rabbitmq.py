"""RabbitMQ: quorum queues, one for each group, one active consumer at a time.

Sources: RabbitMQ's guides on publisher confirms, quorum queues (delivery limit, at-least-once dead
lettering), single active consumers and alternate exchanges; needs RabbitMQ 3.10 or later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import ClassVar, Final
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aiormq.exceptions import AMQPError, ChannelInvalidStateError
from typing_extensions import override

from backstay.systems.events.engines.broker import (
    BrokerPromises,
    BrokerUnavailable,
    Handle,
    Message,
    MessageRefused,
    Tuning,
)
from backstay.systems.events.engines.cloudevents import CONTENT_TYPE, encode
from backstay.systems.events.engines.failures import translated
from backstay.systems.events.engines.intake import Intake, Run
from backstay.systems.events.engines.lines import publish_in_lines
from backstay.systems.events.engines.reception import receiving

_UNROUTED: Final = 100_000
"""Messages that no group was bound for, kept for somebody to look at; the oldest go first."""
_HEARTBEAT: Final = 15
"""Seconds until a silent connection counts as dead, on either side."""
_Failures = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError, RuntimeError)


class RabbitMq:
    """Events on a topic exchange, by type; each group has a queue of its own."""

    name: ClassVar[str] = "rabbitmq"
    promises: ClassVar[BrokerPromises] = BrokerPromises(
        confirms="on disk at a majority of every bound queue's members (publisher confirms, quorum queues)",
        order="per key: one process of a group is active at a time (single active consumer)",
        duplicates="none are removed",
        keeps=f"events that no group is bound for go to `<prefix>.unrouted`, {_UNROUTED:,} of them; "
        "a group's queue is not limited",
        crashes="goes to the dead letters when more than `crashes` readers died or stopped over it (delivery "
        "limit)",
    )

    def __init__(self, url: str, prefix: str, tuning: Tuning) -> None:
        """Use `open_broker`."""
        self._url = url
        self._where = urlsplit(url).hostname or "localhost"
        self._prefix = prefix
        self._tuning = tuning
        self._opening = asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchanges_at: tuple[AbstractExchange, AbstractExchange] | None = None

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `Broker.publish`."""
        try:
            async with translated(self._where, _Failures):
                events, _dead = await self._exchanges()
            await publish_in_lines(messages, lambda message: self._send(events, message))
        except BrokerUnavailable:
            # What happened to this connection cannot be known; the next attempt has a new one.
            await self.close()
            raise

    async def _send(self, events: AbstractExchange, message: Message) -> None:
        body = encode(message)
        try:
            async with translated(self._where, _Failures):
                await self._put(events, message, body)
        except BrokerUnavailable as failure:
            # Every message under way is told of the one that closes the channel; its size tells which.
            if f"message size {len(body)} is larger" in str(failure):
                raise MessageRefused(message, str(failure)) from failure
            raise

    async def _put(self, events: AbstractExchange, message: Message, body: bytes) -> None:
        await events.publish(
            aio_pika.Message(
                body,
                content_type=CONTENT_TYPE,
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=message.id,
                timestamp=message.time,
                type=message.type,
                headers={"source": message.source},
            ),
            routing_key=message.type,
            mandatory=True,
            timeout=self._tuning.timeout,
        )

    def receive(self, group: str, types: Sequence[str], handle: Handle) -> AbstractAsyncContextManager[None]:
        """See `Broker.receive`."""

        async def bury(body: bytes, error: str, attempts: int) -> None:
            async with translated(self._where, _Failures):
                _events, dead = await self._exchanges()
                await dead.publish(
                    aio_pika.Message(
                        body,
                        content_type=CONTENT_TYPE,
                        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                        headers={"error": error, "attempts": attempts},
                    ),
                    routing_key=group,
                    mandatory=True,
                    timeout=self._tuning.timeout,
                )

        # Whatever is in the group's queue was bound for it, by this process or by a newer one.
        intake = Intake(lambda _message: True, handle, bury, self._tuning)

        async def session(run: Run) -> None:
            async with translated(self._where, _Failures):
                await self._consume(group, types, intake, run)

        return receiving(session, intake, self._tuning)

    async def _consume(self, group: str, types: Sequence[str], intake: Intake, run: Run) -> None:
        connection = await self._connect()
        try:
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=self._tuning.in_flight)
            await self._declare_exchanges(channel)
            await self._declare_dead(channel, group)
            queue = await channel.declare_queue(
                f"{self._prefix}.{group}",
                durable=True,
                arguments={
                    "x-queue-type": "quorum",
                    "x-single-active-consumer": True,
                    "x-delivery-limit": self._tuning.crashes,
                    "x-dead-letter-exchange": f"{self._prefix}.dead",
                    "x-dead-letter-routing-key": group,
                    # A dead letter leaves the queue only once the other one has it.
                    "x-dead-letter-strategy": "at-least-once",
                    "x-overflow": "reject-publish",
                },
            )
            for type_ in types:
                await queue.bind(f"{self._prefix}.events", type_)

            lost = asyncio.Event()
            channel.close_callbacks.add(lambda *_: lost.set())
            connection.close_callbacks.add(lambda *_: lost.set())

            async def take(message: AbstractIncomingMessage) -> None:
                intake.take(_Delivery(message))

            tag = await queue.consume(take)
            run.stand()
            await _either(lost, run.stopping)
            if lost.is_set():
                raise BrokerUnavailable(f"the connection to {self._where} was lost")
            await queue.cancel(tag, timeout=self._tuning.timeout)
            await intake.finish()
        finally:
            await _quietly_close(connection)

    async def ping(self) -> None:
        """See `Broker.ping`."""
        async with translated(self._where, _Failures):
            await self._exchanges()
            if self._connection is not None:
                channel = await self._connection.channel()
                await channel.close()

    async def close(self) -> None:
        """See `Broker.close`."""
        connection, self._connection = self._connection, None
        self._channel = self._exchanges_at = None
        if connection is not None:
            await _quietly_close(connection)

    async def _exchanges(self) -> tuple[AbstractExchange, AbstractExchange]:
        """Where to publish, over a connection that stood a moment ago."""
        async with self._opening:
            channel = self._channel
            if channel is not None and not channel.is_closed and self._exchanges_at is not None:
                return self._exchanges_at
            await self.close()
            self._connection = await self._connect()
            self._channel = channel = await self._connection.channel(on_return_raises=True)
            self._exchanges_at = await self._declare_exchanges(channel)
            return self._exchanges_at

    async def _connect(self) -> AbstractConnection:
        return await aio_pika.connect(
            self._url, timeout=self._tuning.timeout, heartbeat=_HEARTBEAT, connection_class=_Connection
        )

    async def _declare_exchanges(self, channel: AbstractChannel) -> tuple[AbstractExchange, AbstractExchange]:
        unrouted = await channel.declare_exchange(f"{self._prefix}.unrouted", "fanout", durable=True)
        rest = await channel.declare_queue(
            f"{self._prefix}.unrouted",
            durable=True,
            arguments={"x-queue-type": "quorum", "x-max-length": _UNROUTED},
        )
        await rest.bind(unrouted)
        events = await channel.declare_exchange(
            f"{self._prefix}.events",
            "topic",
            durable=True,
            arguments={"alternate-exchange": f"{self._prefix}.unrouted"},
        )
        dead = await channel.declare_exchange(f"{self._prefix}.dead", "direct", durable=True)
        return events, dead

    async def _declare_dead(self, channel: AbstractChannel, group: str) -> None:
        queue = await channel.declare_queue(
            f"{self._prefix}.dead.{group}", durable=True, arguments={"x-queue-type": "quorum"}
        )
        await queue.bind(f"{self._prefix}.dead", group)


class _Connection(aio_pika.Connection):
    """A connection that is closed when it could not be made.

    aio_pika's own leaves that to the garbage collector, which may come when no loop runs any more.
    """

    @override
    async def connect(self, timeout: float | None = None) -> None:
        try:
            await super().connect(timeout)
        except BaseException:
            await self.close()
            raise


class _Delivery:
    """A message from a queue. The broker counts its deliveries itself."""

    def __init__(self, message: AbstractIncomingMessage) -> None:
        self.body = message.body
        self.count = 1
        self._message = message

    async def ack(self) -> None:
        with suppress(*_Failures):
            await self._message.ack()

    async def hold(self) -> None:
        """Needless: what a connection holds stays with it."""


async def _either(*events: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _quietly_close(connection: AbstractConnection) -> None:
    with suppress(*_Failures):
        async with asyncio.timeout(5):
            await connection.close()
