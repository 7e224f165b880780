from __future__ import annotations

from collections.abc import Iterator

import pytest

from tools.fuzz import Served, serving


@pytest.fixture(scope="package")
def served() -> Iterator[Served]:
    """A real server with sample data, on SQLite."""
    with serving("sqlite") as started:
        yield started
