"""backstay as a contender: on PostgreSQL beside the peers, and on SQLite."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from backstay.kernel.auth import DevelopmentAuthenticator
from backstay.kernel.settings import Principal
from backstay.kernel.signing import Keys
from bench.harness.commands import run
from bench.harness.machine import REPOSITORY
from bench.harness.model import Contender, Endpoint, Server, Site
from bench.http_crud import checks, requests
from bench.http_crud.api import POOL_SIZE, SECRET, Dialect, peers_list_path
from bench.http_crud.data import User, users
from bench.http_crud.tables import PostgresRows, SqliteRows

_TABLE: Final = "items_items"
_STAMPS: Final = {"created_by": str(users()[0].id), "updated_by": str(users()[0].id)}
"""Columns that backstay keeps beside the benchmark's own."""
_BACKSTAY: Final = str(Path(sys.executable).with_name("backstay"))
_ISSUER: Final = DevelopmentAuthenticator((), Keys(SECRET.encode()))


def token(user: User, scopes: Sequence[str], ends: datetime) -> str:
    """The token that backstay reads: HS256, as `backstay token` prints it."""
    principal = Principal(
        name=str(user.id), permissions=tuple(scopes), organization=str(user.organization_id)
    )
    return _ISSUER.mint(principal, ends - datetime.now(UTC))


DIALECT: Final = Dialect(token=token, list_path=peers_list_path)


def on_postgres(site: Site) -> Contender:
    """Backstay on PostgreSQL."""
    rows = PostgresRows(site.postgres, "ours", _TABLE, _STAMPS)

    def create() -> None:
        site.postgres.create_database(rows.database)
        _migrate(site.work / "ours", site.postgres.url(rows.database))
        rows.fill()

    return _contender("ours", "backstay", site, rows, create=create, url=site.postgres.url(rows.database))


def on_sqlite(site: Site) -> Contender:
    """Backstay on SQLite, where every commit is synchronised (`synchronous=FULL`)."""
    directory = site.work / "ours-sqlite"
    file = directory / "items.db"
    url = f"sqlite:///{file}"
    rows = SqliteRows(file, _TABLE, _STAMPS)

    def create() -> None:
        for stale in directory.glob("items.db*"):
            stale.unlink()
        _migrate(directory, url)
        rows.fill()

    return _contender("ours-sqlite", "backstay on SQLite", site, rows, create=create, url=url)


def _contender(
    name: str, title: str, site: Site, rows: PostgresRows | SqliteRows, *, url: str, **parts: object
) -> Contender:
    directory = site.work / name

    def server(endpoint: Endpoint) -> Server:
        return Server(
            command=[_BACKSTAY, "serve", "--quiet", "--port", str(endpoint.port)],
            environment=_environment(directory, url),
            directory=directory,
        )

    return Contender(
        name=name,
        title=title,
        prepare=lambda: directory.mkdir(parents=True, exist_ok=True),
        reset=rows.reset,
        rows=rows.count,
        server=server,
        probe=lambda: requests.probe(DIALECT),
        check=lambda endpoint: checks.check(endpoint, DIALECT, rows.count),
        requests=lambda endpoint, workload: requests.requests(DIALECT, endpoint, workload),
        versions=_versions,
        **parts,  # type: ignore[arg-type]  # the parts differ by engine
    )


def _migrate(directory: Path, url: str) -> None:
    run([_BACKSTAY, "migrate", "up"], directory, _environment(directory, url))


def _environment(directory: Path, url: str) -> dict[str, str]:
    return {
        "PYTHONPATH": str(REPOSITORY),
        "BACKSTAY_APP_ENVIRONMENT": "production",
        "BACKSTAY_APP_MODULES": "bench.http_crud.ours.app:MODULES",
        "BACKSTAY_APP_DATA_DIR": str(directory / "var"),
        "BACKSTAY_APP_SECRET_KEY": SECRET,
        "BACKSTAY_DATABASE_POOL_SIZE": str(POOL_SIZE),
        # The peers write no line a request either. Metrics and the request log stay on, as by default.
        "BACKSTAY_TELEMETRY_LOG_LEVEL": "warning",
        # A few callers ask without end here, and the peers limit nobody.
        "BACKSTAY_RATELIMIT_ENFORCE": "false",
        "DATABASE_URL": url,
    }


def _versions() -> Mapping[str, str]:
    names = ("backstay", "msgspec", "sqlalchemy", "asyncpg", "pyjwt", "uvicorn", "uvloop")
    # Where it lies, too: one that a version manager built without optimising takes half as much CPU again.
    python = f"{sys.version.split()[0]} at {Path(sys.executable).resolve()}"
    return {"python": python, **{name: version(name) for name in names}}
