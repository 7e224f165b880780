"""Those who take part, each with its own PostgreSQL database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from bench.harness.commands import run
from bench.harness.installing import NODE, Node, copy, pins_of, python_of
from bench.harness.machine import REPOSITORY
from bench.harness.model import Contender, Endpoint, Request, Server, Site
from bench.identity.people import MEMORY, PASSES, PASSWORD, Asker, Dialect, as_json, mails
from bench.identity.refreshing import as_made, refreshes

_HERE: Final = Path(__file__).parent
_BACKSTAY: Final = str(Path(sys.executable).with_name("backstay"))
_SECRET: Final = "the-key-that-signs-every-token-of-this-benchmark"
_JSON: Final = "application/json"
_POOL: Final = 8
"""Connections to the database, at most."""


def ours(site: Site) -> Contender:
    """Backstay: tokens that every process can check, and that end with their session within a second."""
    database, directory = "ours_identity", site.work / "ours"
    environment = {
        "PYTHONPATH": str(REPOSITORY),
        "BACKSTAY_APP_ENVIRONMENT": "production",
        "BACKSTAY_APP_MODULES": "bench.identity.ours.app:MODULES",
        "BACKSTAY_APP_DATA_DIR": str(directory / "var"),
        "BACKSTAY_APP_SECRET_KEY": _SECRET,
        "BACKSTAY_DATABASE_POOL_SIZE": str(_POOL),
        "BACKSTAY_TELEMETRY_LOG_LEVEL": "warning",
        # A few callers ask without end here, and the peers limit nobody.
        "BACKSTAY_RATELIMIT_ENFORCE": "false",
        "BACKSTAY_IDENTITY_VERIFIED_ONLY": "false",
        "BACKSTAY_IDENTITY_HASH_MEMORY": str(MEMORY),
        "BACKSTAY_IDENTITY_HASH_PASSES": str(PASSES),
    }
    dialect = Dialect(
        open_path="/v1/pier/open",
        whoami_path="/v1/pier/whoami",
        sign_up=lambda mail: ("/v1/auth/sign-up", {"mail": mail, "password": PASSWORD, "name": mail}),
        sign_in=lambda mail: ("/v1/auth/sign-in", as_json({"mail": mail, "password": PASSWORD}), _JSON),
        token=lambda answer: str(answer.json()["access_token"]),
        name=lambda answer: str(answer["mail"]),
    )

    def create() -> None:
        site.postgres.create_database(database)
        run(
            [_BACKSTAY, "migrate", "up"],
            directory,
            environment | {"DATABASE_URL": site.postgres.url(database)},
        )

    def server(endpoint: Endpoint) -> Server:
        command = [_BACKSTAY, "serve", "--quiet", "--port", str(endpoint.port)]
        url = site.postgres.url(database)
        return Server(command=command, environment=environment | {"DATABASE_URL": url}, directory=directory)

    def requests(endpoint: Endpoint, workload: str) -> Sequence[Request]:
        if workload != "refresh":
            return asker.requests(endpoint, workload)
        return refreshes(environment | {"DATABASE_URL": site.postgres.url(database)}, mails()[0])

    asker = Asker(dialect)
    names = ("backstay", "argon2-cffi", "pyjwt", "asyncpg", "uvicorn", "uvloop")
    return _contender(
        "ours",
        "backstay",
        dialect,
        lacks=(),
        reset=lambda: as_made(site.postgres, database),
        requests=requests,
        prepare=lambda: directory.mkdir(parents=True, exist_ok=True),
        create=create,
        server=server,
        versions=lambda: {"python": sys.version.split()[0], **{name: version(name) for name in names}},
    )


def fastapi_users(site: Site) -> Contender:
    """fastapi-users with its database strategy, the one whose tokens can be ended."""
    database, work = "fastapi_users", site.work / "fastapi_users"

    def prepare() -> None:
        copy(_HERE / "peers/fastapi_users", work)
        python_of(work)

    def server(endpoint: Endpoint) -> Server:
        options = ["--loop", "uvloop", "--http", "httptools", "--workers", "1", "--no-access-log"]
        listen = ["--host", "127.0.0.1", "--port", str(endpoint.port), "--log-level", "warning"]
        return Server(
            command=[str(work / "venv/bin/python"), "-m", "uvicorn", "app.main:app", *options, *listen],
            environment={
                "DATABASE_URL": site.postgres.url(database, scheme="postgresql+asyncpg"),
                "POOL_SIZE": str(_POOL),
                "HASH_MEMORY": str(MEMORY),
                "HASH_PASSES": str(PASSES),
            },
            directory=work,
        )

    def versions() -> Mapping[str, str]:
        pins = pins_of(work)
        names = ("fastapi-users", "fastapi", "sqlalchemy", "asyncpg", "pwdlib", "argon2-cffi", "uvicorn")
        return {"python": sys.version.split()[0], **{name: pins[name] for name in names}}

    dialect = Dialect(
        open_path="/open",
        whoami_path="/whoami",
        sign_up=lambda mail: ("/auth/register", {"email": mail, "password": PASSWORD}),
        sign_in=lambda mail: (
            "/auth/login",
            urlencode({"username": mail, "password": PASSWORD}).encode(),
            "application/x-www-form-urlencoded",
        ),
        token=lambda answer: str(answer.json()["access_token"]),
        name=lambda answer: str(answer["mail"]),
    )
    return _contender(
        "fastapi-users",
        "fastapi-users (SQLAlchemy, tokens in the database)",
        dialect,
        prepare=prepare,
        create=lambda: site.postgres.create_database(database),
        server=server,
        versions=versions,
    )


def better_auth(site: Site) -> Contender:
    """better-auth on Node's own HTTP server, with its bearer plugin."""
    database, work = "better_auth", site.work / "better_auth"
    node = Node(site.work / "node")

    def prepare() -> None:
        node.install()
        copy(_HERE / "peers/better_auth", work)
        node.run(work, node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")

    def server(endpoint: Endpoint) -> Server:
        return Server(
            command=[str(node.program), "main.mjs"],
            environment={
                "NODE_ENV": "production",
                "PORT": str(endpoint.port),
                "DATABASE_URL": site.postgres.url(database),
                "SECRET": _SECRET,
                "POOL_SIZE": str(_POOL),
                "HASH_MEMORY": str(MEMORY),
                "HASH_PASSES": str(PASSES),
            },
            directory=work,
        )

    def versions() -> Mapping[str, str]:
        lock = msgspec.json.decode((work / "package-lock.json").read_bytes())["packages"]
        names = ("better-auth", "@node-rs/argon2", "pg")
        return {"node": NODE, **{name: lock[f"node_modules/{name}"]["version"] for name in names}}

    dialect = Dialect(
        open_path="/api/auth/ok",
        whoami_path="/api/auth/get-session",
        sign_up=lambda mail: (
            "/api/auth/sign-up/email",
            {"email": mail, "password": PASSWORD, "name": mail},
        ),
        sign_in=lambda mail: (
            "/api/auth/sign-in/email",
            as_json({"email": mail, "password": PASSWORD}),
            _JSON,
        ),
        token=lambda answer: answer.headers["set-auth-token"],
        name=lambda answer: str(answer["user"]["email"]),
    )
    return _contender(
        "better-auth",
        "better-auth (Node, pg)",
        dialect,
        prepare=prepare,
        create=lambda: site.postgres.create_database(database),
        server=server,
        versions=versions,
    )


def _contender(
    name: str,
    title: str,
    dialect: Dialect,
    lacks: Sequence[str] = ("refresh",),
    reset: Callable[[], None] = lambda: None,
    requests: Callable[[Endpoint, str], Sequence[Request]] | None = None,
    **parts: Callable[..., Any],
) -> Contender:
    asker = Asker(dialect)
    return Contender(
        name=name,
        title=title,
        reset=reset,
        rows=lambda: 0,
        probe=asker.probe,
        check=asker.check,
        requests=requests or asker.requests,
        lacks=lacks,
        **parts,
    )
