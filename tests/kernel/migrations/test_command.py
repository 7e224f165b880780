"""`backstay migrate`, as it is typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backstay.kernel.migrations import MigrationError
from backstay.kernel.migrations.command import migrate
from backstay.kernel.module import Module
from tests.kernel.migrations.support import MakeModule, first
from tests.plugins.servers import POSTGRES

Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/blog.db")
    return tmp_path / "blog.db"


def run(modules: list[Module], *arguments: str) -> Result:
    return CliRunner().invoke(migrate, arguments, obj=lambda: modules)


def lines(result: Result) -> list[list[str]]:
    """The words of each line, without the times."""
    return [[word for word in line.split() if word != "ms"] for line in result.output.splitlines()]


@pytest.mark.usefixtures("path")
def test_a_database_from_empty_to_current_and_back(blog: Module) -> None:
    before = run([blog], "status")
    up = run([blog], "up")
    again = run([blog], "up")
    after = run([blog], "status")
    down = run([blog], "down", "blog", "--to", "base")
    down_again = run([blog], "down", "blog", "--to", "base")

    assert (before.exit_code, after.exit_code) == (1, 0)
    assert lines(before)[1] == ["blog", "-", "blog_0002", "behind", "blog_0001,", "blog_0002"]
    assert [line[:4] for line in lines(up)] == [
        ["up", "blog_0001", "create", "posts"],
        ["up", "blog_0002", "add", "likes"],
    ]
    assert again.output == "Nothing to run: the database is up to date.\n"
    assert lines(after)[1] == ["blog", "blog_0002", "blog_0002", "current"]
    assert [line[:2] for line in lines(down)] == [["down", "blog_0002"], ["down", "blog_0001"]]
    assert down_again.output == "Nothing to take back: blog is already there.\n"


def test_down_asks_for_a_yes_before_it_deletes(blog: Module, path: Path) -> None:
    run([blog], "up")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO blog_posts VALUES (1, 'a', NULL)")

    refused = run([blog], "down", "blog", "--to", "base")
    assert refused.exit_code == 1
    assert refused.output == (
        "Error: this would delete table blog_posts (1 row); nothing was changed. "
        "Add --yes to do it all the same\n"
    )

    assert run([blog], "down", "blog", "--to", "base", "--yes").exit_code == 0


@pytest.mark.usefixtures("path")
def test_new_writes_a_file_and_check_judges_it(make_module: MakeModule) -> None:
    blog = make_module("blog", None, tables=first())

    wrong = run([blog], "check")
    new = run([blog], "new", "blog", "create", "posts")
    right = run([blog], "check")

    assert (wrong.exit_code, new.exit_code, right.exit_code) == (1, 0, 0)
    assert wrong.output == (
        "SQLite: wrong\n  blog has tables and no migrations: backstay migrate new blog create\n"
    )
    assert new.output == (
        f"Wrote {blog.migrations}/0001_create_posts.py\nRead it, then: backstay migrate up\n"
    )
    assert right.output == "SQLite: in order\n"


@pytest.mark.needs("postgres")
@pytest.mark.usefixtures("path")
def test_check_judges_postgresql_too_when_it_is_configured(
    make_module: MakeModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog = make_module("blog", None, tables=first())
    run([blog], "new", "blog", "create", "posts")
    monkeypatch.setenv("DATABASE_URL", POSTGRES)

    result = run([blog], "check")

    assert result.output == "SQLite: in order\nPostgreSQL: in order\n"


@pytest.mark.usefixtures("path")
def test_what_goes_wrong_reaches_the_root_command_as_one_error(blog: Module) -> None:
    result = run([blog], "up", "blgo")

    assert isinstance(result.exception, MigrationError)
    assert str(result.exception) == "there is no module 'blgo'; there are blog"
