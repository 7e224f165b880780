"""Taking what other deployments publish into the log, where it is an event like any other.

The log is the inbox: an event is written once for its source and id, however often it comes.
From then on positions, subscriptions, projections and replays treat it as one of our own.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import CommitFailed, CommitUnknown, Database, LostRace, UnitOfWork
from backstay.kernel.errors import Unavailable
from backstay.systems.events.engines.broker import Broker, BrokerUnavailable, Message, NotNow
from backstay.systems.events.queries import log, relay
from backstay.systems.events.service.part import Events

_log: Final = logging.getLogger("backstay.events")
_AWAY: Final = 1.0
"""Seconds between attempts to begin while the broker does not answer."""
_TRACE: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class NotForUs(ValueError):
    """An event that this deployment cannot keep; the message says why."""


class Receiver:
    """One process's receiver. Any number may run, as one group."""

    def __init__(self, database: Database, events: Events, broker: Broker, *, types: Sequence[str]) -> None:
        """`types`: which are received besides those that only others publish."""
        self._database = database
        self._events = events
        self._broker = broker
        self.types = sorted({*events.catalog.foreign, *types})
        self.group = re.sub(r"[^A-Za-z0-9_-]", "-", events.application)

    async def run(self) -> None:
        """Receive until cancelled."""
        if not self.types:
            return
        away = False
        while True:
            try:
                async with self._broker.receive(self.group, self.types, self.take):
                    _log.info("events are received from %s: %s", self._broker.name, ", ".join(self.types))
                    away = False
                    self._events.receiving = True
                    await asyncio.Event().wait()
            except BrokerUnavailable as failure:
                if not away:
                    _log.warning("events cannot be received yet: %s", failure)
                away = True
            finally:
                self._events.receiving = False
            await asyncio.sleep(_AWAY)

    async def take(self, message: Message) -> None:
        """Write an event into the log unless it is there; what came from here is left where it is.

        Raises:
            NotForUs: it names no organization.
            NotNow: the database does not answer.
        """
        if message.source.startswith(f"/{self._events.application}/"):
            return
        actor = _actor_of(message)
        try:
            await self._database.run(actor, partial(_keep, message=message))
        except (Unavailable, LostRace, CommitFailed, CommitUnknown) as failure:
            raise NotNow(str(failure)) from failure


def _actor_of(message: Message) -> Actor:
    """Whoever caused it, in the organization that it happened in."""
    return Actor(
        id=_uuid(message, "actorid") or UUID(int=0),
        kind=ActorKind.SERVICE,
        name=f"events of {message.source}",
        organization_id=_organization(message),
        permissions=frozenset(),
    )


def _organization(message: Message) -> UUID:
    found = _uuid(message, "organizationid")
    if found is None:
        raise NotForUs("it has no organizationid, or none that is a UUID")
    return found


def _uuid(message: Message, name: str) -> UUID | None:
    try:
        return UUID(str(message.extensions.get(name, "")))
    except ValueError:
        return None


def id_of(message: Message) -> UUID:
    """Its id in the log: its own, where that is a UUID; else one that follows from it and its source."""
    try:
        return UUID(message.id)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"{message.source}\n{message.id}")


async def _keep(uow: UnitOfWork, *, message: Message) -> None:
    id_ = id_of(message)
    if await uow.first(log.KNOWN, source=message.source, id=id_) is not None:
        return
    # No module's name begins so: another deployment's stream is never taken for one of ours.
    stream = None if message.key is None else f"@{message.source} {message.key}"
    trace = str(message.extensions.get("traceparent", ""))
    await uow.execute(
        log.WRITE,
        id=id_,
        source=message.source,
        type=message.type,
        subject=message.subject,
        stream=stream,
        version=await _version(uow, stream, message),
        time=message.time,
        actor_id=uow.actor.id,
        data=message.data.decode(),
        traceparent=trace if _TRACE.fullmatch(trace) else None,
        request_id=None,
        received=True,
    )
    uow.after_commit(uow.part(Events).wake)


async def _version(uow: UnitOfWork, stream: str | None, message: Message) -> int | None:
    """The number that its publisher gave it; None where another event has it: the publisher began anew."""
    version = message.extensions.get("streamversion")
    if stream is None or not isinstance(version, int) or isinstance(version, bool):
        return None
    if await uow.first(relay.TAKEN, stream=stream, version=version) is not None:
        return None
    return version
