"""Who is asking: the actor, permissions, and the seam that accounts fill.

Until the identity system exists, `kernel.auth` answers for it with principals from the
settings. Everything else in the house sees only `Actor` and `Authenticator`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct


class Permission(Struct, frozen=True):
    """Something an actor may be allowed to do; declared by the module that guards with it."""

    name: str
    """`module:verb`, unique in the house, e.g. `notes:write`."""
    description: str
    """What it lets its holder do, for the person who grants it."""


class ActorKind(StrEnum):
    """What sort of actor this is."""

    USER = "user"
    SERVICE = "service"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


EVERYTHING: Final = "*"


class Actor(Struct, frozen=True, kw_only=True):
    """Whoever a unit of work acts for, already authenticated."""

    id: UUID
    kind: ActorKind
    name: str
    organization_id: UUID
    permissions: frozenset[str]
    """Names of permissions, or `*` for all."""

    def may(self, permission: Permission) -> bool:
        """Whether this actor holds the permission."""
        return permission.name in self.permissions or EVERYTHING in self.permissions


SYSTEM_ORGANIZATION: Final = UUID(int=0)
"""The organization of work that no organization asked for: migrations, pruning, seeding."""

SYSTEM: Final = Actor(
    id=UUID(int=0),
    kind=ActorKind.SYSTEM,
    name="system",
    organization_id=SYSTEM_ORGANIZATION,
    permissions=frozenset({EVERYTHING}),
)
"""The house itself, at its own edges (CLI, start-up); never the actor of an HTTP request."""


ANONYMOUS: Final = Actor(
    id=UUID(int=0),
    kind=ActorKind.ANONYMOUS,
    name="anonymous",
    organization_id=SYSTEM_ORGANIZATION,
    permissions=frozenset(),
)
"""Whoever calls a public route; may do nothing that asks for a permission."""


class Authenticator(Protocol):
    """Turns a request's credentials into an actor. Accounts, API keys and sessions implement it later."""

    async def authenticate(self, headers: Mapping[str, str]) -> Actor | None:
        """The actor these request headers prove.

        Header names come in lower case. Returns None when the request carries no credentials
        at all; raises `Unauthenticated` when it carries some that do not hold.
        """
        ...
