"""The house with one more module, which tells what its process has imported."""

from __future__ import annotations

import sys
from typing import ClassVar

import backstay
from backstay import Controller, Module, get


class WitnessController(Controller):
    """What is loaded here."""

    path: ClassVar[str] = "/witness"
    version = None

    @get(public=True)
    async def loaded(self) -> list[str]:
        """The names of all imported modules."""
        return sorted(sys.modules)


MODULES = [
    *backstay.modules(),
    Module(
        name="witness",
        summary="Tells what is imported.",
        package=__package__,
        controllers=[WitnessController],
    ),
]
