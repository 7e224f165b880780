"""The permission matrix in the docs is the one that the routes make, and the commands say what the API says."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from backstay.app import MODULES
from backstay.kernel.actor import Permission
from backstay.kernel.module import CompositionError, Module
from backstay.systems.access.commands import access
from backstay.systems.access.service import Catalogue
from tests.systems.access.conftest import Office

PAGE = Path(__file__).resolve().parents[3] / "docs/permissions.md"


def test_the_matrix_is_current() -> None:
    shown = CliRunner().invoke(access, ["matrix"], obj=lambda: MODULES, catch_exceptions=False)
    assert shown.output == PAGE.read_text(encoding="utf-8"), (
        "run: backstay access matrix --output docs/permissions.md"
    )


async def test_the_command_explains(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await office.person("ada", "manager")
    monkeypatch.setenv("DATABASE_URL", database_url)

    def ask(permission: str) -> str:
        words = ["explain", str(ada.id), permission, "--organization", str(office.organization)]
        shown = CliRunner().invoke(access, words, obj=lambda: list(office.house.backend.modules))
        return shown.output

    # The command opens a loop of its own.
    import asyncio

    assert await asyncio.to_thread(ask, "access:read") == "Allowed by the role Manager.\n  Manager\n"
    denied = "Denied: none of their roles (Manager) gives it; these would: Owner, Admin.\n"
    assert await asyncio.to_thread(ask, "access:manage") == denied
    assert await asyncio.to_thread(ask, "zebra:ride") == "Error: No composed module declares 'zebra:ride'.\n"


async def test_the_command_makes_an_operator(
    office: Office, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setenv("DATABASE_URL", database_url)
    user = uuid4()
    arguments = ["operator", str(user)]
    modules = list(office.house.backend.modules)
    await asyncio.to_thread(
        CliRunner().invoke, access, arguments, obj=lambda: modules, catch_exceptions=False
    )
    assert await office.grants.permissions(user, office.organization) == office.grants.catalogue.of_the_house


def test_a_permission_for_a_role_that_does_not_exist_stops_the_start() -> None:
    wild = Module(
        name="wild",
        summary="",
        package="tests",
        permissions=[Permission("wild:ride", "Ride", presets=("cowboy",))],
    )
    with pytest.raises(CompositionError, match="names the presets cowboy; there are user, support"):
        Catalogue([wild])
