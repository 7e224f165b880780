"""The two databases, by name."""

from __future__ import annotations

from typing import Final, Literal, get_args

Dialect = Literal["sqlite", "postgresql"]
DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
