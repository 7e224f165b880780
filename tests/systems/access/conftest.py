"""An organization with roles, and people whom a session has proven, so that what they may do is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.products.counter.module import module as counter
from backstay.products.notes.module import module as notes
from backstay.systems.access import RoleGrants, assign, found
from backstay.systems.access.contracts import NewRole, Role
from backstay.systems.access.module import module as access
from backstay.systems.access.service import create_role, preset_id
from backstay.systems.audit.module import module as audit
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.traffic.module import module as traffic
from tests.conftest import make_actor
from tests.house import House, open_house

MODULES = [
    idempotency,
    audit,
    access,
    traffic,
    replace(jobs, services=()),
    replace(events, works=()),
    counter,
    notes,
]


async def assign_to(database: Database, boss: Actor, user_id: UUID, role_id: UUID) -> None:
    await database.run(boss, lambda uow: assign(uow, user_id, role_id))


class Office:
    """An organization, its owner, and whoever joins."""

    def __init__(self, house: House, organization: UUID) -> None:
        self.house = house
        self.database: Database = house.backend.database
        self.grants = house.backend.part(RoleGrants)
        self.organization = organization
        self.boss = make_actor("boss", organization=organization)

    async def open(self) -> Office:
        await self.database.run(self.boss, lambda uow: found(uow, self.boss.id))
        return self

    async def person(self, name: str, *roles: UUID | str) -> Actor:
        """Somebody with these roles (presets by name), as a session would prove them."""
        actor = make_actor(name, organization=self.organization, permissions=())
        for role in roles:
            role_id = preset_id(role) if isinstance(role, str) else role
            await assign_to(self.database, self.boss, actor.id, role_id)
        return await self.again(actor)

    async def again(self, actor: Actor) -> Actor:
        """The same person with what they may do now."""
        may = await self.grants.permissions(actor.id, actor.organization_id)
        return msgspec.structs.replace(actor, permissions=may, session_id=uuid4())

    async def role(self, name: str, *permissions: str, parts: tuple[UUID, ...] = ()) -> Role:
        new = NewRole(name=name, permissions=list(permissions), parts=list(parts))
        return await self.database.run(self.boss, lambda uow: create_role(uow, new))


@pytest.fixture
async def house(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(MODULES, database_url, clock, data_dir=tmp_path) as opened:
        yield opened


@pytest.fixture
async def office(house: House) -> Office:
    return await Office(house, uuid4()).open()
