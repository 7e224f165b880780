"""Who is asking: the actor, permissions, and the seams that accounts, keys and roles fill.

Modules bring authenticators of their own (`Module.authenticates`); after them `kernel.auth`
answers for the principals of the settings. Everything else in the house sees only `Actor`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from uuid import UUID

from msgspec import Struct

if TYPE_CHECKING:
    from backstay.kernel.database import Reader, UnitOfWork


class Permission(Struct, frozen=True):
    """Something an actor may be allowed to do; declared by the module that guards with it."""

    name: str
    """`module:verb`, unique in the house, e.g. `notes:write`."""
    description: str
    """What it lets its holder do, for the person who grants it."""
    presets: tuple[str, ...] = ("admin",)
    """The lowest of the house's roles that hold it (`user`, `support`, ...); those above hold it too."""
    house: bool = False
    """It reaches beyond one organization, so no role of an organization can give it."""
    in_person: bool = False
    """Its routes refuse whoever acts in somebody's place, unless a route says otherwise."""


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
    session_id: UUID | None = None
    """The session or the key that proved this actor, if one did."""
    assurance: int = 1
    """How surely it is who it says: 1 for one factor, 2 for two (NIST SP 800-63B-4, AAL)."""
    impersonator_id: UUID | None = None
    """Who acts in this user's place, if somebody does."""
    pending: bool = False
    """Its second factor has yet to be shown or added: it is let in where a permission of its own says so,
    and nobody to routes that anyone may call."""

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


class Shown(NamedTuple):
    """What a request shows to prove who it comes from."""

    headers: Mapping[str, str]
    """By names in lower case, the method as `:method`."""
    bearer: str | None
    """The token of `Authorization: Bearer <token>` (RFC 6750, 2.1), which may be empty; None without one."""


def shown_by(headers: Mapping[str, str]) -> Shown:
    """What these headers show."""
    authorization = headers.get("authorization")
    if authorization is None:
        return Shown(headers, None)
    scheme, _, token = authorization.partition(" ")
    return Shown(headers, token.strip() if scheme.lower() == "bearer" else None)


class Authenticator(Protocol):
    """Turns a request's credentials into an actor: sessions, API keys, the settings' principals."""

    def authenticate(self, shown: Shown) -> Awaitable[Actor | None] | None:
        """The actor that this proves.

        None when nothing of this authenticator's form is shown, at once or when it is awaited: at once is
        the quicker, and all but one are asked in vain. Raises `Unauthenticated` when something is that does
        not hold.
        """
        ...


class Authenticators:
    """All authenticators of a backend: the first that knows the form of what is shown decides."""

    def __init__(self, members: Sequence[Authenticator]) -> None:
        """`members` in the order in which they are asked."""
        self._members = tuple(members)

    async def authenticate(self, headers: Mapping[str, str]) -> Actor | None:
        """The actor that a request with these headers comes from; None when it shows nothing.

        Header names come in lower case, the method as `:method`.

        Raises:
            Unauthenticated: it shows something that does not hold.
        """
        shown = shown_by(headers)
        for member in self._members:
            proof = member.authenticate(shown)
            if proof is not None:
                actor = await proof
                if actor is not None:
                    return actor
        return None


class Grants(Protocol):
    """Knows what a user may do in an organization; held among the backend's parts by who keeps roles."""

    async def permissions(self, user_id: UUID, organization_id: UUID) -> frozenset[str]:
        """Names of permissions; empty for a stranger. Quick: asked on every request."""
        ...


class People(Protocol):
    """Knows which addresses people have proven to be theirs; held by who keeps accounts."""

    async def verified_addresses(self, user_id: UUID, *, by: Reader | None = None) -> frozenset[str]:
        """Mail addresses, in lower case; empty for a stranger.

        `by`: whose connection is used. Who is in a unit of work passes it on: a unit that waits for a second
        connection while it holds one may wait for ever.
        """
        ...


class Credentials(Protocol):
    """Keeps what proves people beside their sessions; held by who keeps API keys."""

    async def end_all_of(self, uow: UnitOfWork, user_id: UUID) -> int:
        """End all of a person's, in every organization, with the unit; how many."""
        ...


class Absences(Protocol):
    """Is told of people who cannot act any more, and that they can again; held by who keeps roles."""

    async def leave(self, uow: UnitOfWork, user_id: UUID, *, regardless: bool) -> None:
        """Note, with the unit, that somebody was banned or is about to be erased.

        `regardless`: also where nobody who can act would own an organization of theirs.

        Raises:
            Conflict: nobody would, and that was not said.
        """
        ...

    async def come_back(self, uow: UnitOfWork, user_ids: Sequence[UUID]) -> None:
        """Note that people can act again."""
        ...


class GuessWatch(Protocol):
    """Is told of wrong guesses at people's passwords and codes; held by who keeps organizations."""

    async def note(self, uow: UnitOfWork, user_id: UUID, at: datetime) -> None:
        """Count one for every organization that the person belongs to, with the unit.

        Nobody is refused or delayed for it, whatever the count: anybody can bring one about.
        """
        ...


class FreshSignIns(Protocol):
    """Knows when people last showed who they are; held by who keeps accounts."""

    async def require(self, reader: Reader) -> None:
        """Let whoever acts in a session pass if they showed everything that they have to show a moment ago.

        Who acts in none, a principal of the settings or a key, passes: there is nobody to be asked.

        Raises:
            FreshSignInNeeded: it was longer ago.
        """
        ...


class Operators(Protocol):
    """Knows who operates the house; held by who keeps roles."""

    async def exist(self) -> bool:
        """Whether anybody does."""
        ...

    async def add(self, uow: UnitOfWork, user_id: UUID, *, first: bool = False) -> bool:
        """Make somebody one; False, and nothing done, when they must be the first and are not.

        The unit must be the house's own (`SYSTEM_ORGANIZATION`).
        """
        ...

    async def own(self, uow: UnitOfWork, user_id: UUID) -> None:
        """Make somebody an owner of the unit's organization."""
        ...


class Memberships(Protocol):
    """Knows who belongs to which organization; held by who keeps organizations."""

    async def is_member(self, user_id: UUID, organization_id: UUID) -> bool:
        """Whether somebody may switch to the organization; to one that has ended, nobody."""
        ...
