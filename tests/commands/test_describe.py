"""`backstay routes` and `backstay openapi`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from backstay.commands.describe import openapi, routes
from backstay.products.notes.module import module as notes
from backstay.systems.health.module import module as health
from backstay.systems.idempotency.module import module as idempotency


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    # Describing must not need it.
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")


def test_every_route_with_who_may_call_it() -> None:
    result = CliRunner().invoke(routes, ["--json"], obj=lambda: [health, idempotency, notes])

    rows = json.loads(result.output)
    by_route = {(row["method"], row["path"]): row for row in rows}
    assert by_route["GET", "/livez"] == {
        "method": "GET",
        "path": "/livez",
        "permission": None,
        "module": "health",
        "deprecated": False,
    }
    assert by_route["POST", "/v1/notes"]["permission"] == "notes:write"
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert {row["module"] for row in rows} == {"health", "idempotency", "notes", "kernel"}


def test_the_table_marks_what_is_public() -> None:
    result = CliRunner().invoke(routes, [], obj=lambda: [health])

    assert ["GET", "/livez", "public", "health"] in [line.split() for line in result.output.splitlines()]


def test_the_description_is_printed_or_written(tmp_path: Path) -> None:
    printed = CliRunner().invoke(openapi, [], obj=lambda: [health, idempotency, notes])
    written = CliRunner().invoke(openapi, ["--output", "api.json"], obj=lambda: [health, idempotency, notes])

    document = json.loads(printed.output)
    assert document["openapi"] == "3.1.0"
    assert "/v1/notes" in document["paths"]
    assert written.output == ""
    assert json.loads((tmp_path / "api.json").read_text()) == document
    assert sorted(path.name for path in tmp_path.iterdir()) == ["api.json"]
