"""Bringing a database to where the code needs it, before a process serves or works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from backstay.kernel.migrations.standing import State, standings

if TYPE_CHECKING:
    from backstay.kernel.module import Module
    from backstay.kernel.settings import Settings


class BehindError(Exception):
    """The tables are older than the code, and this deployment does not migrate by itself."""


async def ready(settings: Settings, modules: Sequence[Module]) -> None:
    """Bring the tables up to date where the settings let a process do so by itself.

    Raises:
        BehindError: they are behind, and the settings leave migrating to somebody else.
        MigrationError: a migration failed, or the database cannot be reached.
    """
    url = settings.database.url
    behind = [standing for standing in await standings(url, modules) if standing.state is State.BEHIND]
    if not behind:
        return
    if not _may_migrate(settings):
        missing = ", ".join(revision for standing in behind for revision in standing.pending)
        raise BehindError(f"the database is behind this code, {missing} did not run yet: backstay migrate up")
    # Alembic takes longer to import than a server may take to start.
    from backstay.kernel.migrations.runner import up

    await up(url, modules)


def _may_migrate(settings: Settings) -> bool:
    wanted = settings.database.auto_migrate
    if wanted is not None:
        return wanted
    return settings.app.environment == "development" or settings.database.url.startswith("sqlite")
