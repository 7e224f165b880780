"""What of a test run coverage follows: each line once, for following it doubles a test's CPU.

- The tests' own process and those of commands, not whole servers: a server under the lab, a
  browser or a fuzzer runs code that the tests in this process measure already.
- The first of several processes while tests are gathered: the modules they import are the same ones.
- Of a test that runs on several databases the one on SQLite: above the engines, whose own tests
  are all followed, the lines are the same ones.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Final

import pytest
from coverage import Coverage

_FOLLOW: Final = "COVERAGE_PROCESS_CONFIG"
"""Where coverage tells child processes to measure themselves (its patch `subprocess`)."""
_ENGINES: Final = "tests/kernel/database/"
"""Here each database has code of its own."""
_SEEN_ON_SQLITE: Final = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    following = Coverage.current()
    if following is None or os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        return (yield)
    following.stop()
    try:
        return (yield)
    finally:
        following.start()


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
    following = Coverage.current()
    if following is None:
        return (yield)
    twin = item.stash.get(_SEEN_ON_SQLITE, False) and not item.nodeid.startswith(_ENGINES)
    servers = item.get_closest_marker("lab") is not None or item.get_closest_marker("browser") is not None
    follow = os.environ.pop(_FOLLOW, None) if twin or servers else None
    if twin:
        following.stop()
    try:
        return (yield)
    finally:
        if twin:
            following.start()
        if follow is not None:
            os.environ[_FOLLOW] = follow
