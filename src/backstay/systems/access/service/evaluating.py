"""What somebody may do: the evaluation in SQL, kept in memory and asked anew when roles may have changed.

Every organization has an epoch that grows with each change of its roles. A process believes
what it evaluated as long as the epoch is the same, and asks for the epoch when its knowledge is
older than `FRESH`. So a withdrawn role is refused everywhere within that time and one query,
without anything that would have to be told, and could be lost; in the process that withdrew it, at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import EVERYTHING, SYSTEM_ORGANIZATION, Actor, ActorKind
from backstay.kernel.database import Database, Reader
from backstay.systems.access import queries
from backstay.systems.access.service.presets import OPERATOR, OWNER, Catalogue

FRESH: Final = 0.5
"""Seconds for which an organization's epoch is believed."""
_KEPT: Final = 20_000
"""People and organizations remembered at most, each."""


class _Epoch(Struct):
    number: int
    asked: float


class RoleGrants:
    """Knows what each user may do in each organization; a `Grants`."""

    def __init__(
        self, database: Database, catalogue: Catalogue, principals: Mapping[tuple[UUID, UUID], frozenset[str]]
    ) -> None:
        """`principals`: what the settings give, by user and organization."""
        self.catalogue = catalogue
        self._database = database
        self._principals = principals
        self._epochs: OrderedDict[UUID, _Epoch] = OrderedDict()
        self._known: OrderedDict[tuple[UUID, UUID], tuple[int, frozenset[str]]] = OrderedDict()
        self._asking: dict[UUID, asyncio.Task[int]] = {}

    async def permissions(self, user_id: UUID, organization_id: UUID) -> frozenset[str]:
        """Names of permissions; empty for a stranger. At most `FRESH` seconds and a query behind."""
        ordinary = await self._in(user_id, organization_id)
        return ordinary | await self._in(user_id, SYSTEM_ORGANIZATION)

    async def fresh(self, reader: Reader, user_id: UUID) -> frozenset[str]:
        """The same, asked of the database now, within the unit if it is one."""
        rows = await reader.all(queries.OF_USER, user_id=user_id)
        house = await self._in(user_id, SYSTEM_ORGANIZATION)
        return self._resolve(user_id, reader.organization_id, rows) | house

    async def owners(self, reader: Reader) -> list[UUID]:
        """Who owns the reader's organization, of those who can act."""
        return await reader.all(queries.OWNERS, owner=OWNER)

    def forget(self, organization_id: UUID) -> None:
        """Roles of the organization have changed in this process."""
        self._epochs.pop(organization_id, None)

    async def _in(self, user_id: UUID, organization_id: UUID) -> frozenset[str]:
        epoch = self._epochs.get(organization_id)
        if epoch is None or time.monotonic() - epoch.asked > FRESH:
            number = await self._ask(organization_id)
        else:
            number = epoch.number
        key = (user_id, organization_id)
        known = self._known.get(key)
        if known is not None and known[0] == number:
            return known[1]
        rows = await self._reader(user_id, organization_id).all(queries.OF_USER, user_id=user_id)
        found = self._resolve(user_id, organization_id, rows)
        # Under the epoch that was read before: what changed in between is found by the next question.
        self._known[key] = (number, found)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    async def _ask(self, organization_id: UUID) -> int:
        """The epoch; everybody who wants to know it at once asks one question together."""
        task = self._asking.get(organization_id)
        if task is None:
            task = asyncio.create_task(self._read_epoch(organization_id))
            self._asking[organization_id] = task
            task.add_done_callback(lambda _: self._asking.pop(organization_id, None))
        # Shielded: who gives up must not take the answer from the others.
        return await asyncio.shield(task)

    async def _read_epoch(self, organization_id: UUID) -> int:
        asked = time.monotonic()
        found = await self._reader(organization_id, organization_id).first(queries.EPOCH)
        number = 0 if found is None else found
        self._epochs[organization_id] = _Epoch(number, asked)
        if len(self._epochs) > _KEPT:
            self._epochs.popitem(last=False)
        return number

    def _resolve(self, user_id: UUID, organization_id: UUID, rows: list[queries.Reached]) -> frozenset[str]:
        if organization_id == SYSTEM_ORGANIZATION:
            operator = any(row.role_id == OPERATOR for row in rows)
            return self.catalogue.of_the_house if operator else frozenset()
        given = self._principals.get((user_id, organization_id), frozenset())
        if user_id == organization_id:
            # Everybody's own place bears their own id; it needs no row to be theirs.
            given |= self.catalogue.given[OWNER]
        return given | self.catalogue.resolve((row.role_id, row.permission) for row in rows)

    def _reader(self, user_id: UUID, organization_id: UUID) -> Reader:
        return self._database.reader(
            Actor(
                id=user_id,
                kind=ActorKind.SYSTEM,
                name="access",
                organization_id=organization_id,
                permissions=frozenset(),
            )
        )


async def held(reader: Reader) -> frozenset[str]:
    """What the actor may pass on: what they came with, as far as they still have it at this moment.

    Somebody whom no session and no key proved (a principal of the settings, the house itself)
    has no roles to be asked for.
    """
    actor = reader.actor
    if actor.session_id is None:
        return actor.permissions
    now = await reader.part(RoleGrants).fresh(reader, actor.id)
    if EVERYTHING in now:
        return actor.permissions
    return now if EVERYTHING in actor.permissions else actor.permissions & now
