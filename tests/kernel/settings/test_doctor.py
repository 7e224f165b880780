"""What the doctor finds, and what it advises."""

import asyncio
import importlib.util
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from backstay.kernel.guarantees import Lab, Verdict, guarantee, held_if
from backstay.kernel.migrations import VERSION_TABLE
from backstay.kernel.module import Module
from backstay.kernel.settings import Settings, load
from backstay.kernel.settings.doctor import examine
from backstay.kernel.settings.doctor_command import doctor
from backstay.kernel.settings.doctor_database import database_findings, file_system
from backstay.kernel.settings.findings import Finding, Severity
from tests.plugins.servers import POSTGRES

PRODUCTION = {"BACKSTAY_APP_ENVIRONMENT": "production", "BACKSTAY_APP_SECRET_KEY": "hush" * 8}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def found(**environ: str) -> list[Finding]:
    return await examine(load(environ=environ))


def subjects(findings: list[Finding], *severities: Severity) -> list[str]:
    return [finding.subject for finding in findings if finding.severity in severities]


async def test_development_without_settings_has_notes_only() -> None:
    findings = await found()
    assert subjects(findings, Severity.NOTE) == [
        "app.secret_key",
        "telemetry.otlp_endpoint",
        "auth.principals",
    ]
    assert subjects(findings, Severity.WARNING, Severity.ERROR) == []
    assert all(finding.advice for finding in findings if finding.severity is not Severity.OK)


async def test_a_careless_production_is_warned() -> None:
    findings = await found(
        **PRODUCTION,
        BACKSTAY_HTTP_PUBLIC_URL="https://api.example.com",
        BACKSTAY_HTTP_CORS_ORIGINS="*",
        BACKSTAY_TELEMETRY_LOG_FORMAT="pretty",
        BACKSTAY_TELEMETRY_METRICS="off",
    )
    assert subjects(findings, Severity.WARNING) == [
        "http.hsts",
        "http.trusted_proxies",
        "http.cors_origins",
        "backup",
        "auth.principals",
    ]
    assert subjects(findings, Severity.NOTE) == [
        "http.drain_delay",
        "telemetry.log_format",
        "telemetry.metrics",
        "telemetry.otlp_endpoint",
        "telemetry.sentry_dsn",
    ]
    assert subjects(findings, Severity.ERROR) == []
    assert "hush" not in repr(findings)


async def test_a_production_without_a_url_and_with_principals_is_warned() -> None:
    findings = await found(
        **PRODUCTION,
        BACKSTAY_HTTP_TRUSTED_PROXIES="0.0.0.0/0",
        BACKSTAY_AUTH_PRINCIPALS='[{"name": "ann"}]',
    )
    assert subjects(findings, Severity.WARNING) == [
        "http.public_url",
        "http.trusted_proxies",
        "backup",
        "auth.principals",
    ]


async def test_a_demo_that_listens_outside_is_warned() -> None:
    assert subjects(await found(BACKSTAY_HTTP_HOST="0.0.0.0"), Severity.WARNING) == ["http.host"]


async def test_folders_that_cannot_be_written_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    findings = await found(BACKSTAY_TELEMETRY_LOG_FILE="logs/x.log")
    assert subjects(findings, Severity.ERROR) == ["app.data_dir", "telemetry.log_file"]


async def test_sentry_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    dsn = "https://hush@sentry.example.com/1"
    assert subjects(await found(SENTRY_DSN=dsn), Severity.ERROR) == []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    findings = await found(SENTRY_DSN=dsn)
    assert subjects(findings, Severity.ERROR) == ["telemetry.sentry_dsn"]
    assert "hush" not in repr(findings)


async def test_a_guarantee_whose_check_nothing_can_fail_is_an_error() -> None:
    @guarantee("rope-holds", promise="The rope holds.", safety="probe", engines=["sqlite"])
    async def rope_holds(lab: Lab) -> Verdict:
        return held_if(True)

    module = Module(name="rope", summary="", package="backstay.kernel", guarantees=[rope_holds])
    findings = await examine(load(environ={}), [module])

    assert findings[-1] == Finding(
        Severity.ERROR,
        "guarantees",
        "guarantee 'rope-holds' has no sabotage on sqlite: a check that nothing is seen to fail is no check; "
        f"plant a bug with @rope_holds.sabotage(...) in {__name__}",
    )


async def test_the_receiver_of_traces_is_asked() -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        up = await found(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    down = await found(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    assert "telemetry.otlp_endpoint" in subjects(up, Severity.OK)
    assert subjects(down, Severity.WARNING) == ["telemetry.otlp_endpoint"]


MOUNTS = """\
/dev/vda1 / ext4 rw 0 0
filer:/x /srv/net\\040share nfs4 rw 0 0
tmpfs /srv/net\\040share/fast tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "system"),
    [
        ("/srv/x.db", "ext4"),
        ("/srv/net share/x.db", "nfs4"),
        ("/srv/net share/fast/x.db", "tmpfs"),
        ("/srv/net share2/x.db", "ext4"),
    ],
)
def test_the_file_system_of_a_path_is_known(tmp_path: Path, path: str, system: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert file_system(Path(path), mounts) == system
    assert file_system(Path(path), tmp_path / "missing") == ""


@pytest.mark.parametrize(("workers", "severity"), [("1", Severity.WARNING), ("3", Severity.ERROR)])
async def test_sqlite_on_a_network_disk_is_told(tmp_path: Path, workers: str, severity: Severity) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    settings = load(
        environ={"DATABASE_URL": "sqlite:////srv/net share/x.db", "BACKSTAY_HTTP_WORKERS": workers}
    )
    findings = [finding async for finding in database_findings(settings, mounts)]
    assert [finding.severity for finding in findings] == [Severity.OK, severity]


@pytest.mark.needs("postgres")
async def test_postgresql_is_asked_what_it_is() -> None:
    findings = await found(DATABASE_URL=POSTGRES, BACKSTAY_HTTP_WORKERS="50")
    about = [finding for finding in findings if finding.subject.startswith("database")]
    connection = await asyncpg.connect(POSTGRES)
    careless = await connection.fetchval("SELECT NOT current_setting('fsync')::bool")
    await connection.close()
    warned = [Severity.WARNING] if careless else []
    assert [finding.severity for finding in about] == [Severity.OK, Severity.ERROR, *warned, Severity.NOTE]
    assert about[0].message.startswith("PostgreSQL ")
    assert "50 workers may open 500 connections" in about[1].message


@pytest.mark.needs("postgres")
async def test_a_missing_database_is_told() -> None:
    url = POSTGRES.rpartition("/")[0] + "/backstay_no_such_database"
    findings = await found(DATABASE_URL=url)
    (error,) = (finding for finding in findings if finding.severity is Severity.ERROR)
    assert error.advice == "Create the database: createdb backstay_no_such_database"


async def test_a_server_that_does_not_answer_is_told_without_the_password(unused_tcp_port: int) -> None:
    findings = await found(DATABASE_URL=f"postgresql://u:hush@127.0.0.1:{unused_tcp_port}/x")
    (error,) = (finding for finding in findings if finding.severity is Severity.ERROR)
    assert error.advice == (
        f"Start PostgreSQL, or correct the host and port: nothing listens at 127.0.0.1:{unused_tcp_port}."
    )
    assert "hush" not in repr(findings)


def blog(folder: Path, *numbers: int) -> Module:
    """A module whose migrations lie in the folder; nothing is imported from them."""
    package = folder / "blog"
    (package / "migrations").mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    for number in numbers:
        before = f'"blog_{number - 1:04}"' if number > 1 else "None"
        text = f'"""change {number}"""\nrevision = "blog_{number:04}"\ndown_revision = {before}\n'
        (package / "migrations" / f"{number:04}_change.py").write_text(text)
    return Module(name="blog", summary="Posts.", package="blog")


@pytest.mark.parametrize(
    ("applied", "automatic", "expected"),
    [
        ([], "yes", (Severity.NOTE, "still to run: blog (2)")),
        (["blog_0001"], "no", (Severity.WARNING, "still to run: blog (1)")),
        (["blog_0002"], "no", (Severity.OK, "the tables are those of this release")),
        (["blog_0003"], "no", (Severity.WARNING, "a newer release has migrated this database: blog")),
    ],
)
async def test_pending_migrations_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    applied: list[str],
    automatic: str,
    expected: tuple[Severity, str],
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "blog", raising=False)
    module = blog(tmp_path, 1, 2)
    file = tmp_path / "x.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"CREATE TABLE {VERSION_TABLE} (version_num TEXT)")
        connection.executemany(f"INSERT INTO {VERSION_TABLE} VALUES (?)", [(row,) for row in applied])
        connection.commit()
    environ = {"DATABASE_URL": f"sqlite:///{file}", "BACKSTAY_DATABASE_AUTO_MIGRATE": automatic}
    findings = await examine(load(environ=environ), [module])
    about = [(finding.severity, finding.message) for finding in findings if finding.subject == "migrations"]
    assert about == [expected]


async def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, and long enough to be sure of it" * 9)
    findings = await examine(load(environ={"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), [])
    assert subjects(findings, Severity.ERROR) == ["migrations"]


async def test_modules_say_what_is_wrong_with_theirs() -> None:
    def look(settings: Settings) -> list[Finding]:
        return [Finding(Severity.NOTE, "shop.till", f"empty in {settings.app.environment}")]

    module = Module(name="shop", summary="A shop.", package="backstay", examines=look)
    findings = await examine(load(environ={}), [module])
    assert findings[-1] == Finding(Severity.NOTE, "shop.till", "empty in development")


class TestCommand:
    """`backstay doctor`."""

    @pytest.fixture(autouse=True)
    def _wide(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "200")

    def test_it_shows_settings_and_findings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BACKSTAY_APP_SECRET_KEY", "hush" * 8)
        result = CliRunner().invoke(doctor, [], obj=lambda: ())
        assert result.exit_code == 0, result.output
        assert "environment BACKSTAY_APP_SECRET_KEY" in result.output
        assert "http.port" not in result.output
        assert "telemetry.otlp_endpoint" in result.output
        assert "hush" not in result.output

    def test_it_can_show_the_defaults_too(self) -> None:
        result = CliRunner().invoke(doctor, ["--all"], obj=lambda: ())
        assert "http.port" in result.output

    def test_it_fails_when_something_cannot_work(
        self, monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int
    ) -> None:
        monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{unused_tcp_port}/x")
        assert CliRunner().invoke(doctor, [], obj=lambda: ()).exit_code == 1

    def test_it_shows_every_wrong_setting(self, tmp_path: Path) -> None:
        file = tmp_path / "other.toml"
        file.write_text("[htpp]\n[http]\nport = -1\n")
        result = CliRunner().invoke(doctor, ["--file", str(file)], obj=lambda: ())
        assert result.exit_code == 1
        assert "[htpp]" in result.output
        assert "http.port" in result.output
