"""What is configured, what is missing and what is weak, each with what to do about it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from backstay.kernel.actor import EVERYTHING
from backstay.kernel.guarantees import GuaranteeError, refuse_unfit
from backstay.kernel.module import Module
from backstay.kernel.settings.doctor_database import database_findings, migration_findings
from backstay.kernel.settings.findings import Finding, Severity
from backstay.kernel.settings.keys import KEY_FILE
from backstay.kernel.settings.tree import Settings

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_CONNECT_SECONDS: Final = 2.0


async def examine(settings: Settings, modules: Sequence[Module] = ()) -> list[Finding]:
    """Look at the settings and at the parts that they name; asks the network, changes nothing."""
    findings = [*_app(settings), *_http(settings)]
    database = [finding async for finding in database_findings(settings)]
    if not any(finding.severity is Severity.ERROR for finding in database):
        database += await migration_findings(settings, modules)
    findings += [*database, *_logs(settings), *_traces(settings)]
    findings += await _endpoint(settings)
    findings += [*_errors(settings), *_auth(settings)]
    for module in modules:
        findings += [] if module.examines is None else module.examines(settings)
    return [*findings, *_guarantees(modules)]


def _guarantees(modules: Sequence[Module]) -> Iterator[Finding]:
    try:
        refuse_unfit(guarantee for module in modules for guarantee in module.guarantees)
    except GuaranteeError as error:
        yield Finding(Severity.ERROR, "guarantees", str(error))


def _app(settings: Settings) -> Iterator[Finding]:
    app = settings.app
    yield Finding(Severity.OK, "app.environment", app.environment)
    folder = _nearest_folder(app.data_dir)
    if not os.access(folder, os.W_OK):
        yield Finding(
            Severity.ERROR,
            "app.data_dir",
            f"{app.data_dir} cannot be written by this user",
            f"Give this user the right to write in {folder}, or set BACKSTAY_APP_DATA_DIR.",
        )
    if app.secret_key is None:
        yield Finding(
            Severity.NOTE,
            "app.secret_key",
            f"generated, kept in {app.data_dir / KEY_FILE}",
            "Set BACKSTAY_APP_SECRET_KEY where several machines serve the same deployment.",
        )


def _nearest_folder(path: Path) -> Path:
    """The folder itself, or the nearest one around it that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())


def _http(settings: Settings) -> Iterator[Finding]:
    http, production = settings.http, settings.app.environment == "production"
    yield Finding(Severity.OK, "http", f"http://{http.host}:{http.port}, {http.workers} worker(s)")
    if production and http.public_url is None:
        yield Finding(
            Severity.WARNING,
            "http.public_url",
            "not set, so links in mails and the console point to the address listened on",
            "Set it to where people reach the deployment, e.g. https://api.example.com",
        )
    if (http.public_url or "").startswith("https://"):
        if not http.hsts:
            yield Finding(
                Severity.WARNING,
                "http.hsts",
                "off, although people reach the deployment over https",
                "Set http.hsts = true, so that browsers never try without TLS.",
            )
        if not http.trusted_proxies:
            yield Finding(
                Severity.WARNING,
                "http.trusted_proxies",
                "none, although something in front ends TLS: every client will seem to be that proxy",
                "Name the proxy's network, e.g. 10.0.0.0/8",
            )
    if any(network.endswith("/0") for network in http.trusted_proxies):
        yield Finding(
            Severity.WARNING,
            "http.trusted_proxies",
            "believes everyone, so any client may choose the address it is seen under",
            "Name only the proxy's own network.",
        )
    if "*" in http.cors_origins:
        yield Finding(
            Severity.WARNING if production else Severity.NOTE,
            "http.cors_origins",
            "pages of every site may call the API",
            "Name the origins that should.",
        )
    if production and http.drain_delay == 0:
        yield Finding(
            Severity.NOTE,
            "http.drain_delay",
            "0, so a load balancer that looks every few seconds may still send requests after SIGTERM",
            "Set it to a little more than the balancer's interval.",
        )


def _logs(settings: Settings) -> Iterator[Finding]:
    telemetry = settings.telemetry
    target = str(telemetry.log_file or "standard error")
    yield Finding(
        Severity.OK, "telemetry", f"{telemetry.log_format} logs to {target}, level {telemetry.log_level}"
    )
    if telemetry.log_file is not None and not os.access(_nearest_folder(telemetry.log_file.parent), os.W_OK):
        yield Finding(
            Severity.ERROR,
            "telemetry.log_file",
            f"{telemetry.log_file} cannot be written by this user",
            "Give this user the right to write there, or leave it out to log to standard error.",
        )
    if telemetry.log_format == "pretty" and settings.app.environment == "production":
        yield Finding(
            Severity.NOTE,
            "telemetry.log_format",
            "pretty in production: people can read it, collectors cannot",
            "Set it to json, or leave it out.",
        )
    if not telemetry.metrics:
        yield Finding(
            Severity.NOTE, "telemetry.metrics", "off", "Set it to true and let Prometheus scrape /metrics."
        )


def _traces(settings: Settings) -> Iterator[Finding]:
    if settings.telemetry.otlp_endpoint is None:
        yield Finding(
            Severity.NOTE,
            "telemetry.otlp_endpoint",
            "not set: no traces leave this deployment",
            "Set OTEL_EXPORTER_OTLP_ENDPOINT to an OTLP/HTTP receiver, e.g. http://localhost:4318",
        )


async def _endpoint(settings: Settings) -> list[Finding]:
    endpoint = settings.telemetry.otlp_endpoint
    if endpoint is None:
        return []
    parts = urlsplit(endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return [
            Finding(
                Severity.WARNING,
                "telemetry.otlp_endpoint",
                f"nothing answers at {parts.hostname}:{port}, so traces are dropped",
                "Start the receiver, or correct OTEL_EXPORTER_OTLP_ENDPOINT.",
            )
        ]
    writer.close()
    await writer.wait_closed()
    return [Finding(Severity.OK, "telemetry.otlp_endpoint", f"traces go to {parts.hostname}:{port}")]


def _errors(settings: Settings) -> Iterator[Finding]:
    if settings.telemetry.sentry_dsn is None:
        if settings.app.environment == "production":
            yield Finding(
                Severity.NOTE,
                "telemetry.sentry_dsn",
                "not set: unhandled exceptions are only in the logs",
                "Set SENTRY_DSN to have them grouped and reported.",
            )
    elif importlib.util.find_spec("sentry_sdk") is None:
        yield Finding(
            Severity.ERROR,
            "telemetry.sentry_dsn",
            "set, but the package sentry-sdk is not installed",
            "Run: pip install 'backstay[sentry]'",
        )


def _auth(settings: Settings) -> Iterator[Finding]:
    principals, environment = settings.auth.principals, settings.app.environment
    open_to_all = any(EVERYTHING in principal.permissions for principal in principals)
    if not principals and environment == "development":
        open_to_all = True
        yield Finding(
            Severity.NOTE,
            "auth.principals",
            "none, so `demo` may do everything",
            "Name your own under [[auth.principals]] in backstay.toml.",
        )
    elif not principals:
        yield Finding(
            Severity.WARNING,
            "auth.principals",
            "none: nobody can call a route that needs a permission",
            "Add [[auth.principals]] to backstay.toml.",
        )
    elif environment == "production":
        yield Finding(
            Severity.WARNING,
            "auth.principals",
            f"{len(principals)} development principal(s) in production",
            "Keep them to machines that cannot sign in otherwise, and change their tokens regularly.",
        )
    if open_to_all and settings.http.host not in _LOOPBACK:
        yield Finding(
            Severity.WARNING,
            "http.host",
            f"{settings.http.host} is reachable from outside while a principal may do everything",
            "Listen on 127.0.0.1, or name the permissions that each principal needs.",
        )
