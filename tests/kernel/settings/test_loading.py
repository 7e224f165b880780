"""Where values come from, and how what is wrong with them is told."""

from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from backstay.kernel.module import Module
from backstay.kernel.settings import SECONDS, Problem, Secret, Settings, SettingsError, load

KEY = "k" * 32


class CounterSettings(Struct, frozen=True):
    """How counters behave."""

    largest: Annotated[int, Meta(ge=1, description="The largest value.")] = 1000
    pause: Annotated[float, Meta(extra=SECONDS)] = 1.0
    kept: Annotated[Annotated[int, Meta(ge=60)] | None, Meta(extra=SECONDS)] = None
    names: list[str] = []

    def __post_init__(self) -> None:
        if self.largest == 13:
            raise ValueError("cannot have 13 as its largest value")


COUNTER = Module(name="counter", summary="Counts.", package="backstay", settings=CounterSettings)


def write(folder: Path, text: str) -> Path:
    file = folder / "backstay.toml"
    file.write_text(text)
    return file


def problems(
    environ: dict[str, str] | None = None, file: Path | None = None, modules: list[Module] | None = None
) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        load(modules or [], environ or {}, file)
    return list(caught.value.problems)


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults_stand_without_file_or_environment() -> None:
    settings = load(environ={})
    assert (settings.app.name, settings.app.environment) == ("backstay", "development")
    assert settings.http.body_limit == 1_048_576
    assert settings.database.url == "sqlite:///var/backstay.db"
    assert settings.telemetry.log_format == "pretty"
    assert settings.provenance == {}
    assert settings.source("http.port") == "default"


def test_the_database_follows_the_data_directory(tmp_path: Path) -> None:
    settings = load(environ={"BACKSTAY_APP_DATA_DIR": str(tmp_path)})
    assert settings.database.url == f"sqlite:///{tmp_path}/backstay.db"


@pytest.mark.parametrize(
    ("environ", "migrates"),
    [
        ({}, True),
        ({"DATABASE_URL": "postgresql://127.0.0.1/x"}, True),
        ({"DATABASE_URL": "postgresql://127.0.0.1/x", "BACKSTAY_APP_ENVIRONMENT": "test"}, False),
        ({"BACKSTAY_APP_ENVIRONMENT": "production", "BACKSTAY_APP_SECRET_KEY": KEY}, True),
        ({"BACKSTAY_DATABASE_AUTO_MIGRATE": "no"}, False),
    ],
)
def test_migrating_at_start_follows_the_deployment(environ: dict[str, str], migrates: bool) -> None:
    assert load(environ=environ).database.auto_migrate is migrates


def test_production_logs_json_unless_told_otherwise() -> None:
    environ = {"BACKSTAY_APP_ENVIRONMENT": "production", "BACKSTAY_APP_SECRET_KEY": KEY}
    assert load(environ=environ).telemetry.log_format == "json"
    pretty = load(environ={**environ, "BACKSTAY_TELEMETRY_LOG_FORMAT": "pretty"})
    assert pretty.telemetry.log_format == "pretty"


def test_the_environment_overrides_the_file_and_each_value_knows_its_source(tmp_path: Path) -> None:
    file = write(tmp_path, '# ours\n[http]\nport = 9000\nworkers = 3\n\n[app]\n"name" = "shop"\n')
    settings = load(environ={"BACKSTAY_HTTP_WORKERS": "2"}, file=file)
    assert (settings.http.port, settings.http.workers, settings.app.name) == (9000, 2, "shop")
    assert settings.provenance == {
        "http.port": f"{file}:3",
        "http.workers": "environment BACKSTAY_HTTP_WORKERS",
        "app.name": f"{file}:7",
    }


def test_backstay_toml_is_found_in_the_working_directory(tmp_path: Path) -> None:
    write(tmp_path, "[http]\nport = 9000\n")
    assert load(environ={}).source("http.port") == "backstay.toml:2"


def test_the_file_can_be_named_by_the_environment(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("[http]\nport = 9001\n")
    assert load(environ={"BACKSTAY_CONFIG": str(other)}).http.port == 9001


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    assert problems(file=missing) == [Problem(str(missing), "default", "does not exist")]


@pytest.mark.parametrize(
    ("variable", "text", "section", "field", "value"),
    [
        ("BACKSTAY_HTTP_PORT", "0", "http", "port", 0),
        ("BACKSTAY_HTTP_HSTS", "Yes", "http", "hsts", True),
        ("BACKSTAY_HTTP_HSTS", "off", "http", "hsts", False),
        ("BACKSTAY_DATABASE_AUTO_MIGRATE", "0", "database", "auto_migrate", False),
        ("BACKSTAY_HTTP_BODY_LIMIT", "2MiB", "http", "body_limit", 2 * 1024 * 1024),
        ("BACKSTAY_HTTP_BODY_LIMIT", "10MB", "http", "body_limit", 10_000_000),
        ("BACKSTAY_HTTP_BODY_LIMIT", "77", "http", "body_limit", 77),
        ("BACKSTAY_HTTP_DRAIN_TIMEOUT", "1m30s", "http", "drain_timeout", 90.0),
        ("BACKSTAY_HTTP_DRAIN_TIMEOUT", "250ms", "http", "drain_timeout", 0.25),
        ("BACKSTAY_HTTP_DRAIN_TIMEOUT", "5", "http", "drain_timeout", 5.0),
        (
            "BACKSTAY_HTTP_TRUSTED_PROXIES",
            "10.0.0.0/8, ::1",
            "http",
            "trusted_proxies",
            ("10.0.0.0/8", "::1"),
        ),
        (
            "BACKSTAY_HTTP_CORS_ORIGINS",
            '["https://a.example"]',
            "http",
            "cors_origins",
            ("https://a.example",),
        ),
        ("BACKSTAY_TELEMETRY_TRACE_RATIO", "0.5", "telemetry", "trace_ratio", 0.5),
        (
            "BACKSTAY_TELEMETRY_LOG_LEVELS",
            "a=debug, c=info",
            "telemetry",
            "log_levels",
            {"a": "debug", "c": "info"},
        ),
        ("BACKSTAY_TELEMETRY_LOG_LEVELS", '{"a": "info"}', "telemetry", "log_levels", {"a": "info"}),
        ("BACKSTAY_TELEMETRY_LOG_FILE", "/tmp/x.log", "telemetry", "log_file", Path("/tmp/x.log")),
        ("SENTRY_DSN", "https://k@h.example/1", "telemetry", "sentry_dsn", Secret("https://k@h.example/1")),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:4318", "telemetry", "otlp_endpoint", "http://h:4318"),
    ],
)  # fmt: skip - a table reads better in rows
def test_text_becomes_typed(variable: str, text: str, section: str, field: str, value: object) -> None:
    settings = load(environ={variable: text})
    assert getattr(settings.section(section), field) == value
    assert settings.provenance == {f"{section}.{field}": f"environment {variable}"}


def test_an_empty_variable_counts_as_not_set() -> None:
    settings = load(environ={"DATABASE_URL": "", "BACKSTAY_HTTP_PORT": ""})
    assert settings.provenance == {}


def test_principals_come_from_tables_and_from_json(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '[[auth.principals]]\nname = "ann"\ntoken = "t1"\npermissions = ["notes:read"]\n\n'
        '[[auth.principals]]\nname = "bob"\norganization = "acme"\n',
    )
    ann, bob = load(environ={}, file=file).auth.principals
    assert (ann.name, ann.token, ann.permissions, ann.organization) == (
        "ann",
        Secret("t1"),
        ("notes:read",),
        "demo",
    )
    assert (bob.name, bob.token, bob.permissions, bob.organization) == ("bob", None, (), "acme")
    (eve,) = load(environ={"BACKSTAY_AUTH_PRINCIPALS": '[{"name": "eve"}]'}, file=file).auth.principals
    assert eve.name == "eve"


def test_every_problem_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "port = 3\n"
        "[app]\n"
        'environment = "prodction"\n'
        "[htpp]\n"
        "[http]\n"
        "prot = 80\n"
        "workers = 0\n"
        "cors_origins = [\n"
        '  "https://a.example",\n'
        "  3,\n"
        "]\n"
        "[[auth.principals]]\n"
        'name = "ann"\n'
        "[[auth.principals]]\n"
        'tokn = "x"\n',
    )
    environ = {"BACKSTAY_HTTPP_PORT": "1", "BACKSTAY_DATABASE_URL": "x", "BACKSTAY_HTTP_HSTS": "maybe"}
    environment_words = (
        "must be one of development, test, production; did you mean production? (it is 'prodction')"
    )
    assert [str(problem) for problem in problems(environ, file)] == [
        f"port ({file}:1) belongs in a section; did you mean http.port?",
        f"app.environment ({file}:3) {environment_words}",
        f"[htpp] ({file}:4) is an unknown section; did you mean http?",
        f"http.prot ({file}:6) is unknown; did you mean http.port?",
        f"http.workers ({file}:7) must be a whole number, at least 1, at most 256 (it is 0)",
        f"http.cors_origins[1] ({file}:8) must be text (it is 3)",
        f"auth.principals[1].tokn ({file}:15) is unknown; did you mean token?",
        f"auth.principals[1].name ({file}:14) is missing: it must be text, not empty",
        "BACKSTAY_DATABASE_URL (environment) is unknown; it is called DATABASE_URL",
        "BACKSTAY_HTTPP_PORT (environment) is unknown; did you mean BACKSTAY_HTTP_PORT?",
        "http.hsts (environment BACKSTAY_HTTP_HSTS) must be true or false (it is 'maybe')",
    ]


def test_the_error_reads_as_a_list() -> None:
    with pytest.raises(SettingsError) as one:
        load(environ={"BACKSTAY_HTTP_HSTS": "x"})
    assert str(one.value) == (
        "1 setting is wrong:\n  http.hsts (environment BACKSTAY_HTTP_HSTS) must be true or false (it is 'x')"
    )


def test_a_file_that_is_no_toml_is_told_beside_the_environment_s_problems(tmp_path: Path) -> None:
    file = write(tmp_path, "[http\n")
    first, second = problems({"BACKSTAY_HTTP_PORT": "x"}, file)
    assert first.setting == str(file)
    assert first.words.startswith("is not valid TOML: ")
    assert second.setting == "http.port"


def test_secrets_never_appear_in_a_problem() -> None:
    environ = {
        "BACKSTAY_APP_SECRET_KEY": "hush-short",
        "SENTRY_DSN": "hush-no-dsn",
        "DATABASE_URL": "mysql://u:hush@h/x",
        "BACKSTAY_AUTH_PRINCIPALS": '[{"name": "a", "token": 77123}]',
    }
    told = "\n".join(str(problem) for problem in problems(environ))
    assert told.count("\n") == 3
    assert "hush" not in told
    assert "77123" not in told


@pytest.mark.parametrize("variable", ["BACKSTAY_LAB_CLOCK", "BACKSTAY_TEST_X", "BACKSTAY_WORKER_SLOT"])
def test_variables_of_the_lab_and_the_supervisor_are_no_settings(variable: str) -> None:
    assert load(environ={variable: "x"}).provenance == {}


def test_a_module_has_a_section_of_its_own(tmp_path: Path) -> None:
    file = write(tmp_path, '[counter]\nlargest = 5\npause = "2m"\n')
    settings = load([COUNTER], {"BACKSTAY_COUNTER_NAMES": "a,b"}, file)
    counter = settings.module(CounterSettings)
    assert (counter.largest, counter.pause, counter.names) == (5, 120.0, ["a", "b"])
    assert settings.source("counter.pause") == f"{file}:3"
    assert settings.source("counter.names") == "environment BACKSTAY_COUNTER_NAMES"


def test_a_module_s_settings_are_found_only_when_it_is_composed() -> None:
    with pytest.raises(LookupError, match="CounterSettings"):
        load(environ={}).module(CounterSettings)


def test_whole_seconds_are_written_as_any_duration(tmp_path: Path) -> None:
    file = write(tmp_path, '[counter]\nkept = "1.5m"\n')
    assert load([COUNTER], {}, file).module(CounterSettings).kept == 90
    for text, seconds in (("2m", 120), ("0.5h", 1800), ("75", 75)):
        kept = load([COUNTER], {"BACKSTAY_COUNTER_KEPT": text}).module(CounterSettings).kept
        assert (kept, type(kept)) == (seconds, int)
    for text, seen in (("90.5s", "90.5"), ("59s", "59")):
        (problem,) = problems({"BACKSTAY_COUNTER_KEPT": text}, modules=[COUNTER])
        assert str(problem) == (
            "counter.kept (environment BACKSTAY_COUNTER_KEPT) must be a duration such as 30s or 5m in whole seconds, "
            f"at least 1m (it is {seen})"
        )


def test_a_module_may_refuse_its_values_together() -> None:
    assert problems({"BACKSTAY_COUNTER_LARGEST": "13"}, modules=[COUNTER]) == [
        Problem("counter", "environment BACKSTAY_COUNTER_LARGEST", "cannot have 13 as its largest value")
    ]


def test_a_module_cannot_take_a_section_of_the_house() -> None:
    module = Module(name="http", summary="Ours?", package="backstay", settings=CounterSettings)
    assert [problem.setting for problem in problems(modules=[module])] == ["[http]"]


def test_the_tree_prints_no_values() -> None:
    settings: Settings = load(environ={"DATABASE_URL": "postgresql://u:hush@h/x"})
    assert "hush" not in repr(settings)
    assert "hush" not in repr(settings.database)
