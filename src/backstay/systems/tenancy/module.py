"""The tenancy system's manifest."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.actor import GuessWatch, Memberships
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.systems.tenancy import events, jobs, queries, tables
from backstay.systems.tenancy.contracts import OrganizationSection, Regional
from backstay.systems.tenancy.http import (
    CLOSE,
    INVITE,
    MANAGE,
    READ,
    SELF,
    SHOWN,
    TAKEN,
    InvitationsController,
    OrganizationController,
    OrganizationsController,
)
from backstay.systems.tenancy.seed import seed
from backstay.systems.tenancy.service import (
    PERSONAL,
    GuessCounter,
    GuessingMail,
    InvitationMail,
    KnownMembers,
    Sections,
)
from backstay.systems.tenancy.settings import TenancySettings


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Learn what organizations can set and are told of; asks the database nothing."""
    database.parts.hold(Sections(modules))
    database.parts.hold(KnownMembers(database), Memberships)
    counter = GuessCounter(settings.module(TenancySettings))
    database.parts.hold(counter)
    database.parts.hold(counter, GuessWatch)


async def card(reader: Reader) -> Card:
    """How many belong to the organization."""
    count = await reader.one(queries.COUNT_MEMBERS)
    return Card(f"{count:,}", "members")


module = Module(
    name="tenancy",
    summary="Organizations, members, invitations and settings of each; what is one's is nobody else's.",
    package=__package__,
    requires=["access", "audit", "events", "idempotency", "jobs", "mail"],
    tables=tables.metadata,
    controllers=[OrganizationsController, OrganizationController, InvitationsController],
    permissions=[SELF, READ, INVITE, MANAGE, CLOSE],
    events=[events.GuessingNoticed],
    settings=TenancySettings,
    declares=[
        InvitationMail,
        GuessingMail,
        OrganizationSection("regional", Regional),
        PERSONAL,
        SHOWN,
        TAKEN,
        jobs.tell_of_guessing,
        jobs.tidy,
        jobs.TIDYING,
    ],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed,
    card=card,
)
