"""Recovery codes: for the day when every other second factor is lost."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.audit import record
from backstay.systems.identity.contracts import RecoveryCodes
from backstay.systems.identity.queries import factors as queries
from backstay.systems.identity.queries import sessions as session_queries
from backstay.systems.identity.service.changes import note_change
from backstay.systems.identity.service.part import Identity
from backstay.systems.identity.service.sessions import require_fresh

CODES: Final = 10
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE_LENGTH: Final = 16
"""80 bits in Base32."""
_NAME_LENGTH: Final = 2


async def new_codes(database: Database, actor: Actor) -> RecoveryCodes:
    """Ten new recovery codes in place of the old ones; sessions that used one of those show a factor again.

    Raises:
        SecondFactorNeeded: the session has not shown a second factor.
        FreshSignInNeeded: it is not of a moment ago.
    """
    identity = database.parts.part(Identity)
    await require_fresh(database.reader(actor), assurance=2)
    made = new_set()
    hashed = [await identity.passwords.hash(actor.id, code) for code in made]

    async def work(uow: UnitOfWork) -> None:
        await uow.execute(queries.REMOVE_CODES, user_id=actor.id)
        await write_codes(uow, made, hashed)
        await uow.execute(session_queries.DOWNGRADE, user_id=actor.id)
        record(uow, "identity.recovery_codes_replaced", subject=("user", actor.id))
        await note_change(uow, user_id=actor.id)

    await database.run(actor, work)
    return RecoveryCodes(made)


async def proven_code(database: Database, actor: Actor, shown: str | None) -> tuple[str, bytes] | None:
    """The name and the stored form of a recovery code that holds; the caller uses it up."""
    if shown is None:
        return None
    text = "".join(letter for letter in shown.upper() if letter in _LETTERS)
    name = text[:_NAME_LENGTH]
    sealed = await database.reader(actor).first(queries.CODE, user_id=actor.id, name=name)
    if await database.parts.part(Identity).passwords.check(actor.id, text, sealed) and sealed is not None:
        return name, sealed
    return None


def new_set() -> list[str]:
    """Fresh recovery codes, each under a name of its own."""
    names: set[str] = set()
    while len(names) < CODES:
        names.add(_random(_NAME_LENGTH))
    return [name + _random(_CODE_LENGTH) for name in names]


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


async def write_codes(uow: UnitOfWork, codes: Sequence[str], hashed: Sequence[bytes]) -> None:
    """Keep the codes of a set for whoever asks, each as its hash."""
    rows = [
        {"user_id": uow.actor.id, "name": code[:_NAME_LENGTH], "code": sealed, "created_at": uow.now()}
        for code, sealed in zip(codes, hashed, strict=True)
    ]
    await uow.execute_many(queries.ADD_CODE, rows)
