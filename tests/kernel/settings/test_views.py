"""The settings as people see them."""

from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from backstay.kernel.settings import SettingView, describe, load, markdown
from backstay.kernel.settings.fields import show, take_apart

DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


def test_every_setting_is_described_with_secrets_as_stars() -> None:
    settings = load(
        environ={
            "BACKSTAY_APP_SECRET_KEY": "hush" * 8,
            "DATABASE_URL": "postgresql://u:hush@h/x",
            "BACKSTAY_AUTH_PRINCIPALS": '[{"name": "ann", "token": "hush"}]',
            "BACKSTAY_TELEMETRY_LOG_LEVELS": "a=debug",
        }
    )
    views = {view.name: view for view in describe(settings)}
    assert "hush" not in repr(views)
    assert views["database.url"] == SettingView(
        name="database.url",
        value="postgresql://u:********@h/x",
        source="environment DATABASE_URL",
        description="`sqlite:///path` or `postgresql://user:password@host/name`; "
        "when not set, SQLite at `<data_dir>/backstay.db`. On PostgreSQL `?app_role=NAME` builds "
        "a second wall between organizations: row-level security, with a role that migrating makes. "
        "`?pgbouncer=true` says that PgBouncer in transaction mode stands before it.",
        default="not set",
        variable="DATABASE_URL",
        expected="text",
    )
    assert views["app.secret_key"].value == "********"
    assert views["auth.principals"].value == (
        "{name=ann, token=********, permissions=none, organization=demo}"
    )
    assert views["telemetry.log_levels"].value == "a=debug"
    assert (views["http.body_limit"].value, views["http.drain_timeout"].value) == ("1MiB", "30s")
    assert views["http.hsts"].value == "false"
    assert all(view.description for view in views.values())


def test_the_reference_is_up_to_date() -> None:
    assert DOCS.read_text() == markdown(), "run: python -m backstay.kernel.settings > docs/settings.md"


def test_an_enumeration_of_texts_is_shown_as_its_text() -> None:
    class Colour(StrEnum):
        RED = "red"

    class Paint(Struct, frozen=True):
        colour: Colour | None = None

    assert (
        show((Paint(Colour.RED), Paint()), take_apart(tuple[Paint, ...])) == "{colour=red}, {colour=not set}"
    )
