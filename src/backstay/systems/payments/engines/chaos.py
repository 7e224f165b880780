"""The race lab: what can happen between a provider and us, on purpose and again for the same seed."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

from msgspec import Struct

from backstay.kernel.settings import parse_duration

_CHANCES: Final = ("duplicates", "late", "bare", "decline", "challenge", "abandon", "refund_failures")
KNOWN: Final = ("seed", "delay", *_CHANCES)


class Chaos(Struct, frozen=True, kw_only=True):
    """How likely each misfortune is, from 0 to 1."""

    seed: int = 0
    delay: float = 5.0
    """Seconds that a late event is late, at most; so events overtake each other."""
    duplicates: float = 0.0
    """An event comes two or three times."""
    late: float = 0.0
    """An event comes late."""
    bare: float = 0.0
    """An event does not say which payment it is about, as those of charges do; then it may come too early."""
    decline: float = 0.0
    """A card is declined."""
    challenge: float = 0.0
    """The bank wants to know whether it is really the customer (3-D Secure)."""
    abandon: float = 0.0
    """The customer never answers that."""
    refund_failures: float = 0.0
    """A refund fails in the end."""

    def dice(self, *about: object) -> Random:
        """Chance that is the same for the same seed and the same thing."""
        return Random(":".join(map(str, (self.seed, *about))))  # noqa: S311 - misfortune, not a secret

    def deliveries(self, luck: str) -> list[float]:
        """After how many seconds each copy of an event is delivered."""
        dice = self.dice("event", luck)
        copies = dice.choice((2, 3)) if dice.random() < self.duplicates else 1
        return [dice.uniform(0, self.delay) if dice.random() < self.late else 0.0 for _ in range(copies)]


def chaos_of(options: Mapping[str, str]) -> Chaos:
    """What a URL's parameters say.

    Raises:
        ValueError: one of them cannot be used; says which.
    """
    chances = {name: _chance(name, options[name]) for name in _CHANCES if name in options}
    seed = options.get("seed", "0")
    if not seed.isascii() or not seed.isdigit() or len(seed) > 18:
        raise ValueError("has a wrong seed=: a whole number")
    try:
        delay = parse_duration(options.get("delay", "5s"))
    except ValueError:
        raise ValueError("has a wrong delay=: a time such as 5s") from None
    return Chaos(seed=int(seed), delay=delay, **chances)


def _chance(name: str, text: str) -> float:
    try:
        chance = float(text)
    except ValueError:
        chance = -1.0
    if not 0 <= chance <= 1:
        raise ValueError(f"has a wrong {name}=: a number from 0 to 1")
    return chance
