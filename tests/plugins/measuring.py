"""How a test run learns which lines ran, with `--cov`: cheaply, for a tracer takes a third more CPU.

- In the tests' own process the code notes it by itself: see `probes`. No tracer runs there.
- Commands that tests start are followed by coverage.py, but not whole servers: a server under the lab, a
  browser or a fuzzer runs code that the tests measure in their own process already.
- Of a test that runs on several databases only the commands on SQLite are followed: above the engines,
  whose own tests are all followed, the lines are the same ones.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from coverage import Coverage

from tests.plugins.probes import Garden

_FOLLOW: Final = "COVERAGE_PROCESS_CONFIG"
"""Where coverage tells child processes to measure themselves (its patch `subprocess`)."""
_ENGINES: Final = "tests/kernel/database/"
"""Here each database has code of its own."""
_SEEN_ON_SQLITE: Final = pytest.StashKey[bool]()
_PACKAGE: Final = Path(__file__).parents[2] / "src" / "backstay"


class _Measuring:
    """What is measured in this process, and into whose file it goes at the end."""

    def __init__(self) -> None:
        self.garden: Garden | None = None
        self.coverage: Coverage | None = None

    def take_over(self) -> None:
        """Stop whichever tracer runs: one for each child process, another for each of pytest's workers."""
        while (tracing := Coverage.current()) is not None:
            tracing.stop()
            self.coverage = tracing

    def begin(self) -> None:
        """Measure what is imported from now on, if this run measures anything."""
        self.take_over()
        if self.coverage is not None:
            self.garden = Garden(_PACKAGE)
            self.garden.fence()


_measuring: Final = _Measuring()
_measuring.begin()


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    _measuring.take_over()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """Hand over what ran before pytest-cov, around this, writes it down."""
    result = yield
    if _measuring.garden is not None and _measuring.coverage is not None:
        measured = _measuring.coverage.get_data()
        measured.add_arcs(_measuring.garden.arcs())
        measured.touch_files([str(path) for path in _PACKAGE.rglob("*.py")])
    return result


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    on_sqlite = {item.nodeid for item in items if _engine(item) == "sqlite"}
    for item in items:
        engine = _engine(item)
        twin = item.nodeid.replace(engine, "sqlite") if engine else item.nodeid
        item.stash[_SEEN_ON_SQLITE] = twin != item.nodeid and twin in on_sqlite


def _engine(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    engine = callspec.params.get("engine_name") if callspec is not None else None
    return engine if isinstance(engine, str) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    twin = item.stash.get(_SEEN_ON_SQLITE, False) and not item.nodeid.startswith(_ENGINES)
    servers = item.get_closest_marker("lab") is not None or item.get_closest_marker("browser") is not None
    follow = os.environ.pop(_FOLLOW, None) if twin or servers else None
    try:
        return (yield)
    finally:
        if follow is not None:
            os.environ[_FOLLOW] = follow
