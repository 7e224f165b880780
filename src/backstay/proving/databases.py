"""Databases of the lab's own: a SQLite file, or a PostgreSQL database made for one server and dropped."""

from __future__ import annotations

import os
import sqlite3
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from msgspec import Struct

from backstay.kernel.database import driver_url
from backstay.kernel.guarantees import Engine, LabError
from backstay.proving.ledger import Entry, Ledger

POSTGRES_VARIABLE: Final = "BACKSTAY_LAB_POSTGRES"
"""URL of a PostgreSQL server where the lab may create and drop databases."""


class LabDatabase(Struct, frozen=True):
    """One server's database."""

    url: str
    name: str


def postgres_url(environ: dict[str, str] | None = None) -> str:
    """Where the lab makes databases: the variable, else `DATABASE_URL`'s server, else this machine's."""
    variables = os.environ if environ is None else environ
    for url in (variables.get(POSTGRES_VARIABLE), variables.get("DATABASE_URL")):
        if url and urlsplit(url).scheme.startswith("postgres"):
            return url
    user = variables.get("PGUSER", variables.get("USER", "postgres"))
    return f"postgresql://{user}@127.0.0.1:5432/postgres"


class Databases:
    """Makes and drops the databases of one run."""

    def __init__(self, engine: Engine, ledger: Ledger, admin_url: str | None = None) -> None:
        """`admin_url` names a PostgreSQL server and a role that may create databases."""
        self.engine = engine
        self._ledger = ledger
        self._admin_url = admin_url or postgres_url()

    async def create(self) -> LabDatabase:
        """Make an empty database and note it in the ledger first.

        Raises:
            LabError: PostgreSQL does not answer, or refuses.
        """
        name = f"backstay_lab_{uuid4().hex[:16]}"
        if self.engine == "sqlite":
            folder = self._ledger.folder / name
            folder.mkdir()
            return LabDatabase(f"sqlite:///{folder / 'lab.db'}", name)
        self._ledger.note(Entry("database", name))
        await self._administer(f'CREATE DATABASE "{name}" TEMPLATE template0')
        parts = urlsplit(self._admin_url)
        return LabDatabase(urlunsplit(parts._replace(path=f"/{name}")), name)

    async def drop(self, name: str) -> None:
        """Drop a PostgreSQL database of the lab, its connections with it; nothing happens if it is gone."""
        await self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def end_sessions(self, name: str) -> int:
        """End every session on a database of the lab, in the middle of whatever it does; how many.

        Raises:
            LabError: on SQLite, which has no sessions.
        """
        if self.engine == "sqlite":
            raise LabError("SQLite has no sessions to end: its store ends with the server process, by kill()")
        ended = await self._administer(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "  # noqa: S608 - the name is ours
            f"WHERE datname = '{name}'"
        )
        assert isinstance(ended, int)
        return ended

    async def version(self) -> str:
        """The engine with its version, as verdicts name it."""
        if self.engine == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}"
        version = await self._administer("SHOW server_version")
        return f"PostgreSQL {str(version).split()[0]}"

    async def _administer(self, command: str) -> object:
        try:
            connection = await asyncpg.connect(driver_url(self._admin_url), timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise LabError(
                f"no PostgreSQL for the lab ({error}): set {POSTGRES_VARIABLE} to the URL of one where "
                "databases may be created, or run with --engine sqlite"
            ) from None
        try:
            return await connection.fetchval(command)
        except asyncpg.PostgresError as error:
            raise LabError(f"PostgreSQL refused {command!r}: {error}") from None
        finally:
            await connection.close()
