"""Migrated databases for tests, copied instead of migrated again: a migration of many modules takes a second."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from backstay.kernel import migrations
from backstay.kernel.module import Module
from tests.databases import keeper
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
    databases = keeper()
    if not await databases.unused(name):
        await migrations.up(url, modules)
        return
    if key not in _made:
        template = await databases.template()
        await migrations.up(f"{_SERVER}/{template}", modules)
        _made[key] = template
    await databases.replace(name, _made[key])


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
