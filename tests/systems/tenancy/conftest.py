from __future__ import annotations

import pytest

from tests.plugins.pgbouncer import ENGINES


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Also through a proxy and behind the second wall."""
    return str(request.param)
