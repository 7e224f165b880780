"""Planting a bug inside a server process that the lab started, and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from backstay.kernel.guarantees.registry import Guarantee, GuaranteeError, Sabotage

SABOTAGE_VARIABLE: Final = "BACKSTAY_LAB_SABOTAGE"
"""`<guarantee>/<number>`: which bug to plant."""
RECEIPT_VARIABLE: Final = "BACKSTAY_LAB_RECEIPT"
"""A file in the lab's own folder where the server notes its process id once the bug is planted."""


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
        if not hasattr(owner, attribute):
            raise GuaranteeError(f"sabotage {name!r}: {owner!r} has no {attribute!r} to replace")
        setattr(owner, attribute, replacement)
        patched.append(attribute)

    sabotage.plant(patch)
    if not patched:
        raise GuaranteeError(f"sabotage {name!r} patched nothing")
    with Path(receipt).open("a", encoding="utf-8") as file:
        file.write(f"{os.getpid()}\n")
    return name
