"""The tree of settings: every field with its default, its limits, its unit and what it is for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from msgspec import Meta, Struct, field
from typing_extensions import override

from backstay.kernel.settings.secret import Secret, redact_url

SectionType = TypeVar("SectionType", bound=Struct)

BYTES: Final = {"unit": "bytes"}
"""Pass as `Meta(extra=BYTES)`: the value may be written `1MiB`."""
SECONDS: Final = {"unit": "seconds"}
"""Pass as `Meta(extra=SECONDS)`: the value may be written `30s`."""

Environment = Literal["development", "test", "production"]
LogLevel = Literal["debug", "info", "warning", "error", "critical"]


class AppSettings(Struct, frozen=True, kw_only=True):
    """The deployment as a whole."""

    name: Annotated[
        str, Meta(min_length=1, description="What the deployment is called in logs and traces.")
    ] = "backstay"
    environment: Annotated[
        Environment,
        Meta(description="`production` refuses every convenience that `development` offers."),
    ] = "development"
    data_dir: Annotated[
        Path, Meta(description="Where the embedded database, generated keys and spools live.")
    ] = Path("var")
    secret_key: Annotated[
        Secret | None,
        Meta(
            description="At least 32 bytes from which every key is derived. Required in production; "
            "otherwise generated once into `<data_dir>/secret.key`."
        ),
    ] = None
    modules: Annotated[
        Annotated[str, Meta(pattern=r"^[\w.]+:\w+$")] | None,
        Meta(
            description="The modules to compose, as `package.module:NAME`; the house's own when not set.",
        ),
    ] = None


class HttpSettings(Struct, frozen=True, kw_only=True):
    """The HTTP server."""

    host: Annotated[str, Meta(min_length=1, description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="The port to listen on; 0 takes a free one.")] = (
        8000
    )
    workers: Annotated[int, Meta(ge=1, le=256, description="Server processes.")] = 1
    public_url: Annotated[
        str | None,
        Meta(description="Where people reach the deployment, e.g. `https://api.example.com`; used in links."),
    ] = None
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Networks (CIDR) whose `X-Forwarded-For`, `X-Forwarded-Proto` and `X-Request-ID` "
            "are believed; `Forwarded` (RFC 7239) never is."
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[str, ...],
        Meta(description="Origins whose pages may call the API from a browser; `*` for any."),
    ] = ()
    body_limit: Annotated[
        int, Meta(ge=1, extra=BYTES, description="The largest request body, judged before it is read.")
    ] = 1024 * 1024
    drain_delay: Annotated[
        float,
        Meta(
            ge=0,
            extra=SECONDS,
            description="How long to go on accepting after SIGTERM while `/readyz` already says no, "
            "so that a load balancer can look away.",
        ),
    ] = 0.0
    drain_timeout: Annotated[
        float,
        Meta(gt=0, extra=SECONDS, description="How long requests in flight may take to finish after that."),
    ] = 30.0
    hsts: Annotated[
        bool,
        Meta(description="Tell browsers to come back over TLS only; for deployments that stand behind TLS."),
    ] = False


class DatabaseSettings(Struct, frozen=True, kw_only=True):
    """The database."""

    url: Annotated[
        str,
        Meta(
            description="`sqlite:///path` or `postgresql://user:password@host/name`; "
            "when not set, SQLite at `<data_dir>/backstay.db`. On PostgreSQL `?app_role=NAME` builds "
            "a second wall between organizations: row-level security, with a role that migrating makes. "
            "`?pgbouncer=true` says that PgBouncer in transaction mode stands before it.",
            extra={"variable": "DATABASE_URL"},
        ),
    ] = ""
    pool_size: Annotated[
        int, Meta(ge=1, le=1000, description="The most connections (readers, on SQLite) a process holds.")
    ] = 10
    auto_migrate: Annotated[
        bool | None,
        Meta(description="Migrate at start; when not set, yes on SQLite and in development."),
    ] = None

    @override
    def __repr__(self) -> str:
        return f"DatabaseSettings(url={redact_url(self.url)!r}, pool_size={self.pool_size})"


class TelemetrySettings(Struct, frozen=True, kw_only=True):
    """Logs, metrics, traces and error reports."""

    log_format: Annotated[
        Literal["pretty", "json"] | None,
        Meta(description="How a log line looks; when not set, `json` in production and `pretty` elsewhere."),
    ] = None
    log_level: Annotated[LogLevel, Meta(description="The least severe level that is logged.")] = "info"
    log_levels: Annotated[
        dict[str, LogLevel],
        Meta(description="Levels of single loggers, e.g. `sqlalchemy.engine=warning`."),
    ] = field(default_factory=dict)
    log_file: Annotated[
        Path | None, Meta(description="Write logs to this file and rotate it; standard error when not set.")
    ] = None
    log_max_bytes: Annotated[
        int, Meta(ge=4096, extra=BYTES, description="The size at which the log file is rotated.")
    ] = 50 * 1024 * 1024
    log_backups: Annotated[int, Meta(ge=0, le=1000, description="Rotated log files to keep.")] = 5
    metrics: Annotated[bool, Meta(description="Measure, and serve `/metrics`.")] = True
    label_sets: Annotated[
        int,
        Meta(
            ge=1, description="The most label sets one metric may have; further ones are counted as `other`."
        ),
    ] = 500
    otlp_endpoint: Annotated[
        str | None,
        Meta(
            description="Where traces go: the base URL of an OTLP/HTTP receiver, e.g. `http://localhost:4318`.",
            extra={"variable": "OTEL_EXPORTER_OTLP_ENDPOINT"},
        ),
    ] = None
    trace_ratio: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            description="The share of traces begun here that is exported; a caller's choice is kept.",
        ),
    ] = 1.0
    sentry_dsn: Annotated[
        Secret | None,
        Meta(
            description="Where unhandled exceptions are reported (needs the extra `sentry`).",
            extra={"variable": "SENTRY_DSN"},
        ),
    ] = None


class Principal(Struct, frozen=True, kw_only=True):
    """Somebody who may call the API before there are accounts."""

    name: Annotated[str, Meta(min_length=1, description="Unique; shown in logs and records.")]
    token: Annotated[Secret | None, Meta(description="A static bearer token.")] = None
    permissions: Annotated[
        tuple[str, ...], Meta(description="Names of permissions, or `*` for all outside production.")
    ] = ()
    organization: Annotated[
        str,
        Meta(min_length=1, description="The organization worked in: its id, or a name that stands for one."),
    ] = "demo"


class AuthSettings(Struct, frozen=True, kw_only=True):
    """Who may call, until accounts take over."""

    principals: Annotated[
        tuple[Principal, ...],
        Meta(
            description="Development principals. In development, when there are none: `demo` with permission "
            "`*` and a token in `<data_dir>/demo.token`."
        ),
    ] = ()
    tokens_not_before: Annotated[
        Annotated[datetime, Meta(tz=True)] | None,
        Meta(
            description="Signed tokens (`backstay token`) from before this moment are refused, such as "
            "`2026-11-21T12:00:00Z`: set it to revoke those that are under way.",
        ),
    ] = None


class Settings(Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """Everything that is configured, and where each value came from. Made by `load`."""

    app: AppSettings
    http: HttpSettings
    database: DatabaseSettings
    telemetry: TelemetrySettings
    auth: AuthSettings
    modules: Mapping[str, Struct]
    """The sections of modules, by module name."""
    provenance: Mapping[str, str]
    """`section.field` to `backstay.toml:12` or `environment NAME`; absent when it is the default."""

    def module(self, section: type[SectionType]) -> SectionType:
        """The settings of a module, found by the struct that its manifest names.

        Raises:
            LookupError: no composed module declares this struct.
        """
        for value in self.modules.values():
            if type(value) is section:
                return value
        raise LookupError(
            f"no composed module has the settings {section.__name__}: name it in the module's manifest "
            f"as Module(settings={section.__name__})"
        )

    def source(self, name: str) -> str:
        """Where the value of `section.field` came from."""
        return self.provenance.get(name, "default")

    def section(self, name: str) -> Struct:
        """The section of this name, the house's or a module's."""
        section: Struct = self.modules[name] if name in self.modules else getattr(self, name)
        return section

    @override
    def __repr__(self) -> str:
        # A database URL may hold a password, so the tree never prints its values; `describe` does, redacted.
        return f"<Settings of {self.app.name!r}, {self.app.environment}>"


SECTIONS: Final[Mapping[str, type[Struct]]] = {
    "app": AppSettings,
    "http": HttpSettings,
    "database": DatabaseSettings,
    "telemetry": TelemetrySettings,
    "auth": AuthSettings,
}
"""The house's own sections, in the order in which they are shown."""
