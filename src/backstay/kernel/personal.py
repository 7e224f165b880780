"""What a module keeps about people, told to whoever exports and erases accounts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from backstay.kernel.database import Reader, UnitOfWork


@dataclass(frozen=True, kw_only=True)
class PersonalData:
    """What a module keeps about people; list it in the manifest's `declares`.

    All are called for every account that is exported or erased, in whatever organizations the
    person worked; so their statements are unscoped.
    """

    export: Callable[[Reader, UUID], Awaitable[Any]]
    """Everything the module keeps about this person, as JSON can carry it; no secret, not even hashed."""
    erase: Callable[[UnitOfWork, UUID], Awaitable[int]]
    """Remove it, or make it nobody's; how many rows. All modules' work is one commit."""
    refuse: Callable[[Reader, UUID], Awaitable[None]] | None = None
    """Raise a 409 when the person has to settle something before they can be erased."""
