"""The house's modules and a gate: one route for anybody, and one for each policy."""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct

import backstay
from backstay import Module
from backstay.kernel.http import Controller, get
from backstay.systems.ratelimit import Algorithm, Limit, Per, Unlimited
from bench.ratelimit.http.policies import POLICIES


class Answer(Struct, frozen=True):
    """What everybody is told."""

    answer: str


ANYBODY: Final = Answer("anybody")


def _limit(name: str, algorithm: Algorithm = Algorithm.GCRA) -> list[object]:
    """One policy and, as with the peers, none of the house's beside it."""
    quota, window = POLICIES[name]
    kind = "" if algorithm is Algorithm.GCRA else f"-{algorithm}"
    return [Unlimited(), Limit(f"{name}{kind}", quota, window=window, per=[Per.ADDRESS], algorithm=algorithm)]


class Gate(Controller):
    """Routes that do nothing but answer."""

    path: ClassVar[str] = "/gate"

    @get("/open", public=True, declares=[Unlimited()])
    async def open(self) -> Answer:
        """Answer anybody."""
        return ANYBODY

    @get("/ample", public=True, declares=_limit("ample"))
    async def ample(self) -> Answer:
        """Answer who has some of an ample quota left."""
        return ANYBODY

    @get("/spent", public=True, declares=_limit("spent"))
    async def spent(self) -> Answer:
        """Answer the first time."""
        return ANYBODY

    @get("/crowd", public=True, declares=_limit("crowd"))
    async def crowd(self) -> Answer:
        """Answer the crowd."""
        return ANYBODY

    @get("/crowd-log", public=True, declares=_limit("crowd", Algorithm.LOG))
    async def crowd_log(self) -> Answer:
        """Answer the crowd, by a policy that is exact in any window."""
        return ANYBODY


MODULES: list[Module] = [
    *backstay.modules(),
    Module(
        name="gate",
        summary="Answers, within limits.",
        package=__package__ or "bench.ratelimit.http.ours",
        requires=["ratelimit"],
        controllers=[Gate],
    ),
]
