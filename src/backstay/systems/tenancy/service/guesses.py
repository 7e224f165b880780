"""Wrong guesses at members' accounts: counted for the organization and told, never refused (ADR 25).

Counted by hours of the clock, at the moment of the guess: so a job that comes late counts where
it belongs, and what nobody asks about any more can go.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final, Self
from uuid import UUID

from msgspec import structs
from typing_extensions import override

from backstay.kernel.actor import SYSTEM, Actor, People
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.systems.access import RoleGrants
from backstay.systems.audit import record
from backstay.systems.jobs import Job, JobOptions
from backstay.systems.mail import Mailer, MailTemplate, send
from backstay.systems.tenancy import queries
from backstay.systems.tenancy.contracts import GuessCount
from backstay.systems.tenancy.events import GuessingNoticed
from backstay.systems.tenancy.settings import TenancySettings

_KEPT: Final = timedelta(days=30)


class GuessingMail(MailTemplate, frozen=True, kw_only=True):
    """Tells an owner that passwords of members are being guessed."""

    organization: str
    guesses: int
    since: str
    """When the hour began, as people read it."""
    link: str

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        return cls(
            organization="Harbour Lamps Ltd",
            guesses=100,
            since="2026-11-22 09:00 UTC",
            link="https://shop.example/console/access",
        )


class TellOfGuessing(Job, frozen=True, kw_only=True):
    """Tell an organization that many guessed wrong at its members' accounts."""

    options: ClassVar[JobOptions] = JobOptions(queue="tenancy", max_attempts=10)
    guesses: int
    started_at: datetime


class GuessCounter:
    """Counts wrong guesses for organizations; a `GuessWatch`."""

    def __init__(self, settings: TenancySettings) -> None:
        """`settings` say how many are told of."""
        self.told_from = settings.attack_guesses

    async def note(self, uow: UnitOfWork, user_id: UUID, at: datetime) -> None:
        """As `GuessWatch.note`."""
        started_at = _hour_of(at)
        # In one order everywhere, so that two of these never wait for each other.
        for organization_id in await uow.all(queries.ORGANIZATIONS_OF, user_id=user_id):
            theirs = uow.on_behalf(structs.replace(SYSTEM, organization_id=organization_id))
            guesses = await theirs.one(queries.COUNT_GUESS, started_at=started_at)
            if not 0 < self.told_from <= guesses:
                continue
            if await theirs.execute(queries.NOTICE, started_at=started_at):
                await TellOfGuessing(guesses=guesses, started_at=started_at).enqueue(theirs)


async def read_guesses(reader: Reader) -> GuessCount:
    """How many there were in the present hour, and when they were last noticed."""
    started_at = _hour_of(reader.now())
    found = await reader.one(queries.GUESSED, started_at=started_at)
    told_from = reader.part(GuessCounter).told_from
    return GuessCount(
        guesses=found.guesses, started_at=started_at, told_from=told_from, noticed_at=found.noticed_at
    )


async def addresses_of_owners(database: Database, house: Actor) -> list[str]:
    """An address of each owner of the organization who has shown that one is theirs."""
    try:
        people = database.parts.part(People)  # type: ignore[type-abstract]  # an interface is a kind too
    except LookupError:
        # Nobody keeps accounts here.
        return []
    owners = await database.parts.part(RoleGrants).owners(database.reader(house))
    found = [await people.verified_addresses(one) for one in owners]
    # Of the spellings of one address any does: the mail system makes them one again.
    return [min(spellings) for spellings in found if spellings]


async def tell_of_guessing(uow: UnitOfWork, told: TellOfGuessing, addresses: Sequence[str]) -> None:
    """Leave a record and an event, and send each of these addresses a mail; nothing once it has ended."""
    organization = await uow.first(queries.CURRENT)
    if organization is None:
        return
    after = {"guesses": told.guesses, "started_at": told.started_at}
    record(uow, "tenancy.guessing_noticed", subject=("organization", organization.id), after=after)
    uow.publish(
        GuessingNoticed(organization_id=organization.id, guesses=told.guesses, started_at=told.started_at)
    )
    mail = GuessingMail(
        organization=organization.name,
        guesses=told.guesses,
        since=f"{told.started_at:%Y-%m-%d %H:%M} UTC",
        link=f"{uow.part(Mailer).public_url}/console/access",
    )
    for address in addresses:
        await send(uow, mail, to=address)


async def prune(uow: UnitOfWork) -> None:
    """Remove the counts of hours that nobody asks about any more."""
    await uow.execute(queries.PRUNE_GUESSES, before=uow.now() - _KEPT)


def _hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
