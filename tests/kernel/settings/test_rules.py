"""What values must be together."""

import json

import pytest

from backstay.kernel.settings import SettingsError, load

PRODUCTION = {"BACKSTAY_APP_ENVIRONMENT": "production", "BACKSTAY_APP_SECRET_KEY": "k" * 32}
LONG_TOKEN = "t" * 32


def principals(*names: str, **fields: object) -> dict[str, str]:
    return {"BACKSTAY_AUTH_PRINCIPALS": json.dumps([{"name": name, **fields} for name in names])}


@pytest.mark.parametrize(
    "environ",
    [
        PRODUCTION,
        {**PRODUCTION, **principals("ann", token=LONG_TOKEN, permissions=["notes:read"])},
        {"DATABASE_URL": "postgresql://root@127.0.0.1/x", "BACKSTAY_HTTP_WORKERS": "4"},
        {"BACKSTAY_HTTP_HSTS": "true", "BACKSTAY_HTTP_PUBLIC_URL": "https://api.example.com"},
        {"BACKSTAY_HTTP_CORS_ORIGINS": "*,http://localhost:5173"},
        {"BACKSTAY_HTTP_TRUSTED_PROXIES": "10.0.0.0/8,127.0.0.1,fd00::/8"},
        principals("ann", permissions=["*"], token="short"),
    ],
)
def test_fitting_settings_are_accepted(environ: dict[str, str]) -> None:
    load(environ=environ)


@pytest.mark.parametrize(
    ("environ", "setting", "words"),
    [
        ({"BACKSTAY_APP_ENVIRONMENT": "production"}, "app.secret_key", "is required in production"),
        ({"BACKSTAY_APP_SECRET_KEY": "k" * 31}, "app.secret_key", "must be at least 32 bytes"),
        ({**PRODUCTION, **principals("ann", permissions=["*"])}, "auth.principals", "every permission"),
        ({**PRODUCTION, **principals("ann", token="short")}, "auth.principals", "too short for production"),
        (principals("ann", "ann"), "auth.principals", "has 2 principals called 'ann'"),
        (principals("ann", "bob", token=LONG_TOKEN), "auth.principals", "two principals with the same token"),
        (principals("ann", token=" "), "auth.principals", "has an empty token"),
        ({"BACKSTAY_HTTP_TRUSTED_PROXIES": "10.0.0.1/8"}, "http.trusted_proxies", "'10.0.0.1/8' is none"),
        ({"BACKSTAY_HTTP_CORS_ORIGINS": "https://a.example/"}, "http.cors_origins", "without a path"),
        ({"BACKSTAY_HTTP_CORS_ORIGINS": "a.example"}, "http.cors_origins", "'a.example' is none"),
        ({"BACKSTAY_HTTP_PUBLIC_URL": "https://h:99999"}, "http.public_url", "must be a URL"),
        (
            {"BACKSTAY_HTTP_HSTS": "true", "BACKSTAY_HTTP_PUBLIC_URL": "http://a.example"},
            "http.hsts",
            "while http.public_url is not https",
        ),
        ({"DATABASE_URL": "mysql://h/x"}, "database.url", "must begin with sqlite:/// or postgresql://"),
        ({"DATABASE_URL": "postgres://h/x"}, "database.url", "write postgresql:// for postgres://"),
        ({"DATABASE_URL": "sqlite://", "BACKSTAY_HTTP_WORKERS": "2"}, "http.workers", "must be 1"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}, "telemetry.otlp_endpoint", "must be a URL"),
        ({"SENTRY_DSN": "https://sentry.example/1"}, "telemetry.sentry_dsn", "must be a DSN"),
    ],
)
def test_settings_that_do_not_fit_are_refused(environ: dict[str, str], setting: str, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(environ=environ)
    (problem,) = caught.value.problems
    assert problem.setting == setting
    assert words in problem.words
