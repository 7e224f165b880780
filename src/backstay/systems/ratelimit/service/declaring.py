"""How limits are declared: on routes, or by a module that takes from them in its own code."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from backstay.systems.ratelimit.contracts import Algorithm, Per, Policy, WhenDown


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
        return Policy(
            name=self.name,
            quota=self.quota,
            window=self.window,
            algorithm=self.algorithm,
            burst=self.burst,
            per=tuple(self.per),
            when_down=self.when_down,
            shadow=self.shadow,
        )


class Concurrent(Struct, frozen=True):
    """How many requests of a route may run at once, streams for as long as they are open."""

    name: str
    """Unique; what answers call it."""
    most: int
    per: Sequence[Per] = (Per.ACTOR,)
    longest: float = 3600.0
    """Seconds after which a place is free again, whatever became of its holder."""


class Critical(Struct, frozen=True):
    """The route is answered while a process sheds others: payments, health."""


class Unlimited(Struct, frozen=True):
    """The route takes nothing from the house's own policies, only from those it declares."""
