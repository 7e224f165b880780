"""Migrated databases for tests, copied instead of migrated again: a migration of many modules takes a second."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from uuid import uuid4

import asyncpg

from backstay.kernel import migrations
from backstay.kernel.module import Module
from tests.plugins.servers import POSTGRES

_SERVER = POSTGRES.rpartition("/")[0]
_made: dict[tuple[object, ...], str] = {}


async def migrate(url: str, modules: Sequence[Module]) -> None:
    """Bring the empty database at this URL to where the modules' migrations lead.

    What is not empty, is in use, or lies behind the second wall is migrated itself.
    """
    key = (url.partition(":")[0], *sorted((module.name, str(module.migrations)) for module in modules))
    if url.startswith("sqlite:///"):
        if key not in _made:
            _made[key] = str(_folder() / f"{len(_made)}.db")
            await migrations.up(f"sqlite:///{_made[key]}", modules)
        if not _copied(_made[key], Path(url.removeprefix("sqlite:///"))):
            await migrations.up(url, modules)
        return
    name = url.removeprefix(f"{_SERVER}/")
    if not name.startswith("backstay_test_") or "?" in name:
        await migrations.up(url, modules)
        return
    admin = await asyncpg.connect(POSTGRES)
    try:
        if await _is_used(admin, url, name):
            await migrations.up(url, modules)
            return
        if key not in _made:
            template = f"backstay_template_{uuid4().hex[:16]}"
            await admin.execute(f'CREATE DATABASE "{template}" TEMPLATE template0')
            atexit.register(_drop, template)
            _made[key] = template
            await migrations.up(f"{_SERVER}/{template}", modules)
        await admin.execute(f'DROP DATABASE "{name}"')
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_made[key]}"')
    finally:
        await admin.close()


async def _is_used(admin: asyncpg.Connection, url: str, name: str) -> bool:
    if await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name):
        return True
    connection = await asyncpg.connect(url)
    try:
        tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        return bool(await connection.fetchval(tables))
    finally:
        await connection.close()


def _copied(template: str, path: Path) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    return True


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="backstay-templates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _drop(template: str) -> None:
    async def drop() -> None:
        admin = await asyncpg.connect(POSTGRES)
        await admin.execute(f'DROP DATABASE "{template}" WITH (FORCE)')
        await admin.close()

    asyncio.run(drop())
