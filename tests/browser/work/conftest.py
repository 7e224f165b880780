"""The yard: a server whose jobs end as one asks, without samples, so that every figure is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page

from tests.browser.conftest import PRINCIPALS, TOKEN, Served, serving, until

OTHER = "a-token-of-somebody-at-the-quay-for-tests"
QUAY = {"name": "bo", "token": OTHER, "permissions": ["*"], "organization": "quay"}
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with the yard's jobs and without samples, so that every figure is known."""
    environ = {
        "BACKSTAY_APP_MODULES": "tests.browser.work.yard:MODULES",
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps([*PRINCIPALS, QUAY]),
        "BACKSTAY_JOBS_POLL": "0.05s",
        # The tests ask more often than any program would.
        "BACKSTAY_RATELIMIT_ENFORCE": "false",
        "PYTHONPATH": str(ROOT),
    }
    with serving(tmp_path_factory.mktemp("yard"), **environ) as served:
        yield served


def haul(server: Served, *tons: int, token: str = TOKEN) -> list[str]:
    """Enqueue hauls; more than 10 tons are too heavy."""
    authorization = {"authorization": f"Bearer {token}"}
    return [one["id"] for one in server.call("POST", "/v1/yard/hauls", {"tons": tons}, **authorization)]


def job(server: Served, job_id: str) -> dict[str, Any]:
    return dict(server.call("GET", f"/v1/jobs/{job_id}"))


def ended(server: Served, job_id: str, state: str) -> dict[str, Any]:
    """The job, once it is in this state."""
    return until(lambda: job(server, job_id), lambda seen: seen["state"] == state)


def states(server: Served, ids: list[str]) -> list[str]:
    return [job(server, one)["state"] for one in ids]


@pytest.fixture
def paused(server: Served) -> Iterator[None]:
    """The crane rests while the test runs, and lifts what is left behind it."""
    server.call("POST", "/v1/job-queues/crane/pause")
    yield
    server.call("POST", "/v1/job-queues/crane/resume")
    until(lambda: crane(server), lambda queue: queue["ready"] + queue["running"] + queue["failed"] == 0)


def crane(server: Served) -> dict[str, Any]:
    queues = server.call("GET", "/v1/job-queues")
    return next(dict(queue) for queue in queues if queue["queue"] == "crane")


def hour(server: Served) -> tuple[int, int]:
    """Jobs completed and attempts failed in the last hour."""
    minutes = server.call("GET", "/v1/job-queues/minutes")
    return sum(one["completed"] for one in minutes), sum(one["failed"] for one in minutes)


def tile(page: Page, label: str) -> Locator:
    return page.locator("section, div").filter(has=page.get_by_role("heading", name=label, exact=True)).last


def drawer(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Job", exact=True)
