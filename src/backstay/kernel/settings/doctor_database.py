"""The doctor's look at the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import asyncpg

from backstay.kernel.database import driver_url
from backstay.kernel.migrations import MigrationError, State, standings
from backstay.kernel.module import Module
from backstay.kernel.settings.findings import Finding, Severity
from backstay.kernel.settings.secret import redact_url
from backstay.kernel.settings.tree import Settings

_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs", "lustre", "afs", "beegfs"}
)
_CONNECT_SECONDS: Final = 3.0
_SUBJECT: Final = "database"


async def database_findings(
    settings: Settings, mounts: Path = Path("/proc/mounts")
) -> AsyncIterator[Finding]:
    """What is to be said of the configured database; `mounts` is the kernel's list of file systems."""
    if settings.database.url.startswith("sqlite"):
        for finding in _sqlite(settings, mounts):
            yield finding
    else:
        async for finding in _postgresql(settings):
            yield finding


def _sqlite(settings: Settings, mounts: Path) -> Iterator[Finding]:
    path = Path(settings.database.url.removeprefix("sqlite:///"))
    yield Finding(Severity.OK, _SUBJECT, f"SQLite at {path}")
    system = file_system(path, mounts)
    if system in _NETWORK_FILE_SYSTEMS or system.startswith("fuse."):
        several = settings.http.workers > 1
        yield Finding(
            Severity.ERROR if several else Severity.WARNING,
            _SUBJECT,
            f"SQLite lies on a network disk ({system})"
            + (f" and {settings.http.workers} workers share it" if several else ""),
            "Its write-ahead log needs shared memory and true locks: use a local disk or PostgreSQL.",
        )
    if settings.app.environment == "production":
        yield Finding(
            Severity.WARNING,
            "backup",
            f"nothing is known to copy {path}",
            "Stream it with Litestream, or run `sqlite3 FILE '.backup COPY'` on a schedule; try a restore.",
        )


def file_system(path: Path, mounts: Path) -> str:
    """The type of the file system that holds the path, or an empty text where the kernel does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    holder = path.absolute()
    best: tuple[int, str] = (0, "")
    for line in lines:
        _, mount, system, *_ = line.split(" ")
        point = mount.replace("\\040", " ")
        if holder.is_relative_to(point) and len(point) >= best[0]:
            best = (len(point), system)
    return best[1]


async def _postgresql(settings: Settings) -> AsyncIterator[Finding]:
    url = settings.database.url
    shown = redact_url(url)
    try:
        connection = await asyncpg.connect(driver_url(url), timeout=_CONNECT_SECONDS, statement_cache_size=0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        yield Finding(Severity.ERROR, _SUBJECT, f"{shown} does not answer: {error}", _advice(url, error))
        return
    try:
        # In a transaction, for behind PgBouncer nothing else is one connection.
        async with connection.transaction():
            row = await connection.fetchrow(
                "SELECT current_setting('server_version') AS version,"
                " current_setting('max_connections')::int AS connections,"
                " current_setting('fsync')::bool AS fsync,"
                " current_setting('synchronous_commit') AS synchronous_commit,"
                " (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) AS bypasses"
            )
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)
    yield Finding(Severity.OK, _SUBJECT, f"PostgreSQL {row['version']} at {shown}")
    for finding in _server_findings(settings, dict(row)):
        yield finding


def _server_findings(settings: Settings, server: dict[str, Any]) -> Iterator[Finding]:
    wanted = settings.http.workers * settings.database.pool_size
    if wanted > server["connections"]:
        yield Finding(
            Severity.ERROR,
            "database.pool_size",
            f"{settings.http.workers} workers may open {wanted} connections; "
            f"the server allows {server['connections']}",
            "Lower database.pool_size or http.workers, or raise max_connections.",
        )
    if not server["fsync"] or server["synchronous_commit"] == "off":
        yield Finding(
            Severity.WARNING,
            _SUBJECT,
            "the server acknowledges commits before they are on disk",
            "Set fsync = on and synchronous_commit = on, or accept that a power cut loses commits.",
        )
    if server["bypasses"]:
        yield Finding(
            Severity.WARNING if settings.app.environment == "production" else Severity.NOTE,
            _SUBJECT,
            "the role bypasses row-level security, so the second wall between tenants is open",
            "Connect as a role with neither right that does not own the tables.",
        )


def _advice(url: str, error: Exception) -> str:
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    place = f"{parts.hostname}:{parts.port or 5432}"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"Create the database: createdb {name}"
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return "Check the user and the password in DATABASE_URL, and pg_hba.conf on the server."
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return f"Nothing answered at {place} within {_CONNECT_SECONDS:g} s: check the host and the firewall."
    if isinstance(error, OSError):
        return f"Start PostgreSQL, or correct the host and port: nothing listens at {place}."
    return "Correct DATABASE_URL: postgresql://user:password@host:5432/name"


async def migration_findings(settings: Settings, modules: Sequence[Module]) -> list[Finding]:
    """Whether the tables fit the code."""
    try:
        known = await standings(settings.database.url, modules)
    except MigrationError as error:
        return [Finding(Severity.ERROR, "migrations", str(error), "See: backstay migrate check")]
    behind = [f"{standing.module} ({len(standing.pending)})" for standing in known if standing.pending]
    ahead = [standing.module for standing in known if standing.state is State.AHEAD]
    findings = []
    if behind:
        automatic = settings.database.auto_migrate
        findings.append(
            Finding(
                Severity.NOTE if automatic else Severity.WARNING,
                "migrations",
                f"still to run: {', '.join(behind)}",
                "They run at the next start." if automatic else "Run: backstay migrate up",
            )
        )
    if ahead:
        findings.append(
            Finding(
                Severity.WARNING,
                "migrations",
                f"a newer release has migrated this database: {', '.join(ahead)}",
                "Fine during a rolling deploy; otherwise install that release here.",
            )
        )
    if known and not findings:
        findings.append(Finding(Severity.OK, "migrations", "the tables are those of this release"))
    return findings
