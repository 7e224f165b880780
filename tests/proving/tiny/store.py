"""The tiny server's data, each function one transaction."""

from __future__ import annotations

import sqlite3
from contextlib import closing

path = ""


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


def create() -> None:
    with closing(connect()) as db:
        db.executescript(
            "CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, value INTEGER);"
            "INSERT OR IGNORE INTO counter VALUES (1, 0);"
            "CREATE TABLE IF NOT EXISTS items (id INTEGER PRIMARY KEY, title TEXT UNIQUE)"
        )


def add(amount: int) -> int:
    with closing(connect()) as db:
        row = db.execute("UPDATE counter SET value = value + ? RETURNING value", (amount,)).fetchone()
        return int(row[0])


def value() -> int:
    with closing(connect()) as db:
        return int(db.execute("SELECT value FROM counter").fetchone()[0])


def put(title: str) -> bool:
    with closing(connect()) as db:
        db.execute("BEGIN IMMEDIATE")
        if db.execute("SELECT 1 FROM items WHERE title = ?", (title,)).fetchone():
            db.execute("ROLLBACK")
            return False
        db.execute("INSERT INTO items (title) VALUES (?)", (title,))
        try:
            db.execute("COMMIT")
        except sqlite3.Error:
            db.execute("ROLLBACK")
            raise
        return True


def page(cursor: str) -> dict[str, object]:
    with closing(connect()) as db:
        rows = db.execute(
            "SELECT id, title FROM items WHERE id > ? ORDER BY id LIMIT 20", (cursor or 0,)
        ).fetchall()
    return {
        "items": [{"title": title} for _, title in rows],
        "next_cursor": str(rows[-1][0]) if len(rows) == 20 else None,
    }
