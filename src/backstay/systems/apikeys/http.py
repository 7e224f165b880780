"""API keys over HTTP: one's own under `/api-keys`, everybody's under `/api-keys/all`."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import Permission
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.errors import FreshSignInNeeded
from backstay.kernel.http import Controller, FromPath, JSONBody, ListQuery, Response, delete, get, post
from backstay.systems.access import Lacking
from backstay.systems.apikeys import service
from backstay.systems.apikeys.contracts import ApiKey, IssuedKey, NewKey, Rotation
from backstay.systems.apikeys.errors import KeyEnded, KeysMakeNoKeys, NoSuchKey, TooManyKeys
from backstay.systems.apikeys.queries import ALL, OWN
from backstay.systems.idempotency import Replayable

OWN_KEYS: Final = Permission(
    "apikeys:own",
    "Make API keys within one's own rights, see, rotate and revoke them",
    presets=("user",),
    in_person=True,
)
MANAGE: Final = Permission(
    "apikeys:manage", "See and revoke everybody's API keys in the organization", in_person=True
)

_SHOWN_ONCE: Final = {"cache-control": "no-store"}


class KeysController(Controller):
    """One's own keys."""

    path: ClassVar[str] = "/api-keys"

    @get(permission=OWN_KEYS, listing=OWN)
    async def list_keys(self, reader: Reader, query: ListQuery) -> Page[ApiKey]:
        """List one's own keys, newest first."""
        return await service.list_own(reader, query)

    @post(
        permission=OWN_KEYS,
        problems=[Lacking, TooManyKeys, KeysMakeNoKeys, FreshSignInNeeded],
        declares=[Replayable(secret=True)],
    )
    async def issue(self, uow: UnitOfWork, data: JSONBody[NewKey]) -> Response[IssuedKey]:
        """Make a key; needs a fresh sign-in. It is shown now and never again."""
        return Response(await service.issue(uow, data), headers=_SHOWN_ONCE)

    @get("/{key_id:uuid}", permission=OWN_KEYS, problems=[NoSuchKey])
    async def read_key(self, reader: Reader, key_id: FromPath[UUID]) -> ApiKey:
        """See one of one's own keys."""
        return await service.get(reader, key_id)

    @post(
        "/{key_id:uuid}/rotate",
        permission=OWN_KEYS,
        problems=[NoSuchKey, KeyEnded, Lacking, KeysMakeNoKeys, FreshSignInNeeded],
        declares=[Replayable(secret=True)],
    )
    async def rotate(
        self, uow: UnitOfWork, key_id: FromPath[UUID], data: JSONBody[Rotation]
    ) -> Response[IssuedKey]:
        """Replace a key by a new one with the same scopes; the old one goes on for the overlap.

        Needs a fresh sign-in, or that very key.
        """
        issued = await service.rotate(uow, key_id, overlap=timedelta(seconds=data.overlap))
        return Response(issued, headers=_SHOWN_ONCE)

    @delete("/{key_id:uuid}", permission=OWN_KEYS, problems=[NoSuchKey])
    async def revoke(self, uow: UnitOfWork, key_id: FromPath[UUID]) -> None:
        """End a key; every process refuses it within a second."""
        await service.revoke(uow, key_id)


class AllKeysController(Controller):
    """Everybody's keys in the organization."""

    path: ClassVar[str] = "/api-keys/all"

    @get(permission=MANAGE, listing=ALL)
    async def list_all_keys(self, reader: Reader, query: ListQuery) -> Page[ApiKey]:
        """List everybody's keys, newest first."""
        return await service.list_all(reader, query)

    @delete("/{key_id:uuid}", permission=MANAGE, problems=[NoSuchKey])
    async def revoke_anybodys(self, uow: UnitOfWork, key_id: FromPath[UUID]) -> None:
        """End anybody's key."""
        await service.revoke(uow, key_id, anybodys=True)
