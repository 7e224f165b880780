"""What `backstay doctor` would say of this server now."""

from __future__ import annotations

import asyncio

from backstay.kernel.backend import Backend
from backstay.kernel.settings import Finding
from backstay.kernel.tasks import end


class Doctor:
    """One look at a time: it opens a connection of its own to the database, and may wait for the network."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._looking: asyncio.Task[list[Finding]] | None = None

    async def findings(self) -> list[Finding]:
        """What is configured, missing and weak. Whoever asks during a look gets what that one finds."""
        if self._looking is None or self._looking.done():
            # Late: the doctor knows every database's driver, and an idle server carries its own alone.
            from backstay.kernel.settings import examine

            self._looking = asyncio.create_task(examine(self._backend.settings, self._backend.modules))
        # Shielded: one impatient caller must not cancel the look of the others.
        return await asyncio.shield(self._looking)

    async def close(self) -> None:
        """Let go of a look that is under way; called when the server stops."""
        if self._looking is not None:
            await end(self._looking)
