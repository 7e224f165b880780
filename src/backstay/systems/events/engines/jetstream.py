"""NATS JetStream: one stream, whose subjects name a line and a type; durable pull consumers, one a line.

A durable consumer with `max_ack_pending=1` is the server's own promise that nobody of a group gets
a line's next message before the last one is settled, however many processes pull. Lines are chosen
by the message's key, so the order of each key is kept and lines go side by side.

Sources: NATS' documentation of JetStream (publishing with acknowledgement, deduplication by
`Nats-Msg-Id`, pull consumers) and its ADR-37; needs nats-server 2.9 or later.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import ClassVar, Final
from urllib.parse import urlsplit
from zlib import crc32

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, MaxPayloadError
from nats.errors import TimeoutError as NothingCame
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

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
from backstay.systems.events.engines.lines import publish_in_lines
from backstay.systems.events.engines.reception import receiving

_DEDUPLICATED: Final = 120.0
"""Seconds within which the server recognises a message that comes twice; its own default."""
_PULL: Final = 5.0
"""Seconds that a pull waits at the server before it is made anew."""
_DAY: Final = 86_400.0
_Failures: Final = (Error, OSError, TimeoutError)
_ILLEGAL: Final = re.compile(r"[^A-Za-z0-9_.-]")


class JetStream:
    """Events in one stream, kept for some days; each group has its own place in every line."""

    name: ClassVar[str] = "nats"
    promises: ClassVar[BrokerPromises] = BrokerPromises(
        confirms="stored by JetStream (PubAck), at a majority of the stream's replicas; a server flushes to "
        "disk every two minutes unless `sync_interval` says otherwise",
        order="per key, also among the processes of a group: a line's next message is not handed out before "
        "the last one is settled",
        duplicates=f"a message that is published twice within {_DEDUPLICATED:.0f} s is stored once",
        keeps="everything, for `retention_days`",
        crashes="goes to the dead letters when more than `crashes` readers died over it",
    )

    def __init__(self, url: str, prefix: str, tuning: Tuning) -> None:
        """Use `open_broker`."""
        self._servers = url.split(",")
        self._where = urlsplit(self._servers[0]).hostname or "localhost"
        self._prefix = prefix
        self._tuning = tuning
        self._opening = asyncio.Lock()
        self._client: Client | None = None

    async def publish(self, messages: Sequence[Message]) -> None:
        """See `Broker.publish`."""
        try:
            stream = await self._stream()
            await publish_in_lines(messages, lambda message: self._send(stream, message))
        except BrokerUnavailable:
            # What happened to this connection cannot be known; the next attempt has a new one.
            await self.close()
            raise

    async def _send(self, stream: JetStreamContext, message: Message) -> None:
        key = message.id if message.key is None else message.key
        line = crc32(key.encode()) % self._tuning.partitions
        subject = f"{self._prefix}.events.{line}.{_ILLEGAL.sub('_', message.type).strip('.')}"
        headers = {"Nats-Msg-Id": f"{message.source}/{message.id}", "content-type": CONTENT_TYPE}
        async with translated(self._where, _Failures):
            try:
                await self._put(stream, f"{self._prefix}-events", subject, encode(message), headers)
            except MaxPayloadError as failure:
                raise MessageRefused(message, str(failure)) from failure

    async def _put(
        self, stream: JetStreamContext, name: str, subject: str, body: bytes, headers: dict[str, str]
    ) -> None:
        await stream.publish(subject, body, timeout=self._tuning.timeout, stream=name, headers=headers)

    def receive(self, group: str, types: Sequence[str], handle: Handle) -> AbstractAsyncContextManager[None]:
        """See `Broker.receive`."""
        wanted = frozenset(types)

        async def bury(body: bytes, error: str, attempts: int) -> None:
            headers = {"content-type": CONTENT_TYPE, "error": _header(error), "attempts": str(attempts)}
            stream = await self._stream()
            async with translated(self._where, _Failures):
                await self._put(stream, f"{self._prefix}-dead", f"{self._prefix}.dead.{group}", body, headers)

        intake = Intake(lambda message: message.type in wanted, handle, bury, self._tuning)

        async def session(run: Run) -> None:
            async with translated(self._where, _Failures):
                await self._consume(group, intake, run)

        return receiving(session, intake, self._tuning)

    async def _consume(self, group: str, intake: Intake, run: Run) -> None:
        client = await self._connect()
        tasks: list[asyncio.Task[None]] = []
        try:
            stream = client.jetstream(timeout=self._tuning.timeout)
            await self._make_streams(stream)
            for line in range(self._tuning.partitions):
                name = f"{group}-{line}"
                await stream.add_consumer(
                    f"{self._prefix}-events",
                    ConsumerConfig(
                        durable_name=name,
                        deliver_policy=DeliverPolicy.NEW,
                        ack_policy=AckPolicy.EXPLICIT,
                        ack_wait=self._tuning.redeliver_after,
                        max_ack_pending=1,
                        filter_subject=f"{self._prefix}.events.{line}.>",
                    ),
                )
                pull = await stream.pull_subscribe_bind(name, f"{self._prefix}-events")
                tasks.append(asyncio.create_task(self._pull(pull, intake)))
            tasks.append(asyncio.create_task(intake.hold()))
            run.stand()
            stopping = asyncio.create_task(run.stopping.wait())
            ended, _ = await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stopping not in ended:
                stopping.cancel()
                for task in ended:
                    # The driver cancels what waits on a connection that ends.
                    if task.cancelled():
                        raise BrokerUnavailable(f"the connection to {self._where} was lost")
                    task.result()
            await end(*tasks[:-1])
            await intake.finish()
        finally:
            await end(*tasks)
            for task in tasks:
                if not task.cancelled():
                    task.exception()  # looked at: what a lost connection did to them was told already
            await _quietly_close(client)

    async def _pull(self, pull: JetStreamContext.PullSubscription, intake: Intake) -> None:
        while True:
            try:
                messages = await pull.fetch(1, timeout=_PULL)
            except NothingCame:
                continue
            for message in messages:
                intake.take(_Delivery(message))

    async def ping(self) -> None:
        """See `Broker.ping`."""
        stream = await self._stream()
        async with translated(self._where, _Failures):
            await stream.account_info()

    async def close(self) -> None:
        """See `Broker.close`."""
        client, self._client = self._client, None
        if client is not None:
            await _quietly_close(client)

    async def _stream(self) -> JetStreamContext:
        """Where to publish, over a connection that stood a moment ago."""
        async with self._opening, translated(self._where, _Failures):
            client = self._client
            if client is None or not client.is_connected:
                await self.close()
                self._client = client = await self._connect()
                await self._make_streams(client.jetstream(timeout=self._tuning.timeout))
            return client.jetstream(timeout=self._tuning.timeout)

    async def _connect(self) -> Client:
        # Without the driver's own reconnecting: it would keep what is being published for later,
        # and send it after `publish` has said that it failed.
        client = Client()
        try:
            async with asyncio.timeout(self._tuning.timeout):
                await client.connect(
                    self._servers,
                    name=self._prefix,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    ping_interval=10,
                    max_outstanding_pings=2,
                    error_cb=_told_elsewhere,
                )
        except BaseException:
            await _quietly_close(client)
            raise
        return client

    async def _make_streams(self, stream: JetStreamContext) -> None:
        """Make what is not there; what is there may have been tuned by whoever runs it."""
        for name, subjects in (("events", f"{self._prefix}.events.>"), ("dead", f"{self._prefix}.dead.>")):
            try:
                await stream.stream_info(f"{self._prefix}-{name}")
            except NotFoundError:
                await stream.add_stream(
                    StreamConfig(
                        name=f"{self._prefix}-{name}",
                        subjects=[subjects],
                        retention=RetentionPolicy.LIMITS,
                        storage=StorageType.FILE,
                        max_age=self._tuning.retention_days * _DAY if name == "events" else 0,
                        duplicate_window=_DEDUPLICATED,
                    )
                )


class _Delivery:
    """A message that was pulled."""

    def __init__(self, message: Msg) -> None:
        self.body = message.data
        self.count = message.metadata.num_delivered or 1
        self._message = message

    async def ack(self) -> None:
        with suppress(*_Failures):
            await self._message.ack()

    async def hold(self) -> None:
        with suppress(*_Failures):
            await self._message.in_progress()


def _header(text: str) -> str:
    """Text that fits into one line of a header."""
    return " ".join(text.split()).encode("ascii", "replace").decode()


async def _told_elsewhere(_error: Exception) -> None:
    """Whoever waits gets the error; the driver would also print it."""


async def _quietly_close(client: Client) -> None:
    with suppress(*_Failures):
        async with asyncio.timeout(5):
            await client.close()
