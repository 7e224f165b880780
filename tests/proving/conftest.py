"""The lab's own tests drive a tiny server (tiny/app.py), so that they need nothing else of the house."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from backstay.kernel.guarantees import History
from backstay.proving.databases import POSTGRES_VARIABLE, Databases
from backstay.proving.lab import Laboratory, Setting
from backstay.proving.ledger import Ledger
from backstay.proving.plan import Plan
from backstay.proving.process import Launch
from backstay.proving.proxy import TcpProxy
from tests.plugins.servers import POSTGRES

from .streams import Echo, Marks

TINY = Path(__file__).parent / "tiny"
LAUNCH = Launch((sys.executable, str(TINY / "app.py"), "{port}"), {})


def tiny_guarantees() -> ModuleType:
    """tiny/guarantees.py, imported afresh so that tests may add to it."""
    specification = importlib.util.spec_from_file_location("tiny_guarantees", TINY / "guarantees.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def tiny() -> ModuleType:
    return tiny_guarantees()


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of this test keep their folders to themselves; PostgreSQL is the tests' one."""
    home = tmp_path / "labs"
    home.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(home))
    monkeypatch.setenv("TMPDIR", str(home))
    monkeypatch.setenv(POSTGRES_VARIABLE, POSTGRES)
    return home


def plan(*guarantees: Any, **options: Any) -> Plan:
    values = {"engines": ("sqlite",), "seed": 7, "launch": LAUNCH, **options}
    return Plan(guarantees=guarantees, **values)


def setting(**options: Any) -> Setting:
    values = {
        "guarantee": "tried-by-hand",
        "engine": "sqlite",
        "seed": 7,
        "trials": 1,
        "safety": "break",
        "launch": LAUNCH,
        **options,
    }
    return Setting(**values)


@pytest.fixture
async def lab() -> AsyncIterator[Laboratory]:
    """A laboratory for the tiny server, cleared away afterwards."""
    ledger = Ledger.open()
    databases = Databases("sqlite", ledger)
    try:
        async with Laboratory(setting(), History(), ledger, databases) as laboratory:
            yield laboratory
    finally:
        await ledger.settle(databases.drop)


def alive(pid: int) -> bool:
    """Whether a process of this id exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def state(pid: int) -> str:
    """The state letter of a process: R, S, T (stopped), Z."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, int]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    yield echo, server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def marks() -> Marks:
    return []


@pytest.fixture
async def proxy(echo: tuple[Echo, int], marks: Marks) -> AsyncIterator[TcpProxy]:
    async with TcpProxy("127.0.0.1", echo[1], Random(1), lambda *mark: marks.append(mark)) as proxy:
        yield proxy
