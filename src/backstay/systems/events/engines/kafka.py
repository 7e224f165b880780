"""Kafka, and what speaks its protocol: one topic; the partition of a message follows from its key.

Sources: Kafka's protocol and design documentation (acknowledgements, consumer groups, offsets);
aiokafka's documentation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    RecordTooLargeError,
)

from backstay.kernel.tasks import end
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
from backstay.systems.events.engines.kafka_cluster import make_topics, options
from backstay.systems.events.engines.lines import publish_in_lines
from backstay.systems.events.engines.reception import receiving

_POLL: Final = 0.5
"""Seconds that a fetch waits for messages before it looks whether to stop."""
_LEAST_SESSION: Final = 6.0
"""Seconds: brokers refuse shorter ones unless they are told otherwise (`group.min.session.timeout.ms`)."""
_Failures: Final = (KafkaError, OSError, TimeoutError)


class Kafka:
    """Events in one topic; each group has its own offsets."""

    name: ClassVar[str] = "kafka"
    promises: ClassVar[BrokerPromises] = BrokerPromises(
        confirms="written by all replicas that are in sync (`acks=all`); brokers flush to disk on their own "
        "time",
        order="per key, as long as the topic's partitions stay as many; while a group is rebalanced two of "
        "its processes may hold the same message",
        duplicates="none are removed",
        keeps="everything, for the topic's retention; a group that was away for longer than the brokers' "
        "`offsets.retention.minutes` (a week) begins anew, at the end",
        crashes="is handed over again for ever: Kafka does not count deliveries",
    )

    def __init__(self, url: str, prefix: str, tuning: Tuning) -> None:
        """Use `open_broker`."""
        self._options, self._where = options(url)
        self._topic = f"{prefix}.events"
        self._prefix = prefix
        self._tuning = tuning
        self._opening = asyncio.Lock()
        self._producer: Any = None

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `Broker.publish`."""
        try:
            producer = await self._open()
            await publish_in_lines(messages, lambda message: self._send(producer, message))
        except BrokerUnavailable:
            # What it still tries to send would come late; the next attempt has a new producer.
            await self.close()
            raise

    async def _send(self, producer: AIOKafkaProducer, message: Message) -> None:
        key = None if message.key is None else message.key.encode()
        async with translated(self._where, _Failures):
            try:
                await producer.send_and_wait(self._topic, encode(message), key=key, headers=_headers({}))
            except (MessageSizeTooLargeError, RecordTooLargeError) as failure:
                raise MessageRefused(message, str(failure)) from failure

    def receive(self, group: str, types: Sequence[str], handle: Handle) -> AbstractAsyncContextManager[None]:
        """See `Broker.receive`."""
        wanted = frozenset(types)
        dead = f"{self._prefix}.dead.{group}"

        async def bury(body: bytes, error: str, attempts: int) -> None:
            headers = _headers({"error": error, "attempts": str(attempts)})
            producer = await self._open()
            async with translated(self._where, _Failures):
                await producer.send_and_wait(dead, body, headers=headers)

        intake = Intake(lambda message: message.type in wanted, handle, bury, self._tuning)

        async def session(run: Run) -> None:
            async with translated(self._where, _Failures):
                await self._begin(group, await make_topics(self._options, self._tuning, self._topic, dead))
                await self._consume(group, intake, run)

        return receiving(session, intake, self._tuning)

    async def _begin(self, group: str, partitions: Iterable[int]) -> None:
        """Note where a group begins that is new: at the end, as of now, whenever it first reads."""
        consumer = AIOKafkaConsumer(**self._options, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            places = [TopicPartition(self._topic, number) for number in partitions]
            consumer.assign(places)
            if any([await consumer.committed(place) is not None for place in places]):
                return
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(places)
            # Refused where the group has members already: then it is not new.
            with suppress(KafkaError):
                await consumer.commit(dict(ends))
        finally:
            await consumer.stop()

    async def _consume(self, group: str, intake: Intake, run: Run) -> None:
        session = max(_LEAST_SESSION, self._tuning.redeliver_after)
        consumer = AIOKafkaConsumer(
            **self._options,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(session * 1000),
            heartbeat_interval_ms=int(session * 1000 / 10),
        )
        run.stand()
        stopping = asyncio.create_task(run.stopping.wait())
        try:
            consumer.subscribe([self._topic])
            starting = asyncio.create_task(consumer.start())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                await end(starting)
                return
            await starting
            while not stopping.done():
                found = await consumer.getmany(
                    timeout_ms=int(_POLL * 1000), max_records=self._tuning.in_flight
                )
                await self._work(consumer, found, intake, stopping)
        finally:
            stopping.cancel()
            await consumer.stop()

    async def _work(
        self,
        consumer: AIOKafkaConsumer,
        found: Mapping[TopicPartition, Sequence[ConsumerRecord[bytes, bytes]]],
        intake: Intake,
        stopping: asyncio.Task[bool],
    ) -> None:
        """Settle what was fetched, and move the group's offsets past what is settled without a gap."""
        deliveries = {
            place: [_Delivery(record.value or b"", record.offset) for record in records]
            for place, records in found.items()
        }
        if not deliveries:
            return
        for several in deliveries.values():
            for delivery in several:
                intake.take(delivery)
        settled = asyncio.create_task(intake.settled())
        await asyncio.wait({settled, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            await intake.finish()
        await settled
        offsets: dict[TopicPartition, int] = {}
        for place, several in deliveries.items():
            for delivery in several:
                if not delivery.settled:
                    break
                offsets[place] = delivery.offset + 1
        mine = consumer.assignment()
        offsets = {place: offset for place, offset in offsets.items() if place in mine}
        if offsets:
            # Refused when the group was rebalanced meanwhile: then they come again.
            with suppress(KafkaError):
                await consumer.commit(offsets)

    async def ping(self) -> None:
        """See `Broker.ping`."""
        producer = await self._open()
        async with translated(self._where, _Failures), asyncio.timeout(self._tuning.timeout):
            await producer.client.fetch_all_metadata()

    async def close(self) -> None:
        """See `Broker.close`."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await self._quietly_stop(producer)

    async def _quietly_stop(self, client: Any) -> None:
        with suppress(*_Failures):
            async with asyncio.timeout(self._tuning.timeout):
                await client.stop()

    async def _open(self) -> AIOKafkaProducer:
        """Who publishes; it connects to brokers again by itself."""
        async with self._opening, translated(self._where, _Failures):
            if self._producer is None:
                await make_topics(self._options, self._tuning, self._topic)
                producer = AIOKafkaProducer(
                    **self._options,
                    acks="all",
                    request_timeout_ms=int(self._tuning.timeout * 1000),
                )
                try:
                    await producer.start()
                except BaseException:
                    await self._quietly_stop(producer)
                    raise
                self._producer = producer
            return self._producer


@dataclass(eq=False)
class _Delivery:
    """A record that was fetched; Kafka keeps offsets, not messages, so that settling is noted here."""

    body: bytes
    offset: int
    count: int = 1
    settled: bool = False

    async def ack(self) -> None:
        self.settled = True

    async def hold(self) -> None:
        """Needless: heartbeats speak for the whole process."""


def _headers(more: Mapping[str, str]) -> list[tuple[str, bytes]]:
    return [("content-type", CONTENT_TYPE.encode()), *((key, value.encode()) for key, value in more.items())]
