"""The garbage collector in a process that does nothing but run jobs."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 50_000
"""Objects made and not yet freed before the collector looks at them; a claim makes more than Python's 700."""


def collect_seldom() -> None:
    """Let the collector pass over what the process has loaded, and look at new objects by the many.

    A worker makes some hundreds of objects for each claim, and all but a few are freed without the
    collector; looking for cycles among them took a third of a busy worker's time. For processes that are
    a worker's alone, once they are ready.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)
