"""Telemetry set up for a test and given back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backstay.kernel.settings import load
from backstay.kernel.telemetry import Telemetry, configure, metrics


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "app.log"


@pytest.fixture
def environ(tmp_path: Path, log_file: Path) -> dict[str, str]:
    return {
        "BACKSTAY_APP_DATA_DIR": str(tmp_path / "var"),
        "BACKSTAY_TELEMETRY_LOG_FILE": str(log_file),
        "BACKSTAY_TELEMETRY_LOG_FORMAT": "json",
    }


@pytest.fixture
def telemetry(environ: dict[str, str]) -> Iterator[Telemetry]:
    metrics.reset()
    telemetry = configure(load(environ=environ))
    yield telemetry
    telemetry.shutdown()
