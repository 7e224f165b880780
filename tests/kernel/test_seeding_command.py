"""`backstay seed`, as it is typed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backstay.kernel.seeding import SeedingError
from backstay.kernel.seeding.command import seed
from backstay.products.counter.module import module as counter
from backstay.products.notes.module import module as notes
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs


@pytest.fixture(autouse=True)
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/test.db")
    return tmp_path / "test.db"


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(
        seed, arguments, obj=lambda: [idempotency, jobs, events, counter, notes], input=answer
    )


def titles(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT title FROM notes_notes ORDER BY id")]


def test_tables_are_made_and_filled_once(path: Path) -> None:
    first = run("--module", "notes")
    second = run()

    assert (first.exit_code, second.exit_code) == (0, 0)
    # With what it requires.
    assert [line.split() for line in first.output.splitlines() if line] == [
        ["idempotency", "24", "written", "(small,", "seed", "1)"],
        ["notes", "40", "written", "(small,", "seed", "1)"],
    ]
    assert [line.split()[0] for line in second.output.splitlines() if line] == [
        "idempotency",
        "jobs",
        "counter",
        "notes",
    ]
    assert "notes  has its sample data already (small, seed 1)" in second.output
    assert len(titles(path)) == 40


def test_the_same_seed_and_day_give_the_same_rows_after_starting_over(path: Path) -> None:
    run("--module", "notes", "--seed", "7", "--present", "2026-11-21")
    first = titles(path)
    run("--module", "notes", "--seed", "8", "--present", "2026-11-21", "--fresh", "--yes")
    other = titles(path)
    run("--module", "notes", "--seed", "7", "--present", "2026-11-21", "--fresh", "--yes")

    assert titles(path) == first
    assert other != first


def test_nothing_is_deleted_without_a_yes(path: Path) -> None:
    run("--module", "notes")
    before = titles(path)

    result = run("--module", "notes", "--fresh", answer="n\n")

    assert result.exit_code == 1
    assert "Delete every row of notes in this database? [y/N]" in result.output
    assert titles(path) == before


def test_production_is_left_alone(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("BACKSTAY_APP_ENVIRONMENT", "production")
    monkeypatch.setenv("BACKSTAY_APP_SECRET_KEY", "x" * 40)

    result = run()

    assert isinstance(result.exception, SeedingError)
    assert str(result.exception) == "this is a production deployment: sample data does not belong here"
    assert not path.exists()
