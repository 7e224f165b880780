"""What this process knows of sessions, and how it forgets within a second what another process ended.

Every ending has a number, and numbers become visible in their order. A process keeps the
sessions that it has read and asks every moment for the numbers since the last one it saw;
the database wakes it sooner. What it knows counts only while it has asked within the last
`TRUSTED` seconds and since its own last ending: a process that cannot ask, was asleep, or has
itself ended something, asks before it answers.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.kernel.errors import BackstayError
from backstay.kernel.tasks import end
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.identity.queries.sessions import CHANNEL, Standing
from backstay.systems.identity.service.changes import OwnChanges
from backstay.systems.identity.service.keyring import Keyring

TRUSTED: Final = 0.7
"""Seconds: how old the last look may be, and so how long a session that was ended elsewhere may answer."""
POLL: Final = 0.4
_FORGOTTEN: Final = 600.0
"""Seconds without a look after which numbers may be missing, for they are removed after an hour."""
_KEPT: Final = 20_000
_SEEN_EVERY: Final = timedelta(minutes=1)
_FLUSH: Final = 15.0
"""Seconds between two notes of which cookie sessions were used."""


class Standings:
    """The sessions of one process."""

    def __init__(self, database: Database, keyring: Keyring, own: OwnChanges) -> None:
        self._database = database
        self._own = own
        self._own_seen = 0
        self._keyring = keyring
        self._known: dict[UUID, Standing] = {}
        self._of_user: dict[UUID, set[UUID]] = {}
        self._revision: int | None = None
        self._looked = 0.0
        self._looking = asyncio.Lock()
        self._heard = asyncio.Event()
        self._seen: dict[UUID, datetime] = {}

    async def get(self, session_id: UUID, epoch: int = 0) -> Standing | None:
        """The session as it stands, not older than `TRUSTED`; None when there is none.

        `epoch`: what a token says that its person's is; when higher than what is known, that is old.

        Raises:
            DatabaseUnavailable: it cannot be known.
        """
        if self._own.committed > self._own_seen or self._looked + TRUSTED < time.monotonic():
            await self.look()
        known = self._known.get(session_id)
        if known is not None and known.epoch >= epoch:
            return known
        return await self.read(session_id)

    async def read(self, session_id: UUID) -> Standing | None:
        """The session as the database has it now.

        Raises:
            DatabaseUnavailable: it cannot be known.
        """
        revision = self._revision
        found = await self._database.reader(SYSTEM).first(queries.STANDING, id=session_id)
        # What was read before a change that has since been heard of may be from before that change.
        if found is not None and revision == self._revision:
            self._keep(found)
        return found

    async def confirm(self, standing: Standing, counter: int) -> None:
        """Note that a client has an access token of this number, so that it has the refresh token too."""
        await self._database.once(SYSTEM, queries.CONFIRM, id=standing.id, counter=counter)
        if standing.id in self._known:
            self._known[standing.id] = structs.replace(self._known[standing.id], confirmed=counter)

    def see(self, standing: Standing, now: datetime) -> None:
        """Note that a cookie session was used; written from time to time."""
        if now - self._seen.get(standing.id, standing.seen_at) >= _SEEN_EVERY:
            self._seen[standing.id] = now

    async def look(self) -> None:
        """Forget what was ended since the last look.

        Raises:
            DatabaseUnavailable: the database does not answer.
        """
        async with self._looking:
            began = time.monotonic()
            recent = began - self._looked < TRUSTED / 8 and self._revision is not None
            if recent and self._own.committed == self._own_seen:
                return  # somebody has just looked
            own = self._own.committed  # before the reading: what is committed meanwhile is due a look
            await self._catch_up(began)
            self._looked, self._own_seen = began, own

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        listening = asyncio.create_task(self._database.listen(CHANNEL, self._heard.set))
        flushed = time.monotonic()
        try:
            while True:
                self._heard.clear()
                # While the database is away nothing is trusted, so requests say so; this goes on trying.
                with suppress(BackstayError):
                    await self.look()
                    if time.monotonic() - flushed > _FLUSH:
                        flushed = time.monotonic()
                        await self.flush()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._heard.wait()
        finally:
            await end(listening)
            with suppress(BackstayError):
                await self.flush()

    async def flush(self) -> None:
        """Write down which cookie sessions were used."""
        seen, self._seen = self._seen, {}
        if seen:
            rows = [{"id": session_id, "at": at} for session_id, at in seen.items()]
            await self._database.run(SYSTEM, lambda uow: uow.execute_many(queries.SEE, rows))
        for session_id, at in seen.items():
            if session_id in self._known:
                self._known[session_id] = structs.replace(self._known[session_id], seen_at=at)

    async def _catch_up(self, began: float) -> None:
        reader = self._database.reader(SYSTEM)
        if self._revision is None or began - self._looked > _FORGOTTEN:
            revision = await reader.first(queries.REVISION)
            await self._keyring.load(self._database)
            self._known.clear()
            self._of_user.clear()
            self._revision = revision or 0
        while changes := await reader.all(queries.CHANGES, after=self._revision):
            if any(change.user_id is None and change.session_id is None for change in changes):
                await self._keyring.load(self._database)
            for change in changes:
                self._forget(change)
            self._revision = changes[-1].revision

    def _keep(self, standing: Standing) -> None:
        if len(self._known) >= _KEPT:
            self._drop(next(iter(self._known)))
        self._known[standing.id] = standing
        for person in _people(standing):
            self._of_user.setdefault(person, set()).add(standing.id)

    def _forget(self, change: queries.Change) -> None:
        if change.session_id is not None:
            self._drop(change.session_id)
        elif change.user_id is not None:
            for session_id in list(self._of_user.get(change.user_id, ())):
                self._drop(session_id)

    def _drop(self, session_id: UUID) -> None:
        standing = self._known.pop(session_id, None)
        if standing is None:
            return
        for person in _people(standing):
            siblings = self._of_user[person]
            siblings.discard(session_id)
            if not siblings:
                del self._of_user[person]


def _people(standing: Standing) -> set[UUID]:
    """Whose end is the session's end: whose it is, and who acts in their place."""
    return {standing.user_id, standing.impersonator_id or standing.user_id}
