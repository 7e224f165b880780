"""Projections: how far they are, and building them anew."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, get, post
from backstay.systems.events.contracts import Name, ProjectionInfo
from backstay.systems.events.errors import NoSuchProjection
from backstay.systems.events.http.permissions import OPERATE
from backstay.systems.events.service import projecting, reading


class Rebuilding(Struct, frozen=True):
    """A projection that is being built anew."""

    name: str
    generation: int


class ProjectionsController(Controller):
    """What is kept up to date from the log."""

    path: ClassVar[str] = "/event-projections"
    name: ClassVar[str] = "event_projection"

    @get(permission=OPERATE)
    async def list_all(self, reader: Reader) -> list[ProjectionInfo]:
        """Show every projection and how far it is."""
        return await reading.projections(reader)

    @post("/{name:str}/rebuild", permission=OPERATE, status=202, problems=[NoSuchProjection])
    async def rebuild(self, uow: UnitOfWork, name: FromPath[Name]) -> Rebuilding:
        """Build a projection anew beside the one in use, which readers see until it has caught up."""
        return Rebuilding(name, await projecting.rebuild(uow, name))
