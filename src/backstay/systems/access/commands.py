"""`backstay access`: who may do what, from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click
import msgspec

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.backend import start
from backstay.kernel.database import scoping_column
from backstay.kernel.http import create_app
from backstay.kernel.module import Module
from backstay.kernel.settings import ListModules, Settings, load
from backstay.systems.access import service
from backstay.systems.access.contracts import Explanation
from backstay.systems.access.service import NoSuchPermission, RoleGrants, RouteRow, TableRow


@click.group()
def access() -> None:
    """Roles and permissions."""


@access.command()
@click.argument("user_id", type=click.UUID)
@click.argument("permission")
@click.option("--organization", type=click.UUID, required=True, help="Where: the organization's id.")
@click.pass_obj
def explain(list_modules: ListModules, user_id: UUID, permission: str, organization: UUID) -> None:
    """Say why somebody may, or may not, do something."""
    modules = list_modules()
    try:
        found = asyncio.run(_explain(load(modules), modules, user_id, permission, organization))
    except NoSuchPermission as error:
        raise click.ClickException(str(error)) from None
    click.echo(found.reason)
    for path in found.paths:
        click.echo(f"  {' > '.join(path)}")


@access.command()
@click.argument("user_id", type=click.UUID)
@click.pass_obj
def operator(list_modules: ListModules, user_id: UUID) -> None:
    """Make somebody an operator: whatever reaches beyond one organization is theirs."""
    modules = list_modules()
    asyncio.run(_operator(load(modules), modules, user_id))
    click.echo(f"{user_id} is an operator of the house now")


@access.command()
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@click.pass_obj
def matrix(list_modules: ListModules, output: Path | None) -> None:
    """Print every route with its permission and the roles that have it, in Markdown."""
    modules = list_modules()
    page = asyncio.run(_matrix(load(modules), modules))
    if output is None:
        click.echo(page, nl=False)
    else:
        output.write_text(page, encoding="utf-8")


async def _explain(
    settings: Settings, modules: Sequence[Module], user_id: UUID, permission: str, organization: UUID
) -> Explanation:
    here: Actor = msgspec.structs.replace(SYSTEM, organization_id=organization)
    async with start(settings, modules, services=False) as backend:
        return await service.explain(backend.reader(here), user_id, permission)


async def _operator(settings: Settings, modules: Sequence[Module], user_id: UUID) -> None:
    async with start(settings, modules, services=False) as backend:
        await backend.database.run(SYSTEM, lambda uow: service.open_operator(uow, user_id))


async def _matrix(settings: Settings, modules: Sequence[Module]) -> str:
    async with start(settings, modules, services=False) as backend:
        rows = [
            RouteRow(
                endpoint.route.method,
                endpoint.template,
                endpoint.permission.name if endpoint.permission else None,
            )
            for endpoint in create_app(backend).router.endpoints
            if endpoint.module
        ]
        tables = [
            TableRow(
                module.name,
                table.name,
                scoped=scoping_column(table) is not None,
                mixed=scoping_column(table) is None and "organization_id" in table.columns,
            )
            for module in modules
            if module.tables is not None
            for table in module.tables.sorted_tables
        ]
        return service.matrix(backend.part(RoleGrants).catalogue, rows, tables)
