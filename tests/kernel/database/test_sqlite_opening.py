"""Opening a SQLite file for the first time, from many threads at once."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backstay.kernel.database.sqlite import connect

AT_ONCE = 4


def test_many_that_open_a_new_file_at_once_all_get_in(tmp_path: Path) -> None:
    """The first to come switches the file to WAL; without patience about one in twenty was refused."""
    together = threading.Barrier(AT_ONCE)

    def enter(path: Path, *, read_only: bool) -> str:
        together.wait()
        connection = connect(str(path), read_only=read_only)
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        connection.close()
        return str(mode)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for number in range(60):
            path = tmp_path / f"{number}.db"
            with sqlite3.connect(path) as made:
                made.execute("CREATE TABLE thing (id INTEGER)")
            made.close()
            entered = [threads.submit(enter, path, read_only=bool(n)) for n in range(AT_ONCE)]
            assert [one.result() for one in entered] == ["wal"] * AT_ONCE
