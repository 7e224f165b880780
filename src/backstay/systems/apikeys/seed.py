"""Sample keys: what a developer might have lying around; nobody ever sees what proves them."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.apikeys import service
from backstay.systems.apikeys.contracts import NewKey

_KEYS: Final = (
    ("Backup", ["notes:read"], None),
    ("Dashboard", ["counter:read", "notes:read"], 365 * 86_400),
    ("Old script", ["notes:read"], 86_400),
)


async def seed(seeding: Seeding) -> None:
    """Make three keys, one of which has expired, and revoke none."""
    for batch in seeding.batches(len(_KEYS)):
        async with seeding.unit(at=seeding.past(days=60)) as uow:
            for number in batch:
                name, scopes, expires_in = _KEYS[number]
                await service.issue(uow, NewKey(name=name, scopes=scopes, expires_in=expires_in))
