"""A sample organization: the one that a developer works in, with members and invitations."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.access import assign, found, preset_id
from backstay.systems.mail import Mailer
from backstay.systems.tenancy import queries, service
from backstay.systems.tenancy.contracts import NewInvitation

_MEMBERS: Final = 5
_INVITATIONS: Final = 2
_ROLES: Final = {"user": 4, "support": 2, "sales-rep": 2, "manager": 1}


async def seed(seeding: Seeding) -> None:
    """Found the organization, and let a few people join and a few be invited."""
    async with seeding.unit(at=seeding.past(days=200)) as uow:
        await uow.execute(queries.CREATE, name=seeding.company())
        await uow.execute(queries.JOIN, name=uow.actor.name)
        await found(uow, uow.actor.id)
    for batch in seeding.batches(_MEMBERS, of=1):
        for _ in batch:
            async with seeding.unit(seeding.person(), at=seeding.past(days=150)) as uow:
                await uow.execute(queries.JOIN, name=uow.actor.name)
                await assign(uow, uow.actor.id, preset_id(seeding.weighted(_ROLES)))
    # Now, not some days ago: their mails are really sent, and would count as having waited for days.
    async with seeding.unit() as uow:
        if uow.part(Mailer).providers[0].kind == "console":
            for _ in range(_INVITATIONS):
                await service.invite(
                    uow, NewInvitation(email=seeding.email(seeding.name()), role_id=preset_id("user"))
                )
