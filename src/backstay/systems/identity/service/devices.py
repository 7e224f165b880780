"""Where somebody is signed in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.systems.identity.contracts import UserSession
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.identity.service.part import Identity


async def list_sessions(reader: Reader, user_id: UUID, current: UUID | None) -> list[UserSession]:
    """The living sessions of a person, the newest first."""
    identity = reader.part(Identity)
    idle_since = reader.now() - timedelta(seconds=identity.settings.session_idle)
    lines = await reader.all(queries.LIST, user_id=user_id, idle_since=idle_since)
    return [
        UserSession(
            id=line.id,
            kind=line.kind,
            device=line.device,
            network=line.network,
            assurance=line.assurance,
            method=line.method,
            impersonator_id=line.impersonator_id,
            created_at=line.created_at,
            seen_at=line.seen_at,
            expires_at=line.expires_at,
            current=line.id == current,
        )
        for line in lines
    ]
