"""Sample accounts: the owner that a developer signs in as, and some people."""

from __future__ import annotations

from typing import Final

from backstay.kernel.ids import uuid7
from backstay.kernel.seeding import Seeding
from backstay.systems.identity.contracts import SessionKind
from backstay.systems.identity.queries import users
from backstay.systems.identity.service.accounts import insert_user
from backstay.systems.identity.service.sessions import Device, open_session

_SMALL: Final = 12
_DEVICES: Final = {
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/148.0": 3,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Safari/605.1.15": 2,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0": 3,
    "shop-app/2.4 (Android 16)": 2,
}


async def seed(seeding: Seeding) -> None:
    """Make people with their devices. None has a password: nobody signs in as sample data."""
    for batch in seeding.batches(seeding.count(_SMALL), of=20):
        async with seeding.unit(at=seeding.past(days=60)) as uow:
            for _ in batch:
                name, user_id = seeding.name(), uuid7()
                mail = f"{user_id.hex[-8:]}.{seeding.email(name)}"
                await insert_user(uow, user_id, mail, name, "en-GB", None, verified=seeding.chance(0.9))
                person = await uow.one(users.BY_ID, id=user_id)
                for number in range(seeding.random.randrange(3)):
                    device = Device(seeding.weighted(_DEVICES), f"192.0.2.{number}/24")
                    await open_session(uow, person, kind=SessionKind.COOKIE, device=device)
