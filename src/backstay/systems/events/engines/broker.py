"""What every broker does for events, and what each of them can promise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import ClassVar, Final, Protocol
from urllib.parse import urlsplit

from msgspec import Struct

from backstay.kernel.errors import BackstayError, Unavailable

SCHEMES: Final = {
    "amqp": ("rabbitmq", "amqp"),
    "amqps": ("rabbitmq", "amqp"),
    "nats": ("nats", "nats"),
    "tls": ("nats", "nats"),
    "kafka": ("kafka", "kafka"),
    "kafkas": ("kafka", "kafka"),
}
"""What a `BROKER_URL` begins with, to the broker and to the extra that brings its driver."""


class BrokerUnavailable(Unavailable):
    """The broker did not confirm, or does not answer. Some messages may have left all the same."""

    code = "broker_unavailable"
    title = "The broker does not answer"


class MessageRefused(BackstayError):
    """The broker will never take this message, however often it is sent: it is too large."""

    code = "message_refused"
    status = 422
    title = "The broker does not take this event"

    def __init__(self, message: Message, why: str) -> None:
        """`why`: in the broker's words."""
        super().__init__(f"{message.type} {message.id}: {why}", id=message.id)
        self.message = message


class NotNow(Exception):
    """Raised by a handler that cannot work at present, whatever the message is.

    The message is handed over again, later, and this does not count towards its last delivery.
    """


class BrokerUrlInvalid(ValueError):
    """`BROKER_URL` names no broker that can be used; the message says what to change."""


class Message(Struct, frozen=True, kw_only=True):
    """An event on its way between deployments (CloudEvents 1.0.2)."""

    id: str
    """Unique together with `source`."""
    source: str
    type: str
    subject: str | None
    time: datetime
    key: str | None
    """Messages of one key keep their order (CloudEvents `partitionkey`); None: in any order."""
    data: bytes
    """JSON."""
    extensions: dict[str, str | int | bool]
    """Further attributes: lower-case letters and digits (`organizationid`, `traceparent`)."""


class BrokerPromises(Struct, frozen=True, kw_only=True):
    """What a broker keeps and what it cannot, in words for documentation and for whoever runs it."""

    confirms: str
    """What has happened to a message when `publish` returns."""
    order: str
    duplicates: str
    """What it removes of them by itself; the rest is the inbox's task."""
    keeps: str
    """What it does with messages that nobody reads."""
    crashes: str
    """What becomes of a message whose reader dies over it each time."""


class Tuning(Struct, frozen=True, kw_only=True):
    """How patient an engine is. The defaults suit deployments; tests hurry."""

    attempts: int = 5
    """How often a message is handled before it goes to the dead letters."""
    crashes: int = 20
    """Readers that may die or stop over a message before it goes there too, where a broker counts that."""
    first_delay: float = 0.2
    """Seconds until it is handled a second time; doubles each time."""
    longest_delay: float = 30.0
    timeout: float = 10.0
    """Seconds that the broker has to confirm or to answer."""
    redeliver_after: float = 30.0
    """Seconds until a silent reader's messages go to another one."""
    in_flight: int = 64
    """Messages that one process has taken and not yet settled, at most."""
    partitions: int = 8
    """Lines that keys are spread over, where the broker does not do it by itself; the same for everybody."""
    retention_days: float = 7.0
    """Days that the broker keeps events for groups that are away, where it keeps a log."""
    grace: float = 10.0
    """Seconds that running handlers have when a reader stops."""

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the attempt with this number, from 1."""
        return min(self.longest_delay, self.first_delay * 2.0 ** min(attempt - 1, 30))


Handle = Callable[[Message], Awaitable[None]]
"""What a reader does with a message; a raise means that it is not done."""


class Broker(Protocol):
    """A connection to a broker. It is opened when first used, and again after every outage."""

    name: ClassVar[str]
    promises: ClassVar[BrokerPromises]

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return once every message is confirmed to be kept; messages of one key in their order.

        Raises:
            BrokerUnavailable: at least one was not confirmed. Any of them may have left all the same:
                publishing them again makes duplicates, never gaps, and keeps each key's order once
                the duplicates are removed.
            MessageRefused: one of them will never be taken; others may have left.
        """
        ...

    def receive(self, group: str, types: Sequence[str], handle: Handle) -> AbstractAsyncContextManager[None]:
        """Hand every message of these types to one process of the group, at least once.

        Once entered, whatever is published from then on comes, also what is published while no
        process of the group runs. `handle` runs for one message of a key at a time. A message is
        acknowledged when it returns; when it raises, it is called again after a growing pause, and
        later messages of the key wait. After `Tuning.attempts` the message goes to the group's dead
        letters, as does what cannot be read. When the context ends, running handlers are waited
        for, and the rest stays with the broker.

        Raises:
            BrokerUnavailable: on entering. Later outages are sat out.
        """
        ...

    async def ping(self) -> None:
        """Return if the broker answers.

        Raises:
            BrokerUnavailable: it does not.
        """
        ...

    async def close(self) -> None:
        """Close the connection; the next use opens it again."""
        ...


def broker_of(url: str) -> str:
    """Which broker a `BROKER_URL` names: `rabbitmq`, `nats` or `kafka`.

    Raises:
        BrokerUrlInvalid: none.
    """
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        known = ", ".join(f"{one}:" for one in SCHEMES)
        raise BrokerUrlInvalid(f"BROKER_URL begins with {scheme!r}; it may begin with {known}")
    return SCHEMES[scheme][0]


def open_broker(url: str, *, prefix: str = "backstay", tuning: Tuning | None = None) -> Broker:
    """The broker that a `BROKER_URL` names: `amqp:`, `nats:` (`tls:`) or `kafka:` (`kafkas:` with TLS).

    Nothing is connected yet. What it makes on the broker has names that begin with `prefix`:
    deployments that exchange events have the same.

    Raises:
        BrokerUrlInvalid: it names none, or its driver is not installed.
    """
    if not prefix or not prefix.replace("-", "").replace("_", "").isalnum() or not prefix.isascii():
        raise BrokerUrlInvalid(f"the prefix {prefix!r} may have letters, digits, '-' and '_'")
    engine, tuning = broker_of(url), tuning or Tuning()
    try:
        if engine == "rabbitmq":
            # Late, as its driver comes with an extra.
            from backstay.systems.events.engines.rabbitmq import RabbitMq

            return RabbitMq(url, prefix, tuning)
        if engine == "nats":
            # Late, as its driver comes with an extra.
            from backstay.systems.events.engines.jetstream import JetStream

            return JetStream(url, prefix, tuning)
        # Late, as its driver comes with an extra.
        from backstay.systems.events.engines.kafka import Kafka

        return Kafka(url, prefix, tuning)
    except ModuleNotFoundError as missing:
        raise BrokerUrlInvalid(
            f"BROKER_URL names {engine}, and its driver is not installed ({missing.name}): "
            f"pip install 'backstay[{SCHEMES[urlsplit(url).scheme][1]}]'"
        ) from missing
