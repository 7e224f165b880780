"""What may be kept, for whom, and what the cache says of itself."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from backstay.kernel.actor import SYSTEM_ORGANIZATION, Actor, ActorKind
from backstay.kernel.database import Reader, UnitOfWork

T = TypeVar("T")

_LONGEST_PARTS: Final = 120
"""Characters that the parts of a key may have before a digest takes their place."""

Tag = Annotated[
    str,
    Meta(
        pattern=r"^[^\u0000-\u001f\u007f*][^\u0000-\u001f\u007f]{0,199}(?!\n)$",
        description="A name that what is kept carries, so that it can be forgotten by it.",
        examples=["notes"],
    ),
]


class Sharing(StrEnum):
    """Who may be given what was computed for somebody else."""

    EVERYONE = "everyone"
    """Anybody, of any organization or none; for what is the same for all the world."""
    ORGANIZATION = "organization"
    """Whoever belongs to the organization, whatever they may do in it."""
    RIGHTS = "rights"
    """Whoever has exactly the same permissions in the organization, proven as surely."""
    PERSON = "person"
    """That very actor, in that organization, with the permissions of that moment."""


class Once(StrEnum):
    """How far it is seen to that a value is computed once, however many miss it at the same time."""

    CLUSTER = "cluster"
    """Among all processes: one has the lease and the others wait for what it finds."""
    PROCESS = "process"
    """Within each process; for what costs less to compute than to ask about."""


class Kind(Generic[T]):
    """A sort of value that is kept: its name, its type, who shares it, and for how long.

    A constant of the module that fills it. It says whose its values are, and a key can only be
    made of a kind and a reader: so none can be built without saying whose it is.
    """

    def __init__(
        self,
        name: str,
        holds: type[T],
        sharing: Sharing,
        *,
        ttl: float,
        stale: float = 0.0,
        on_error: float = 0.0,
        absent: float | None = None,
        early: float = 1.0,
        once: Once = Once.CLUSTER,
    ) -> None:
        """Declare it.

        Args:
            name: `<module>.<what>`, unique in the house.
            holds: the type, which msgspec must be able to write and read again.
            sharing: whose it is.
            ttl: seconds for which a value is fresh.
            stale: seconds after that for which it is still given out while a new one is computed.
            on_error: seconds after the ttl for which it is given out when no new one can be computed.
            absent: seconds for which None is fresh, when not as long as a value.
            early: how eagerly a value is computed anew before its end (XFetch's beta); 0 for never.
            once: how far one computation is seen to.
        """
        self.name = name
        self.sharing = sharing
        self.ttl = ttl
        self.stale = stale
        self.on_error = on_error
        self.absent = ttl if absent is None else absent
        self.early = early
        self.once = once
        self._decoder = msgspec.msgpack.Decoder(holds)

    def key(self, reader: Reader, *parts: Any) -> Key[T]:
        """The key of this kind's value for the reader's actor, told from others by its parts.

        Within a unit of work the cache is neither asked nor filled: what the unit has written
        and not committed is nobody else's, and what others have kept may be older than it.
        """
        return self.key_for(reader.actor, *parts, bypass=isinstance(reader, UnitOfWork))

    def key_for(self, actor: Actor, *parts: Any, bypass: bool = False) -> Key[T]:
        """The key of this kind's value for an actor; where there is no reader."""
        organization, principal = _whose(actor, self.sharing)
        said = msgspec.json.encode(parts).decode() if parts else ""
        if len(said) > _LONGEST_PARTS:
            said = hashlib.sha256(said.encode()).hexdigest()
        return Key(self, organization, f"{self.name}|{organization.hex}|{principal}|{said}", bypass)

    def decode(self, value: bytes) -> T:
        """What was kept.

        Raises:
            msgspec.DecodeError: an older program kept something else under the name.
        """
        return self._decoder.decode(value)


class Key(Generic[T]):
    """Where one value is kept; made by `Kind.key`."""

    __slots__ = ("bypass", "kind", "organization_id", "text")

    def __init__(self, kind: Kind[T], organization_id: UUID, text: str, bypass: bool) -> None:
        """Use `Kind.key`."""
        self.kind = kind
        self.organization_id = organization_id
        """Whose tags it carries; the house's own for what everyone shares."""
        self.text = text
        self.bypass = bypass


def _whose(actor: Actor, sharing: Sharing) -> tuple[UUID, str]:
    """The organization and the class of principals that share with this actor."""
    if sharing is Sharing.EVERYONE:
        return SYSTEM_ORGANIZATION, "everyone"
    if actor.kind is ActorKind.ANONYMOUS:
        return actor.organization_id, "anonymous"
    if sharing is Sharing.ORGANIZATION:
        return actor.organization_id, "organization"
    rights = _rights(actor.assurance, actor.permissions)
    if sharing is Sharing.RIGHTS:
        return actor.organization_id, f"rights:{rights}"
    stand_in = "" if actor.impersonator_id is None else actor.impersonator_id.hex
    return (
        actor.organization_id,
        f"person:{actor.kind}:{actor.id.hex}:{stand_in}:{rights}",
    )


@lru_cache(1024)
def _rights(assurance: int, permissions: frozenset[str]) -> str:
    held = "\n".join((str(assurance), *sorted(permissions)))
    return hashlib.sha256(held.encode()).hexdigest()[:32]


class Cached(Struct, frozen=True, kw_only=True):
    """Declared by a GET route: its answer is kept for whoever shares it.

    What is invalidated by a tag of it is computed anew, as any value; see `invalidate`.
    """

    ttl: float
    """Seconds for which an answer is fresh."""
    sharing: Sharing
    """Who is given what was answered to somebody else."""
    tags: tuple[str, ...] = ()
    """What it is forgotten by; `note.{note_id}` takes the path's parameter."""
    vary: tuple[str, ...] = ()
    """Request headers that the answer depends on (RFC 9110, 12.5.5)."""
    stale: float = 0.0
    on_error: float = 0.0
    early: float = 1.0
    """As of a `Kind`."""


class Counts(Struct, kw_only=True):
    """What happened to one kind's values, since the processes that tell it began."""

    hits: int = 0
    """Given out fresh."""
    stale: int = 0
    """Given out after their time, while another was computed."""
    rescued: int = 0
    """Given out after their time, because no other could be computed."""
    misses: int = 0
    """Not there, or not to be believed."""
    joined: int = 0
    """Misses that waited for a computation which was under way in the same process."""
    shared: int = 0
    """Misses answered by what another process had computed."""
    fills: int = 0
    """Computations."""
    early: int = 0
    """Of these, begun before the value's end."""
    discarded: int = 0
    """Of these, not kept, because the value was invalidated meanwhile."""
    failed: int = 0
    """Computations that raised."""
    bypassed: int = 0
    """Asked within a unit of work, which the cache stays out of."""


class KindCounts(Struct, frozen=True):
    """How one kind of value does."""

    kind: str
    hit_rate: float | None
    """The share of questions answered without a computation by who asked; None before the first."""
    counts: Counts


class StoreView(Struct, frozen=True):
    """What is kept, and where."""

    engine: str
    """`memory` (each process its own) or `redis` (one for all)."""
    available: bool
    """Whether it answers; without it values are computed each time."""
    entries: int | None
    bytes: int | None
    limit: int | None
    """Bytes; None when the store has no limit of ours."""
    evictions: int | None


class CacheView(Struct, frozen=True):
    """The cache, over all processes that told of themselves within the last minute."""

    processes: int
    store: StoreView
    kinds: list[KindCounts]


class Invalidation(Struct, frozen=True):
    """A tag whose values were forgotten."""

    revision: int
    """Their order, over all organizations."""
    tag: str
    at: datetime
    actor_id: UUID


class Purge(Struct, frozen=True, forbid_unknown_fields=True):
    """What to forget."""

    tags: Annotated[list[Tag], Meta(max_length=100)] = []
    """By these tags, in the organization."""
    everything: bool = False
    """All that is kept for the organization."""
