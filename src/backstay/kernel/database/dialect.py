"""The two databases, by name."""

from __future__ import annotations

from typing import Literal

Dialect = Literal["sqlite", "postgresql"]
