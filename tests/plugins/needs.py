"""Tests that need a program or server which a newcomer may lack: `@needs("postgres")`.

Without the tool they are skipped, and the end of the run says in plain words what did not run and how
to get it. With `CI=true` or `BACKSTAY_TEST_REQUIRE_ALL=1` nothing may be skipped: a missing tool is a failure,
and so is any other skip.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.plugins.servers import POSTGRES, RABBITMQ, REDIS
from tests.tools_env import executable

Problem = str | None
"""Why a tool cannot be used; None when it can."""


@dataclass(frozen=True)
class Tool:
    """Something outside Python that some tests use."""

    title: str
    missing: Callable[[], Problem]
    advice: str
    """How a person gets it."""


def _postgres() -> Problem:
    async def ask() -> None:
        connection = await asyncpg.connect(POSTGRES, timeout=3)
        await connection.close()

    try:
        asyncio.run(ask())
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        return f"no connection to {POSTGRES} ({type(error).__name__}: {error})"
    return None


def _redis() -> Problem:
    host, _, port = REDIS.removeprefix("redis://").partition("/")[0].partition(":")
    try:
        with socket.create_connection((host, int(port or 6379)), 2) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
    except OSError as error:
        return f"no connection to {REDIS} ({error})"
    return None if answer.startswith(b"+PONG") else f"{REDIS} answers {answer!r} to PING"


def _rabbitmq() -> Problem:
    parts = urlsplit(RABBITMQ)
    where = (parts.hostname or "127.0.0.1", parts.port or 5672)
    try:
        with socket.create_connection(where, 2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            answer = connection.recv(64)
    except OSError as error:
        return f"no connection to {where[0]}:{where[1]} ({error})"
    return None if answer.startswith(b"\x01\x00\x00") else f"{where[0]}:{where[1]} speaks no AMQP 0.9.1"


def chromium() -> str | None:
    """The path of a Chromium or Chrome on this machine.

    The headless shell first: it has no windows to keep, which take a third of a browser test's CPU.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, [os.environ.get("BACKSTAY_TEST_CHROMIUM", ""), *names])), None)


def _program(name: str) -> Callable[[], Problem]:
    return lambda: None if shutil.which(name) else f"no program `{name}` on the PATH"


def _node_tools(*names: str) -> Callable[[], Problem]:
    return lambda: next(
        (f"no {executable(name)}" for name in names if not executable(name).exists()), _program("node")()
    )


def _docker() -> Problem:
    if shutil.which("docker") is None:
        return "no program `docker` on the PATH"
    asked = subprocess.run(["docker", "info"], capture_output=True, check=False)
    return None if asked.returncode == 0 else "the Docker daemon does not answer"


TOOLS: Final = {
    "postgres": Tool(
        "PostgreSQL",
        _postgres,
        "install it (Debian, Ubuntu: apt install postgresql) and let this address in without a password,\n"
        "or set BACKSTAY_TEST_POSTGRES to a role that may create databases",
    ),
    "pgbouncer": Tool(
        "PgBouncer",
        lambda: _postgres() or _program("pgbouncer")(),
        "install it (Debian, Ubuntu: apt install pgbouncer)",
    ),
    "pgtap": Tool(
        "pgTAP in PostgreSQL",
        lambda: _postgres() or _program("pg_prove")(),
        "install it (Debian, Ubuntu: apt install pgtap)",
    ),
    "redis": Tool(
        "Redis", _redis, "install it (Debian, Ubuntu: apt install redis-server); `make test` starts it"
    ),
    "chromium": Tool(
        "Chromium",
        lambda: None if chromium() else "no Chromium or Chrome on the PATH",
        "install it (Debian, Ubuntu: apt install chromium) or set BACKSTAY_TEST_CHROMIUM to its path",
    ),
    "node": Tool("Node with npm", _program("npm"), "install Node 22 or later from https://nodejs.org"),
    "prometheus": Tool(
        "Prometheus with promtool",
        lambda: _program("prometheus")() or _program("promtool")(),
        "install it (Debian, Ubuntu: apt install prometheus)",
    ),
    "ddapm": Tool(
        "an OTLP receiver (ddapm-test-agent)",
        lambda: None if executable("ddapm").exists() else f"no {executable('ddapm')}",
        "run: python -m tests.tools_env",
    ),
    "newman": Tool(
        "Postman's newman and openapi-to-postmanv2",
        _node_tools("newman", "openapi2postmanv2"),
        "run: python -m tests.tools_env (it needs Node with npm)",
    ),
    "maildev": Tool(
        "maildev", _node_tools("maildev"), "run: python -m tests.tools_env (it needs Node with npm)"
    ),
    "simplewebauthn": Tool(
        "SimpleWebAuthn's server",
        _node_tools("simplewebauthn"),
        "run: python -m tests.tools_env (it needs Node with npm)",
    ),
    "oidc-provider": Tool(
        "npm's oidc-provider",
        _node_tools("oidc-provider"),
        "run: python -m tests.tools_env (it needs Node with npm)",
    ),
    "asyncapi": Tool(
        "AsyncAPI's JSON Schema",
        _node_tools("asyncapi"),
        "run: python -m tests.tools_env (it needs Node with npm)",
    ),
    "stripe-spec": Tool(
        "Stripe's OpenAPI document",
        lambda: None if executable("stripe-spec").exists() else f"no {executable('stripe-spec')}",
        "run: python -m tests.tools_env",
    ),
    "localstripe": Tool(
        "localstripe",
        lambda: None if executable("localstripe").exists() else f"no {executable('localstripe')}",
        "run: python -m tests.tools_env",
    ),
    "rabbitmq": Tool(
        "RabbitMQ",
        _rabbitmq,
        "install it (Debian, Ubuntu: apt install rabbitmq-server); `make test` starts it",
    ),
    "nats": Tool(
        "nats-server",
        lambda: None if executable("nats-server").exists() else f"no {executable('nats-server')}",
        "run: python -m tests.tools_env",
    ),
    "tansu": Tool(
        "Tansu, a broker that speaks Kafka",
        lambda: None if executable("tansu").exists() else f"no {executable('tansu')}",
        "run: python -m tests.tools_env",
    ),
    "uv": Tool(
        "uv", _program("uv"), "run `make test`, which brings it; or install it from https://docs.astral.sh/uv"
    ),
    "docker": Tool("Docker", _docker, "install Docker and start it"),
}

needs = pytest.mark.needs
"""`@needs("postgres")`: skip, and say so, where the tool is missing."""


@cache
def problem_with(tool: str) -> Problem:
    """Why the tool cannot be used here; asked once a process."""
    if tool not in TOOLS:
        return f"unknown tool {tool!r}: the known ones are {', '.join(TOOLS)} (tests/plugins/needs.py)"
    return TOOLS[tool].missing()


def everything_required() -> bool:
    """Whether a skipped test is a failed test here."""
    return os.environ.get("CI") == "true" or os.environ.get("BACKSTAY_TEST_REQUIRE_ALL") == "1"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose tools are not here, or fail it where everything is required."""
    for mark in item.iter_markers("needs"):
        for tool in mark.args:
            problem = problem_with(tool)
            if problem is None:
                continue
            if everything_required() or tool not in TOOLS:
                pytest.fail(f"this test needs {tool}: {problem}", pytrace=False)
            pytest.skip(f"needs {tool}: {problem}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required, count any skip as a failure, whatever asked for it."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and everything_required():
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and here nothing may be: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tools were missed, by how many tests, and how to get them."""
    missed = Counter(_needed(report) for report in terminalreporter.stats.get("skipped", ()))
    del missed[""]
    if not missed:
        return
    terminalreporter.section("not run on this machine")
    for tool, count in missed.most_common():
        entry = TOOLS[tool]
        tests = "1 test needs" if count == 1 else f"{count} tests need"
        advice = entry.advice.replace("\n", "\n    ")
        terminalreporter.line(f"{tests} {entry.title}: {problem_with(tool)}\n    To run them: {advice}.")
    terminalreporter.line("Everything else ran. CI runs all of it.")


def _needed(report: pytest.TestReport) -> str:
    """The tool for whose absence this test was skipped; empty for other skips."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    tool = reason.removeprefix("Skipped: ").removeprefix("needs ").partition(":")[0]
    return tool if tool in TOOLS else ""
