"""How limits are declared: on routes, or by a module that takes from them in its own code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from backstay.systems.ratelimit.contracts import Algorithm, Per, Policy, WhenDown

_TYPED: Final = re.compile(r"\{(\w+):\w+\}")
_UNTYPED: Final = r"{\1}"


class Limit(Struct, frozen=True):
    """A policy that a route asks for, besides those of the house: `declares=[Limit("search", quota=30)]`.

    Declared on several routes, it is one policy that they share; only the cost may differ. A module
    that takes from it by itself (`Limiter.take`) declares it in its manifest.
    """

    name: str
    """Unique; what answers call it. The settings and the API change it by this name."""
    quota: int
    window: int = 60
    """Seconds."""
    per: Sequence[Per] = (Per.ACTOR,)
    """All of these together have one quota. Whoever has proven nothing counts as their address."""
    cost: int = 1
    """Units that one request takes."""
    algorithm: Algorithm = Algorithm.GCRA
    burst: int | None = None
    when_down: WhenDown = WhenDown.LOCAL
    shadow: bool = False

    @property
    def policy(self) -> Policy:
        """The policy as declared.

        Raises:
            ValueError: no store could count it exactly; says what to change.
        """
        told = {name: value for name, value in msgspec.to_builtins(self).items() if name != "cost"}
        try:
            return msgspec.convert(told, Policy)
        except msgspec.ValidationError as problem:
            raise ValueError(str(problem)) from None


class Concurrent(Struct, frozen=True):
    """How many requests of a route may run at once, streams for as long as they are open."""

    name: str
    """Unique; what answers call it."""
    most: int
    per: Sequence[Per] = (Per.ACTOR,)
    longest: float = 3600.0
    """Seconds after which a place is free again, whatever became of its holder."""


def route_name(method: str, template: str) -> str:
    """A route as the request log calls it: `GET /v1/notes/{note_id}`, without the types of its parameters."""
    return f"{method} {_TYPED.sub(_UNTYPED, template)}"


class Critical(Struct, frozen=True):
    """The route is answered while a process sheds others: payments, health."""


class Unlimited(Struct, frozen=True):
    """The route takes nothing from the house's own policies, only from those it declares."""
