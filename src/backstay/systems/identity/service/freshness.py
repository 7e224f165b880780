"""Fresh sign-ins, for modules that do not know of sessions."""

from __future__ import annotations

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import Reader
from backstay.systems.identity.service.sessions import require_fresh


class KnownSignIns:
    """Asks the database; a `FreshSignIns`."""

    async def require(self, reader: Reader) -> None:
        """As `FreshSignIns.require`.

        Raises:
            FreshSignInNeeded, SecondFactorNeeded, SessionOver: as `require_fresh` says.
        """
        if reader.actor.kind is ActorKind.USER and reader.actor.session_id is not None:
            await require_fresh(reader)
