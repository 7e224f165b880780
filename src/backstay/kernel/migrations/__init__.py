"""Migrations: one straight branch of Alembic revisions a module, run all together or not at all.

`standings` says where a database stands and is cheap enough for every start; `up`, `down`,
`new` and `check` import Alembic when they are first called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backstay.kernel.migrations.branches import (
    VERSION_TABLE,
    Branch,
    MigrationError,
    Revision,
    branch_of,
    branches_of,
)
from backstay.kernel.migrations.house import seeds
from backstay.kernel.migrations.readying import BehindError, ready
from backstay.kernel.migrations.standing import Standing, State, standings

if TYPE_CHECKING:
    from backstay.kernel.migrations.autogenerate import NothingChangedError, new
    from backstay.kernel.migrations.checking import check
    from backstay.kernel.migrations.judging import judge
    from backstay.kernel.migrations.runner import Applied, DataLossError, Report, down, up

_NEEDS_ALEMBIC = {
    "NothingChangedError": "autogenerate",
    "new": "autogenerate",
    "check": "checking",
    "judge": "judging",
    "Applied": "runner",
    "DataLossError": "runner",
    "Report": "runner",
    "down": "runner",
    "up": "runner",
}

__all__ = [
    "VERSION_TABLE",
    "Applied",
    "BehindError",
    "Branch",
    "DataLossError",
    "MigrationError",
    "NothingChangedError",
    "Report",
    "Revision",
    "Standing",
    "State",
    "branch_of",
    "branches_of",
    "check",
    "down",
    "judge",
    "new",
    "ready",
    "seeds",
    "standings",
    "up",
]


def __getattr__(name: str) -> Any:
    """Import what needs Alembic only when it is asked for (PEP 562)."""
    if name in _NEEDS_ALEMBIC:
        # Late, because Alembic takes longer to import than a server may take to start.
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_NEEDS_ALEMBIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
