"""Planting a bug inside a server process that the lab started, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Final

from backstay.kernel.guarantees.registry import Guarantee, GuaranteeError, Sabotage

SABOTAGE_VARIABLE: Final = "BACKSTAY_LAB_SABOTAGE"
"""`<guarantee>/<number>`: which bug to plant."""
RECEIPT_VARIABLE: Final = "BACKSTAY_LAB_RECEIPT"
"""A file in the lab's own folder where the server notes its process id once the bug is planted."""
_PLACED: Final = frozenset({Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD})


def find_sabotage(guarantees: Iterable[Guarantee], name: str) -> tuple[Guarantee, Sabotage]:
    """The sabotage called `<guarantee>/<number>`.

    Raises:
        GuaranteeError: there is none.
    """
    wanted, _, number = name.partition("/")
    for guarantee in guarantees:
        if guarantee.name == wanted:
            for sabotage in guarantee.sabotages:
                if str(sabotage.number) == number:
                    return guarantee, sabotage
    raise GuaranteeError(f"no sabotage is called {name!r} in the modules of this server")


def refuse_unfit_patch(name: str, owner: Any, attribute: str, replacement: Any) -> None:
    """Refuse a bug that cannot be planted, or that would show as an error and not as the bug.

    Raises:
        GuaranteeError: there is no such attribute, or its replacement does not take what it takes.
    """
    if not hasattr(owner, attribute):
        raise GuaranteeError(f"sabotage {name!r}: {owner!r} has no {attribute!r} to replace")
    refused = _refused(getattr(owner, attribute), replacement)
    if refused:
        raise GuaranteeError(
            f"sabotage {name!r}: what replaces {attribute!r} does not take {', '.join(refused)}: "
            "whoever passes it would meet a TypeError in place of the bug"
        )


def _refused(original: Any, replacement: Any) -> list[str]:
    """The parameters of a function that its replacement does not take."""
    if not (callable(original) and callable(replacement)):
        return []
    try:
        wanted, taken = signature(original).parameters, signature(replacement).parameters
    except ValueError:  # written in C, and silent about it
        return []
    kinds = [one.kind for one in taken.values()]
    places = sum(kind in _PLACED for kind in kinds)
    any_place, any_name = Parameter.VAR_POSITIONAL in kinds, Parameter.VAR_KEYWORD in kinds
    refused = []
    for place, (name, one) in enumerate(wanted.items()):
        by_place = one.kind in _PLACED and (any_place or place < places)
        by_name = one.kind is Parameter.KEYWORD_ONLY and any_name
        variable = one.kind in {Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD}
        if not (by_place or by_name or variable or name in taken):
            refused.append(name)
    return refused


def plant_sabotage(guarantees: Iterable[Guarantee], environ: Mapping[str, str] = os.environ) -> str | None:
    """Plant the bug that the environment names, if it names one; for the start of a server.

    Call it after the modules are imported and before anything is served. Without the
    receipt's file, which the lab makes, nothing is planted but an error raised: a variable
    left over in somebody's shell must not spoil a real server.

    Returns:
        The name of what was planted, or None.

    Raises:
        GuaranteeError: the sabotage is unknown, patches what does not exist, or no lab waits for it.
    """
    name = environ.get(SABOTAGE_VARIABLE)
    if not name:
        return None
    receipt = environ.get(RECEIPT_VARIABLE, "")
    if not receipt or not Path(receipt).is_file():
        raise GuaranteeError(
            f"{SABOTAGE_VARIABLE} is set to {name!r} but no lab started this server: unset it; "
            "planted bugs are for `backstay prove --sabotage` only"
        )
    _, sabotage = find_sabotage(guarantees, name)
    patched: list[str] = []

    def patch(owner: Any, attribute: str, replacement: Any) -> None:
        refuse_unfit_patch(name, owner, attribute, replacement)
        setattr(owner, attribute, replacement)
        patched.append(attribute)

    sabotage.plant(patch)
    if not patched:
        raise GuaranteeError(f"sabotage {name!r} patched nothing")
    with Path(receipt).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    return name
