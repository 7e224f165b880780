"""`backstay routes` and `backstay openapi`: what the backend answers, without serving it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from backstay.kernel.backend import start
from backstay.kernel.http import Application, create_app
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import ListModules, Settings, load

JsonObject = dict[str, Any]


@asynccontextmanager
async def described(settings: Settings, modules: Sequence[Module]) -> AsyncIterator[Application]:
    """The application, composed as for serving but without its database and its background parts."""
    with tempfile.TemporaryDirectory(prefix="backstay-") as folder:
        settings = msgspec.structs.replace(
            settings,
            app=msgspec.structs.replace(settings.app, data_dir=Path(folder)),
            database=msgspec.structs.replace(settings.database, url=f"sqlite:///{folder}/none.db"),
        )
        async with start(settings, modules, services=False) as backend:
            yield create_app(backend)


async def fetch(application: Application, path: str) -> bytes:
    """The body of a GET, asked for in process (ASGI 3)."""
    body: list[bytes] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        body.append(message.get("body", b""))

    await application(scope, receive, send)
    return b"".join(body)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for a program.")
@click.pass_obj
def routes(list_modules: ListModules, as_json: bool) -> None:
    """List every route and who may call it."""
    modules = compose(list_modules())
    rows = asyncio.run(_rows(load(modules), modules))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)))
        return
    table = Table("method", "path", "permission", "module", box=None, header_style="bold")
    for row in rows:
        mark = " [yellow](deprecated)[/]" if row["deprecated"] else ""
        permission = row["permission"] or "[green]public[/]"
        table.add_row(row["method"], row["path"].replace("[", "\\[") + mark, permission, row["module"])
    Console().print(table)


@click.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@click.pass_obj
def openapi(list_modules: ListModules, output: Path | None) -> None:
    """Print the API's description (OpenAPI 3.1).

    It is what `/openapi.json` answers.
    """
    modules = compose(list_modules())
    document = msgspec.json.format(asyncio.run(_document(load(modules), modules)))
    if output is None:
        click.echo(document)
    else:
        output.write_bytes(document + b"\n")


async def _rows(settings: Settings, modules: Sequence[Module]) -> list[JsonObject]:
    async with described(settings, modules) as application:
        found = [
            {
                "method": endpoint.route.method,
                "path": endpoint.template,
                "permission": permission.name
                if (permission := endpoint.route.options.get("permission"))
                else None,
                "module": endpoint.module or "kernel",
                "deprecated": "deprecated" in endpoint.route.options,
            }
            for endpoint in application.router.endpoints
        ]
    return sorted(found, key=lambda row: (str(row["path"]), str(row["method"])))


async def _document(settings: Settings, modules: Sequence[Module]) -> bytes:
    async with described(settings, modules) as application:
        return await fetch(application, "/openapi.json")
