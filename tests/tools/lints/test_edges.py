from __future__ import annotations

import pytest

from tests.tools.lints.support import MODULE, NOTES, found, places


@pytest.mark.parametrize(
    "path", [f"{NOTES}/service.py", "src/backstay/kernel/http/app.py", "src/backstay/cli.py"]
)
def test_commit(path: str) -> None:
    text = "async def f(uow):\n    await uow.connection.{}()"
    for name in ("commit", "rollback"):
        assert places("commit", {path: text.format(name)}) == [(path, 2)]
    assert found("commit", {path: "repository.commit('message')\ncommit = 1\nx.committed()"}) == []
    assert found("commit", {"src/backstay/kernel/database/unit.py": text.format("commit")}) == []


@pytest.mark.parametrize(
    "text",
    [
        "from sqlalchemy import select",
        "import sqlalchemy.exc",
        "x = 'SELECT id FROM notes_notes'",
        "x = '''\n  SELECT id\n  FROM notes'''",
        "x = f'INSERT INTO {table} VALUES (1)'",
        "x = 'UPDATE notes_notes SET title = 1'",
        "x = 'CREATE TABLE notes_notes (id int)'",
    ],
)
def test_sql(text: str) -> None:
    path = f"{NOTES}/service.py"
    assert places("sql", {**MODULE, path: text}) == [(path, 1)]
    for home in ("queries.py", "tables.py", "migrations/0001_start.py", "queries/search.py"):
        assert found("sql", {**MODULE, f"{NOTES}/{home}": text}) == []
    assert found("sql", {"src/backstay/kernel/database/postgres.py": text}) == []


def test_prose_is_not_sql() -> None:
    text = '"""SELECT a FROM b."""\nx = "Select one from the list"\ny = "UPDATE: all SET"\nimport sqlite3'
    assert found("sql", {f"{NOTES}/service.py": text}) == []


@pytest.mark.parametrize(
    "call",
    [
        "datetime.now(UTC)",
        "datetime.datetime.now()",
        "date.today()",
        "time.time()",
        "time.time_ns()",
        "func.now()",
    ],
)
def test_clock(call: str) -> None:
    path = f"{NOTES}/service.py"
    assert places("clock", {path: f"\nx = {call}"}) == [(path, 2)]
    assert found("clock", {"src/backstay/kernel/clock.py": call}) == []


def test_other_clocks_are_free() -> None:
    assert (
        found("clock", {f"{NOTES}/service.py": "uow.clock.now()\ntime.perf_counter()\ntime.monotonic()"})
        == []
    )


def test_local_import() -> None:
    path = f"{NOTES}/service.py"
    bare = "def f():\n    import a\n    import b\n"
    assert places("local-import", {path: bare}) == [(path, 2), (path, 3)]
    explained = "def f():\n    # Only with the extra.\n    import a\n    import b\n    x = 1\n"
    assert found("local-import", {path: explained}) == []
    assert places("local-import", {path: f"{explained}    import c\n"}) == [(path, 6)]
    assert found("local-import", {path: "def f():\n    import a  # needs the extra\n"}) == []
    for path_of_a_command in ("src/backstay/cli.py", "src/backstay/commands/serve.py"):
        assert found("local-import", {path_of_a_command: bare}) == []
    assert found("local-import", {path: "import a\nif x:\n    import b\n"}) == []


def test_some_packages_are_always_late() -> None:
    path = f"{NOTES}/service.py"
    assert (
        found("local-import", {path: "def f():\n    import asyncpg\n    from sentry_sdk.x import y\n"}) == []
    )
    assert places("local-import", {path: "def f():\n    import asyncpg, os\n"}) == [(path, 2)]


@pytest.mark.parametrize(
    "statement",
    [
        "Held.count += 1",
        "Held.count = 1",
        "cls.count: int = 1",
        "type(self).count -= 1",
        "self.__class__.a = 1",
    ],
)
def test_class_state(statement: str) -> None:
    path = f"{NOTES}/service.py"
    text = f"class Held:\n    count = 0\n    def keep(self, cls, other):\n        {statement}\n"
    assert places("class-state", {path: text}) == [(path, 4)]


def test_what_a_class_is_made_of_is_no_state() -> None:
    text = (
        "class Held:\n    count = [0]\n    def __init_subclass__(cls):\n        cls.count = [0]\n"
        "    def keep(self, other):\n        self.own = Held.count[0] = other.count = Held.count\n"
        "Held.made = 1\n"
    )
    assert found("class-state", {f"{NOTES}/service.py": text}) == []
