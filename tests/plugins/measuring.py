"""Which processes of a test run coverage follows: the tests' own and those of commands, not whole servers.

A server under the lab, a browser or a fuzzer runs code that the tests in this process measure
already; following it there costs a third more CPU and shows nothing new.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

_FOLLOW = "COVERAGE_PROCESS_CONFIG"
"""Where coverage tells child processes to measure themselves (its patch `subprocess`)."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    follow = os.environ.get(_FOLLOW)
    if follow is None or not (item.get_closest_marker("lab") or item.get_closest_marker("browser")):
        return (yield)
    del os.environ[_FOLLOW]
    try:
        return (yield)
    finally:
        os.environ[_FOLLOW] = follow
