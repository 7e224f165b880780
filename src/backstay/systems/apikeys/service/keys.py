"""Keys: made, listed, rotated, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM, ActorKind, FreshSignIns
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.personal import PersonalData
from backstay.systems.access import RoleGrants, refuse_lacking
from backstay.systems.apikeys import queries
from backstay.systems.apikeys.contracts import KEYS_PER_PERSON, ApiKey, IssuedKey, NewKey
from backstay.systems.apikeys.errors import KeyEnded, KeysMakeNoKeys, NoSuchKey, TooManyKeys
from backstay.systems.apikeys.service.authenticating import KeyRing
from backstay.systems.apikeys.service.form import digest
from backstay.systems.audit import record


async def issue(uow: UnitOfWork, new: NewKey) -> IssuedKey:
    """Make a key that acts for the unit's actor, with scopes that the actor has now.

    Raises:
        KeysMakeNoKeys: a key asks.
        FreshSignInNeeded: the actor's session is not of a moment ago.
        Invalid: a scope is no permission.
        Lacking: a scope is not the actor's.
        TooManyKeys: the actor has as many as may be.
    """
    await _require_maker(uow)
    expires_at = None if new.expires_in is None else uow.now() + timedelta(seconds=new.expires_in)
    return await _issue(uow, " ".join(new.name.split()), sorted(set(new.scopes)), expires_at)


async def rotate(uow: UnitOfWork, key_id: UUID, *, overlap: timedelta) -> IssuedKey:
    """Make a key like an own one, which goes on for `overlap` at most.

    The new one lives as long as the old one was made to live.

    Raises:
        NoSuchKey: it is none of the actor's.
        KeysMakeNoKeys: another key asks.
        FreshSignInNeeded: the actor's session is not of a moment ago.
        KeyEnded: it does not work any more, or was rotated.
        Lacking: the actor has lost one of its scopes.
    """
    old = await get(uow, key_id)
    await _require_maker(uow, replacing=key_id)
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    end = uow.now() + overlap
    expires_at = end if old.expires_at is None else min(end, old.expires_at)
    new = await _issue(uow, old.name, old.scopes, None if lifetime is None else uow.now() + lifetime)
    if not await uow.execute(queries.REPLACE, id=key_id, replaced_by=new.id, expires_at=expires_at):
        raise KeyEnded
    _tell(uow, key_id)
    record(uow, "apikeys.key_rotated", subject=("api_key", key_id), after={"replaced_by": new.id})
    return new


async def get(reader: Reader, key_id: UUID) -> ApiKey:
    """One of the actor's own keys.

    Raises:
        NoSuchKey: it is none of the actor's.
    """
    found = await reader.first(queries.MINE, id=key_id)
    if found is None:
        raise NoSuchKey
    return found


async def list_own(reader: Reader, request: ListRequest) -> Page[ApiKey]:
    """The actor's keys."""
    return await reader.page(queries.OWN, request)


async def list_all(reader: Reader, request: ListRequest) -> Page[ApiKey]:
    """Everybody's keys in the organization."""
    return await reader.page(queries.ALL, request)


async def revoke(uow: UnitOfWork, key_id: UUID, *, anybodys: bool = False) -> None:
    """End a key for good; one that has ended stays so.

    Args:
        uow: whose actor's key it is.
        key_id: which.
        anybodys: let it be anybody's of the organization.

    Raises:
        NoSuchKey: there is none.
    """
    found = await uow.first(queries.ANY if anybodys else queries.MINE, id=key_id)
    if found is None:
        raise NoSuchKey
    if await uow.execute(queries.REVOKE, id=key_id):
        record(uow, "apikeys.key_revoked", subject=("api_key", key_id), before=found)
    _tell(uow, key_id)


async def revoke_all_of(uow: UnitOfWork, user_id: UUID) -> int:
    """End every key of a person, in every organization; how many there were.

    For who is banned or gone, or has lost the password that their keys were made under.
    """
    ended = sorted(await uow.all(queries.REVOKE_ALL_OF, user_id=user_id))
    for key_id in ended:
        _tell(uow, key_id)
    if ended:
        record(uow, "apikeys.keys_revoked", subject=("user", user_id), before={"keys": ended})
    return len(ended)


async def _export(reader: Reader, user_id: UUID) -> list[ApiKey]:
    return await reader.all(queries.KEYS_OF, user_id=user_id)


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    await revoke_all_of(uow, user_id)
    return await uow.execute(queries.ERASE, user_id=user_id)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""Keys, without what proves them."""


class IssuedKeys:
    """What other systems may do with the keys; a `Credentials`."""

    async def end_all_of(self, uow: UnitOfWork, user_id: UUID) -> int:
        """As `revoke_all_of`."""
        return await revoke_all_of(uow, user_id)


async def write_down_use(database: Database) -> int:
    """Write when keys were last used; how many were since the last time."""
    ring = database.parts.part(KeyRing)
    used, ring.used = ring.used, {}
    if used:
        rows = [{"id": key_id, "at": at} for key_id, at in sorted(used.items())]
        await database.run(SYSTEM, lambda uow: uow.execute_many(queries.USED, rows))
    return len(used)


async def _require_maker(uow: UnitOfWork, *, replacing: UUID | None = None) -> None:
    """Let people pass who showed a moment ago who they are, and keys that replace themselves.

    A key is one secret, whatever is required of people; so it is as good as the sign-in that made it. And
    one that was stolen must not leave others behind.
    """
    actor = uow.actor
    if actor.kind is ActorKind.SERVICE:
        if replacing is None or replacing != actor.session_id:
            raise KeysMakeNoKeys
        return
    try:
        signed_in = uow.part(FreshSignIns)  # type: ignore[type-abstract]  # an interface is a kind too
    except LookupError:  # nobody keeps accounts here
        return
    await signed_in.require(uow)


async def _issue(uow: UnitOfWork, name: str, scopes: list[str], expires_at: datetime | None) -> IssuedKey:
    known = uow.part(RoleGrants).catalogue.permissions
    errors = [
        FieldError(pointer=f"/scopes/{n}", code="unknown", message="no module declares this permission")
        for n, scope in enumerate(scopes)
        if scope not in known
    ]
    if errors:
        raise Invalid(*errors)
    await refuse_lacking(uow, scopes)
    if await uow.one(queries.LIVING) >= KEYS_PER_PERSON:
        raise TooManyKeys
    key_id = uuid7()
    form = uow.part(KeyRing).form
    text = form.make(key_id)
    await uow.execute(
        queries.INSERT,
        id=key_id,
        name=name,
        hint=form.hint(text),
        scopes=scopes,
        digest=digest(text),
        expires_at=expires_at,
    )
    after = {"name": name, "scopes": scopes, "expires_at": expires_at}
    record(uow, "apikeys.key_issued", subject=("api_key", key_id), after=after)
    return IssuedKey(key_id, text, name, scopes, expires_at)


def _tell(uow: UnitOfWork, key_id: UUID) -> None:
    ring = uow.part(KeyRing)
    uow.after_commit(lambda: ring.forget(key_id))
