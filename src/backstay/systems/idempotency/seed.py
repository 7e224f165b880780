"""Sample keys: what the programs of a small shop sent in the last hours, and sent again."""

from __future__ import annotations

from typing import Final

from backstay.kernel.http import Answer
from backstay.kernel.seeding import Seeding
from backstay.systems.idempotency.service import Asked, Claim, Claims

_SMALL: Final = 24
_ROUTES: Final = {
    ("POST /v1/notes", 201): 5,
    ("POST /v1/counters/{name:str}/increment", 200): 4,
    ("POST /v1/organization/invitations", 201): 2,
    ("POST /v1/mail/messages/test", 500): 1,
}


async def seed(seeding: Seeding) -> None:
    """Claim keys and conclude them; some were sent again, one was never answered."""
    people = [seeding.person() for _ in range(3)]
    total = seeding.count(_SMALL)
    for batch in seeding.batches(total, of=1):
        for number in batch:
            who = people[number % len(people)]
            async with seeding.unit(who, at=seeding.past(days=1)) as uow:
                claims = uow.part(Claims)
                route, status = seeding.weighted(_ROUTES)
                asked = Asked(
                    actor=who,
                    key=f"sample-{number}",
                    fingerprint=b"sample",
                    route=route,
                    request_id=f"sample-{number}",
                )
                claim = await claims.claim_in(uow, asked)
                if isinstance(claim, Claim) and number != total - 1:
                    await claims.conclude(uow, claim, Answer(status, b"{}", b"application/json", []))
                    for _ in range(seeding.random.choice((0, 0, 1, 3))):
                        await claims.claim_in(uow, asked)
