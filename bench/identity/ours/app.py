"""The house's modules and one of the benchmark's."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct

import backstay
from backstay import Module
from backstay.kernel.actor import Actor, Permission
from backstay.kernel.http import Controller, get

LOOK: Final = Permission("pier:look", "Ask who one is", presets=("user",))


class Known(Struct, frozen=True):
    """Who asks."""

    mail: str


class Pier(Controller):
    """Two routes that do nothing but answer."""

    path: ClassVar[str] = "/pier"

    @get("/open", public=True)
    async def open(self) -> Known:
        """Answer anybody."""
        return Known("anybody")

    @get("/whoami", permission=LOOK)
    async def whoami(self, actor: Actor) -> Known:
        """Answer who asks."""
        return Known(actor.name)


MODULES: list[Module] = [
    *backstay.modules(),
    Module(
        name="pier",
        summary="Who asks.",
        package=__package__ or "bench.identity.ours",
        requires=["identity", "access"],
        controllers=[Pier],
        permissions=[LOOK],
    ),
]
