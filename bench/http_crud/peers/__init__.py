"""The peers: the same application in another house's idiom, installed from their lock files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from bench.harness.installing import NODE, Node, copy, pins_of, python_of
from bench.harness.model import Contender, Endpoint, Server, Site
from bench.http_crud import checks, requests
from bench.http_crud.api import PEERS, POOL_SIZE, SECRET
from bench.http_crud.tables import PostgresRows

HERE: Final = Path(__file__).parent


def nestjs(site: Site) -> Contender:
    """NestJS on Fastify with TypeORM."""
    work = site.work / "nestjs"
    node = Node(site.work / "node")
    rows = PostgresRows(site.postgres, "nestjs", "items")

    def prepare() -> None:
        node.install()
        copy(HERE / "nestjs", work)
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
        copy(HERE / "fastapi", work)
        python_of(work)

    def server(endpoint: Endpoint) -> Server:
        options = ["--loop", "uvloop", "--http", "httptools", "--workers", "1", "--no-access-log"]
        listen = ["--host", "127.0.0.1", "--port", str(endpoint.port), "--log-level", "warning"]
        return Server(
            command=[str(python), "-m", "uvicorn", "app.main:app", *options, *listen],
            environment=_environment(endpoint, site, "fastapi", "postgresql+asyncpg"),
            directory=work,
        )

    def versions() -> Mapping[str, str]:
        pins = pins_of(work)
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
