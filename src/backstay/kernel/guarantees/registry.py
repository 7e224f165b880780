"""Declaring a guarantee: a promise, a check that can fail, and a planted bug that shows it can."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Literal, get_args, overload

from typing_extensions import override

from backstay.kernel.guarantees.lab import Lab
from backstay.kernel.guarantees.verdict import FAULT_WORDS, Verdict

Safety = Literal["observe", "probe", "break"]
"""`observe` only reads and may run in production for ever; `probe` writes into a throw-away
organization, at a capped rate; `break` runs only against servers that the lab started itself."""

Engine = Literal["sqlite", "postgres"]

ENGINES: Final[tuple[Engine, ...]] = get_args(Engine)

Patch = Callable[[Any, str, Any], None]
"""`patch(owner, "NAME", replacement)` replaces an attribute that exists, in this process only."""

Check = Callable[[Lab], Awaitable[Verdict]]

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class GuaranteeError(Exception):
    """A guarantee is declared wrongly; the message says which and what to do."""


@dataclass(frozen=True, kw_only=True)
class Sabotage:
    """A bug to be planted in a server that the lab starts; the check must catch it."""

    number: int
    """Its place among the guarantee's sabotages, from 1."""
    words: str
    """What the bug is, as a code review would put it: `read, add in Python, write back`."""
    plant: Callable[[Patch], None]
    engines: tuple[Engine, ...]
    """Where the bug shows; elsewhere the engine itself prevents it."""


@dataclass(frozen=True, kw_only=True)
class Guarantee:
    """A sentence that a user cares about, with the check that would notice if it were untrue."""

    name: str
    """Unique in the house: `counter-is-exact`."""
    promise: str
    """The sentence, for people; no claim that the check does not test."""
    safety: Safety
    engines: tuple[Engine, ...]
    faults: dict[Engine, tuple[str, ...]]
    """Kinds of fault that the check inflicts. One that did not happen makes a run inconclusive."""
    trials: int
    """How many rounds the check makes unless `--trials` says otherwise."""
    core: bool
    """Whether `backstay prove` runs it without being asked."""
    timeout: float
    """Seconds until a run is given up as inconclusive."""
    check: Check
    declared_in: str
    """The Python module of the check."""
    sabotages: list[Sabotage] = field(default_factory=list)

    def sabotage(
        self, words: str, *, engines: Sequence[Engine] | None = None
    ) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
        """Declare a planted bug: a function that is given `patch` inside the server, before it serves."""

        def declare(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
            where = tuple(engines) if engines is not None else self.engines
            self.sabotages.append(
                Sabotage(number=len(self.sabotages) + 1, words=words, plant=plant, engines=where)
            )
            return plant

        return declare


def guarantee(
    name: str,
    *,
    promise: str,
    safety: Safety,
    engines: Sequence[Engine] = ENGINES,
    faults: Sequence[str] | Mapping[Engine, Sequence[str]] = (),
    trials: int = 1,
    core: bool = True,
    timeout: float = 180.0,
) -> Callable[[Check], Guarantee]:
    """Declare the decorated `async def check(lab) -> Verdict` as a guarantee.

    The name it is bound to becomes the `Guarantee`, which then takes `.sabotage("words")`.

    `faults` are the same on every engine, or a mapping from engine to its own.

    Raises:
        GuaranteeError: a name, fault, engine or safety class that does not exist.
    """
    if _NAME.fullmatch(name) is None:
        raise GuaranteeError(f"guarantee {name!r}: a name is lower-case words joined by hyphens")
    if safety not in get_args(Safety):
        raise GuaranteeError(
            f"guarantee {name!r}: safety is one of {', '.join(get_args(Safety))}, not {safety!r}"
        )
    for engine in engines:
        if engine not in ENGINES:
            raise GuaranteeError(
                f"guarantee {name!r}: no engine is called {engine!r}; there are {', '.join(ENGINES)}"
            )
    inflicted = {
        engine: tuple(faults.get(engine, ()) if isinstance(faults, Mapping) else faults) for engine in engines
    }
    for kind in {kind for kinds in inflicted.values() for kind in kinds}:
        if kind not in FAULT_WORDS:
            raise GuaranteeError(
                f"guarantee {name!r}: no fault is called {kind!r}; there are {', '.join(FAULT_WORDS)}"
            )
    if any(inflicted.values()) and safety != "break":
        raise GuaranteeError(
            f"guarantee {name!r}: a check that inflicts faults is of the safety class 'break'"
        )
    if trials < 1:
        raise GuaranteeError(f"guarantee {name!r}: at least one trial")

    def declare(check: Check) -> Guarantee:
        return Guarantee(
            name=name,
            promise=promise,
            safety=safety,
            engines=tuple(engines),
            faults=inflicted,
            trials=trials,
            core=core,
            timeout=timeout,
            check=check,
            declared_in=check.__module__,
        )

    return declare


@dataclass(frozen=True)
class Declared(Sequence[Guarantee]):
    """The guarantees of a `guarantees.py`, which is imported when somebody looks into them.

    A server has no use for them: not for the checks, not for the lab's clients, not for the planted bugs.
    """

    module: str

    @overload
    def __getitem__(self, index: int) -> Guarantee: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Guarantee]: ...
    @override
    def __getitem__(self, index: int | slice) -> Guarantee | Sequence[Guarantee]:
        return self._looked_up()[index]

    @override
    def __len__(self) -> int:
        return len(self._looked_up())

    def _looked_up(self) -> tuple[Guarantee, ...]:
        bound = vars(import_module(self.module)).values()
        return tuple(value for value in bound if isinstance(value, Guarantee))


def declared_in(module: str) -> Sequence[Guarantee]:
    """The guarantees that a `guarantees.py` declares, in its order; for the manifest.

    Args:
        module: its full name, `f"{__package__}.guarantees"` in a `module.py`. It is looked for
            now, and imported when somebody looks into the guarantees.

    Raises:
        GuaranteeError: there is no such module.
    """
    if find_spec(module) is None:
        raise GuaranteeError(f"guarantees are to be declared in {module!r}, and there is no such module")
    return Declared(module)


def refuse_unfit(guarantees: Iterable[Guarantee]) -> None:
    """Refuse names taken twice and checks that nothing can fail: what is asked before guarantees are run.

    Raises:
        GuaranteeError: which guarantee, and what to do.
    """
    taken: dict[str, str] = {}
    for each in guarantees:
        if each.name in taken:
            raise GuaranteeError(
                f"two guarantees are called {each.name!r}, in {taken[each.name]} and {each.declared_in}: "
                "rename one"
            )
        taken[each.name] = each.declared_in
        for engine in each.engines:
            if not any(engine in sabotage.engines for sabotage in each.sabotages):
                raise GuaranteeError(
                    f"guarantee {each.name!r} has no sabotage on {engine}: a check that nothing is seen to "
                    f"fail is no check; plant a bug with @{each.check.__name__}.sabotage(...) "
                    f"in {each.declared_in}"
                )
