"""What happens before the first request: options, migrations, sample data, the greeting."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from backstay.commands.serve import overridden, prepare
from backstay.commands.welcome import curl, places, welcome
from backstay.kernel import migrations
from backstay.kernel.auth import demo_token
from backstay.kernel.migrations import BehindError
from backstay.kernel.module import Module, compose
from backstay.kernel.seeding import Seeding
from backstay.kernel.settings import Settings, load
from backstay.products.notes.module import module as notes
from backstay.systems.health.module import module as health
from backstay.systems.idempotency.module import module as idempotency

MODULES = compose([health, idempotency, notes])


def settings(url: str, folder: Path, **environ: str) -> Settings:
    return load(MODULES, {"DATABASE_URL": url, "BACKSTAY_APP_DATA_DIR": str(folder), **environ})


def test_options_win_over_the_environment() -> None:
    environ = {"BACKSTAY_HTTP_PORT": "1", "HOME": "/home/ada"}

    assert overridden(environ, {"host": None, "port": 0, "workers": 2}) == {
        "BACKSTAY_HTTP_PORT": "0",
        "BACKSTAY_HTTP_WORKERS": "2",
        "HOME": "/home/ada",
    }


async def test_a_development_server_migrates(database_url: str, tmp_path: Path) -> None:
    await prepare(settings(database_url, tmp_path), MODULES)

    standings = await migrations.standings(database_url, MODULES)
    assert [one.state for one in standings] == [migrations.State.CURRENT] * 2


@pytest.mark.parametrize(
    ("environ", "migrates"),
    [
        ({"BACKSTAY_APP_ENVIRONMENT": "test"}, None),
        ({"BACKSTAY_DATABASE_AUTO_MIGRATE": "false"}, False),
        ({"BACKSTAY_APP_ENVIRONMENT": "test", "BACKSTAY_DATABASE_AUTO_MIGRATE": "true"}, True),
    ],
)
async def test_who_may_not_migrate_says_what_is_missing(
    database_url: str, tmp_path: Path, engine_name: str, environ: dict[str, str], migrates: bool | None
) -> None:
    chosen = settings(database_url, tmp_path, **environ)
    if migrates or (migrates is None and engine_name == "sqlite"):
        await prepare(chosen, MODULES)
        return

    with pytest.raises(BehindError) as refusal:
        await prepare(chosen, MODULES)

    assert str(refusal.value).startswith("the database is behind this code, idempotency_0001")
    assert str(refusal.value).endswith("did not run yet: backstay migrate up")
    assert {one.at for one in await migrations.standings(database_url, MODULES)} == {None}


async def test_sample_data_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls: list[str] = []

    async def seed(seeding: Seeding) -> None:
        calls.append(seeding.actor.name)

    modules = [replace(health, seed=seed)]
    chosen = settings(f"sqlite:///{tmp_path}/test.db", tmp_path)

    await prepare(chosen, modules, seed=True)
    await prepare(chosen, modules, seed=True)

    assert calls == ["demo"]
    assert "has its sample data already" in capsys.readouterr().out


def test_the_greeting_says_what_is_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = settings(f"sqlite:///{tmp_path}/test.db", tmp_path)
    token = demo_token(chosen)
    assert token is not None

    welcome(chosen, MODULES, "http://127.0.0.1:8000", seconds=0.71)

    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert lines == [
        [
            "backstay",
            "serves",
            "on",
            "http://127.0.0.1:8000",
            "development,",
            "3",
            "modules,",
            "ready",
            "in",
            "0.7",
            "s",
        ],
        ["API", "http://127.0.0.1:8000/docs"],
        ["Metrics", "http://127.0.0.1:8000/metrics"],
        ["Health", "http://127.0.0.1:8000/readyz"],
        ["Database", f"sqlite:///{tmp_path}/test.db"],
        ["Sign", "in", "as", "demo", "with", "the", "token", token],
        ["curl", "-H", "'Authorization:", "Bearer", f"{token}'", "http://127.0.0.1:8000/v1/notes"],
    ]


def test_outside_of_development_no_token_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = settings(f"sqlite:///{tmp_path}/test.db", tmp_path, BACKSTAY_APP_ENVIRONMENT="test")

    welcome(chosen, MODULES, "http://127.0.0.1:8000", seconds=0.7)

    shown = capsys.readouterr().out
    assert "token" not in shown
    assert "curl" not in shown


def test_without_a_list_the_description_is_what_to_try() -> None:
    bare: list[Module] = [health]

    assert [place.path for place in places(bare)] == ["/livez", "/readyz", "/startupz", "/metrics"]
    assert curl(bare, "http://127.0.0.1:8000", "x") == "curl http://127.0.0.1:8000/openapi.json"
