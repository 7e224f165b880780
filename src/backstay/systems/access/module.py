"""The access system's manifest."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.actor import EVERYTHING, Absences, Grants, Operators
from backstay.kernel.auth import DEMO, actor_of
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Principal, Settings
from backstay.systems.access import queries, tables
from backstay.systems.access.commands import access
from backstay.systems.access.http import (
    MANAGE,
    READ,
    SELF,
    AccessController,
    AssignmentsController,
    RolesController,
)
from backstay.systems.access.seed import seed
from backstay.systems.access.service import PERSONAL, Catalogue, HouseOperators, KnownAbsences, RoleGrants


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Learn every permission; asks the database nothing."""
    grants = RoleGrants(database, Catalogue(modules), _principals(settings))
    database.parts.hold(grants)
    database.parts.hold(grants, Grants)
    database.parts.hold(HouseOperators(database), Operators)
    database.parts.hold(KnownAbsences(), Absences)


def _principals(settings: Settings) -> dict[tuple[UUID, UUID], frozenset[str]]:
    """What the settings give: their principals may do that as long as they stand there."""
    principals = settings.auth.principals
    if not principals and settings.app.environment == "development":
        principals = (Principal(name=DEMO, permissions=(EVERYTHING,)),)
    actors = [actor_of(principal) for principal in principals]
    return {(actor.id, actor.organization_id): actor.permissions for actor in actors}


async def card(reader: Reader) -> Card:
    """How many roles of its own the organization has."""
    count = await reader.one(queries.COUNT_ROLES)
    return Card(f"{count:,}", "roles of its own")


module = Module(
    name="access",
    summary="Roles of each organization, permissions that follow, and why something is denied.",
    package=__package__,
    requires=["audit", "idempotency"],
    tables=tables.metadata,
    controllers=[AccessController, RolesController, AssignmentsController],
    permissions=[SELF, READ, MANAGE],
    declares=[PERSONAL],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed,
    card=card,
    commands=[access],
)
