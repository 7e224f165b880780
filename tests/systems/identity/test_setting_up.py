"""The first owner: made once, by a link that the start prints, with a password of their own."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from backstay.app import MODULES
from backstay.commands.serve import prepare
from backstay.kernel.auth import organization_of
from backstay.kernel.module import CompositionError
from backstay.kernel.settings import load
from backstay.systems.identity.commands import users
from backstay.systems.identity.service.setting_up import greet
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, SECRET, OpenSite, Site
from tests.systems.identity.conftest import MODULES as FEW
from tests.systems.identity.test_accounts import rows_of

OWNER = {"mail": MAIL, "password": PASSWORD, "name": "Ada"}


@pytest.fixture
async def town(open_site: OpenSite) -> Site:
    return await open_site(MODULES)


async def _link(town: Site) -> str:
    (greeting,) = await greet(town.database, town.house.backend.settings)
    assert greeting.label == "Owner"
    return greeting.path


def _token(path: str) -> str:
    return path.rpartition("/")[2]


async def test_the_link_makes_an_owner_once(town: Site) -> None:
    path = await _link(town)
    assert _token(path) not in str(await rows_of(town.database, "identity_setups"))
    weak = await town.post("/auth/setup", {"token": _token(path), **OWNER, "password": "short"})
    assert weak.json()["code"] == "weak_password"
    made = await town.post("/auth/setup", {"token": _token(path), **OWNER})
    assert made.status_code == 201, made.text
    account = (await town.get("/account", made.json()["access_token"])).json()
    assert (account["mail"], account["verified_at"] is not None) == (MAIL, True)
    assert {"identity:operate", "console:read", "access:manage"} <= set(account["permissions"])
    assert await greet(town.database, town.house.backend.settings) == ()
    again = await town.post("/auth/setup", {"token": _token(path), **OWNER, "mail": "eve@example.test"})
    assert (again.status_code, again.json()["code"]) == (404, "no_such_setup")
    assert len(await rows_of(town.database, "identity_users")) == 1
    assert await rows_of(town.database, "identity_setups") == []


async def test_every_start_makes_a_new_link_for_a_day(town: Site) -> None:
    first, second = await _link(town), await _link(town)
    assert (await town.post("/auth/setup", {"token": _token(first), **OWNER})).status_code == 404
    town.clock.move(timedelta(hours=24))
    assert (await town.post("/auth/setup", {"token": _token(second), **OWNER})).status_code == 404
    assert (await town.post("/auth/setup", {"token": "bso_guess", **OWNER})).status_code == 404
    assert await rows_of(town.database, "identity_users") == []


async def test_of_many_at_once_one_becomes_the_owner(town: Site) -> None:
    token = _token(await _link(town))
    people = [{"token": token, **OWNER, "mail": f"ada{number}@example.test"} for number in range(6)]
    answers = await asyncio.gather(*(town.post("/auth/setup", one) for one in people))
    assert sorted(one.status_code for one in answers) == [201, 404, 404, 404, 404, 404]
    assert len(await rows_of(town.database, "identity_users")) == 1
    assert len(await rows_of(town.database, "access_assignments")) == 1


async def test_the_link_is_a_page_that_signs_in(town: Site) -> None:
    path = await _link(town)
    page = await town.house.client.get(path)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert town.house.records[-1].path == "/setup/[token]"
    own = {"origin": "http://testserver"}
    strange = await town.house.client.post(path, data=OWNER, headers={"origin": "http://evil.test"})
    assert strange.status_code == 403
    for fields in ({"mail": MAIL}, {**OWNER, "more": "x"}, {"mail": "no address", "password": PASSWORD}):
        assert (await town.house.client.post(path, data=fields, headers=own)).status_code == 400
    weak = await town.house.client.post(path, data={**OWNER, "password": "short"}, headers=own)
    assert (weak.status_code, "at least 15 characters" in weak.text) == (422, True)
    made = await town.house.client.post(path, data=OWNER, headers=own)
    assert (made.status_code, "You own this house" in made.text) == (200, True)
    assert made.headers["set-cookie"].startswith("backstay_session=bsc_")
    used = await town.house.client.post(path, data=OWNER, headers=own)
    assert (used.status_code, "does not work any more" in used.text) == (404, True)


async def test_a_code_of_the_settings_works_until_there_is_an_owner(open_site: OpenSite) -> None:
    code = "k3-wq9-zz7-pl2-mn5-vb8"
    town = await open_site(MODULES, BACKSTAY_IDENTITY_SETUP_CODE=code, BACKSTAY_IDENTITY_ORGANIZATION="lamps")
    assert (await town.post("/auth/setup", {"token": code[:-1], **OWNER})).status_code == 404
    made = await town.post("/auth/setup", {"token": code, **OWNER})
    assert made.status_code == 201, made.text
    account = (await town.get("/account", made.json()["access_token"])).json()
    assert account["organization_id"] == str(organization_of("lamps"))
    assert {"identity:operate", "tenancy:close"} <= set(account["permissions"])
    again = await town.post("/auth/setup", {"token": code, **OWNER, "mail": "eve@example.test"})
    assert again.status_code == 404
    with pytest.raises(CompositionError, match="too short"):
        await open_site(MODULES, BACKSTAY_IDENTITY_SETUP_CODE="too short")


async def test_without_roles_nobody_becomes_an_owner(open_site: OpenSite) -> None:
    site = await open_site(FEW)
    assert await greet(site.database, site.house.backend.settings) == ()
    assert (await site.post("/auth/setup", {"token": "x", **OWNER})).status_code == 404


async def test_a_start_greets_with_it_and_development_has_its_demo_principal(
    database_url: str, tmp_path: Path
) -> None:
    environ = {
        "DATABASE_URL": database_url,
        "BACKSTAY_APP_DATA_DIR": str(tmp_path),
        "BACKSTAY_DATABASE_AUTO_MIGRATE": "true",
    }
    development = load(MODULES, environ, None)
    assert list(await prepare(development, MODULES, greet=True)) == []
    served = load(MODULES, environ | {"BACKSTAY_APP_ENVIRONMENT": "test"}, None)
    assert list(await prepare(served, MODULES)) == []
    (greeting,) = await prepare(served, MODULES, greet=True)
    assert greeting.path.startswith("/setup/bso_")


async def test_operators_make_an_owner_from_the_command_line(
    town: Site, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("BACKSTAY_APP_SECRET_KEY", SECRET)
    monkeypatch.setenv("BACKSTAY_APP_DATA_DIR", str(tmp_path / "data"))
    arguments = ["create", MAIL, "--owner", "--password", OTHER_PASSWORD]
    result = await asyncio.to_thread(CliRunner().invoke, users, arguments, obj=lambda: MODULES)
    assert (result.exit_code, result.output.split()[1]) == (0, MAIL)
    account = (await town.get("/account", (await town.sign_in(MAIL, OTHER_PASSWORD))["access_token"])).json()
    assert "identity:operate" in account["permissions"]
    assert await greet(town.database, town.house.backend.settings) == ()
