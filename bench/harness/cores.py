"""Which core runs what; the same for every contender."""

from __future__ import annotations

from typing import Final

SERVER_CORE: Final = 0
"""Where the contender's server runs, alone."""
LOAD_CORE: Final = 1
"""Where the load, PostgreSQL and the harness itself run."""
